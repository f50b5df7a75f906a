use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::process::{Host, run};

/// The reference's sample, as `mysqldump` writes it.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../import/tests/big-market.sql");

fn import(file: &str, out: &Path, more: &[&str]) -> (i32, String) {
    run(&[&["import", "big-market", file, "--out", out.to_str().unwrap()], more].concat())
}

/// Declared, effective and reference odds of an outcome, as fractions.
fn odds<'a>(campaign: &'a Value, pool: usize, outcome: &str) -> [&'a Value; 3] {
    let all = campaign["pools"][pool]["odds"].as_array().unwrap();
    let one = all.iter().find(|odds| odds["outcome"] == outcome).unwrap_or_else(|| panic!("{outcome} in {all:?}"));
    ["declared", "effective", "reference"].map(|of| one[of].get("probability").unwrap_or(&Value::Null))
}

#[test]
fn the_sample_becomes_documents_with_their_odds() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    // Ends with 1, since one of the three can't be published as it is.
    let (code, text) = import(SAMPLE, &out, &["--json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 1);
    let files: BTreeSet<String> =
        fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let expected = ["100001.yaml", "100002.yaml", "100006.yaml", "blacklist-100001.txt", "blacklist-100006.txt"];
    assert_eq!(files, expected.map(str::to_owned).into());
    let list = out.join("blacklist-100001.txt");
    assert_eq!(fs::read_to_string(&list).unwrap(), "user001\nuser002\nuser003\n");
    assert_eq!(fs::metadata(&list).unwrap().permissions().mode() & 0o777, 0o600);

    let [first, second, third] = [0, 1, 2].map(|campaign| &answer["campaigns"][campaign]);
    // The prize that should have come once in ten thousand draws, and came once in thirteen.
    assert_eq!(odds(first, 0, "109"), [&json!("1/10000"), &json!("1/10000"), &json!("1/13")]);
    assert_eq!(odds(first, 0, "101"), [&json!("3/10"), &json!("3/10"), &json!("3/13")]);
    assert_eq!(first["pools"][2]["from"], 200);
    assert_eq!(odds(first, 2, "106"), [&json!("5/9"), &json!("5/9"), &json!("5/9")]);
    assert_eq!(first["findings"], json!([]));
    assert_eq!(odds(second, 0, "101"), [&json!("1/2"), &json!("50/61"), &json!("50/61")]);
    assert_eq!(second["findings"], json!([]));
    // Locks are closed to a new player, and one leads nowhere.
    assert_eq!(odds(third, 0, "107"), [&json!("3/100"), &json!("0/1"), &json!("3/100")]);
    assert_eq!(odds(third, 0, "consolation"), [&Value::Null, &json!("9/100"), &Value::Null]);
    let codes =
        |of: &str| third[of].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(codes("findings"), ["prize-never-won", "node-unreachable"]);
    assert!(codes("notes").contains(&"lock-idle"));
    assert_eq!(third["findings"][0]["place"], "/prizes/4");

    // Nothing is written over.
    let before = fs::read_to_string(out.join("100001.yaml")).unwrap();
    assert_eq!(import(SAMPLE, &out, &[]).0, 2);
    assert_eq!(fs::read_to_string(out.join("100001.yaml")).unwrap(), before);
}

#[test]
fn people_see_tables_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (_, text) = import(SAMPLE, folder.path(), &[]);
    let expected = [
        "100001  Sample strategy 100001\n",
        "PRIZE        TITLE",
        "1/10000   0.01 %  1/10000    0.01 %  1/13       7.6923… %\n",
        "from 60 draws on, none of them today (pool from-60):\n",
        "note[rates-relative] at strategy, line ",
        "error[prize-never-won] at /prizes/4: no path hands over the prize '105': it can never be won\n",
        "note[chances-merged] at raffle_activity_sku, line ",
    ];
    for line in expected {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn an_imported_document_goes_live() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    import(SAMPLE, &out, &[]);
    let host = Host::demo(&folder.path().join("data"));
    let ask = |arguments: &[&str]| run(&[arguments, &["--url", &host.url, "--token", &host.operator_token]].concat());
    let file = |name: &str| out.join(name).to_str().unwrap().to_owned();
    assert_eq!(ask(&["list", "replace", "blacklist-100001", &file("blacklist-100001.txt")]).0, 0);
    for (document, code) in [("100001.yaml", 0), ("100002.yaml", 0), ("100006.yaml", 1)] {
        assert_eq!(ask(&["campaign", "check", &file(document)]).0, code, "{document}");
        assert_eq!(ask(&["campaign", "apply", &file(document)]).0, code, "{document}");
    }
    let (code, text) = ask(&["campaign", "odds", "100001", "--fact", "player.lists.blacklist-100001=true"]);
    assert_eq!(code, 0);
    assert!(text.contains("101") && text.contains("100 %"), "{text}");
}

#[test]
fn a_dump_that_can_t_be_read_is_told_with_all_its_places() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.sql");
    let dump = "INSERT INTO `strategy` (`strategy_id`) VALUES (1),\n(2;\n\
                INSERT INTO `strategy_award` (`strategy_id`, `award_id`, `award_count`, `award_rate`) VALUES (1, 7, 'many', 2);\n";
    fs::write(&file, dump).unwrap();
    let out = folder.path().join("out");
    let output =
        crate::process::tombola(&["import", "big-market", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let output = { output }.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told.contains("2 places can't be read:\n  line 2, column 2: the statement ends where ')' is needed"),
        "{told}"
    );
    assert!(told.contains("\n  strategy_award, line 3, column award_count: 'many' is not a whole number; "), "{told}");
    assert!(!out.exists(), "nothing is written");
    assert_eq!(import("/nowhere.sql", &out, &[]).0, 2);
}
