//! Every page of a finding shows a document that gives it, and the words in which it is given.

use std::path::{Path, PathBuf};

use tombola_engine::finding::{Code, Severity};
use tombola_manual::{blocks, findings, over};

/// Findings whose examples can't be shown whole (a bound that is exceeded, an address, stock, destinations and code pools
/// that are kept, a long sum, a rule that is run).
const NOT_SHOWN: [Code; 8] = [
    Code::TooLarge,
    Code::OtherCampaign,
    Code::UnchangedStock,
    Code::UnknownDestination,
    Code::UnknownCodePool,
    Code::TooManyWays,
    Code::TooMuchFuel,
    Code::RuleFails,
];

fn read(page: &str) -> String {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../host/docs/errors");
    std::fs::read_to_string(folder.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

#[test]
fn the_document_that_excerpts_stand_in_has_no_findings() {
    let index = read("README.md");
    assert_eq!(findings(blocks(&index, "yaml")[0]), []);
}

#[test]
fn examples_give_what_they_say() {
    let index = read("README.md");
    let base = blocks(&index, "yaml")[0];
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().filter(|code| !NOT_SHOWN.contains(code)) {
        let page = read(&format!("{code}.md"));
        let (excerpts, said) = (blocks(&page, "yaml"), blocks(&page, "text"));
        let ([excerpt], [said]) = (excerpts.as_slice(), said.as_slice()) else {
            panic!("{code}: a page shows one excerpt and one finding");
        };
        let found: Vec<_> = findings(&over(base, excerpt)).iter().map(ToString::to_string).collect();
        if !found.iter().any(|found| found == said.trim_end()) {
            wrong.push((code.as_str(), found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pages_say_whether_a_finding_blocks() {
    for code in Code::ALL {
        let said = match code.severity() {
            Severity::Error => "An error: the document can't be published.",
            Severity::Warning => "A warning: it is shown, and the document can be published.",
        };
        assert!(read(&format!("{code}.md")).contains(said), "{code}");
    }
}
