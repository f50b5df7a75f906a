//! What the importer makes of the reference's own tables, against the documents of this folder, which were written by hand.

use tombola_campaign_tests::{Campaign, Library};
use tombola_engine::document::{Chances, Document, ShareText};
use tombola_import::big_market::import;

use crate::bed::runtime;

/// The reference data as the reference keeps it.
const DUMP: &[u8] = include_bytes!("../../../../host/import/tests/big-market.sql");

fn imported(campaign: &str) -> Document {
    let import = import(DUMP, &"Asia/Shanghai".parse().unwrap()).unwrap();
    let mut documents = import.campaigns.into_iter().map(|campaign| campaign.document);
    documents.find(|document| document.campaign == campaign).unwrap()
}

/// Titles, the names of lists, and what the tables say of activities are none of the documents' here.
fn comparable(mut document: Document, written: &Document) -> Document {
    document.title.clone_from(&written.title);
    document.window.clone_from(&written.window);
    document.chances = Chances::default();
    document.skus.clear();
    document.events.clear();
    document.rebates.clear();
    for guard in document.guards.iter_mut().filter(|guard| guard.id == "rule_blacklist") {
        guard.config["list"] = "blacklist".into();
    }
    for prize in document.prizes.iter_mut().filter(|prize| prize.id == "consolation") {
        "Consolation points".clone_into(&mut prize.title);
    }
    document
}

#[track_caller]
fn check_findings(document: &Document, expected: &[&str]) {
    let verified = runtime().block_on(Library::native().verify(document));
    let findings: Vec<_> = verified.findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, expected);
}

#[test]
fn imported_documents_are_those_of_this_folder() {
    for (campaign, id) in [(Campaign::C100001, "100001"), (Campaign::C100006AsIs, "100006")] {
        let written = campaign.document();
        assert_eq!(comparable(imported(id), &written), written);
    }
}

#[test]
fn rates_that_sum_to_less_than_one_count_in_proportion() {
    let mut written = Campaign::C100002.document();
    let weights = [("101", 50), ("102", 10), ("106", 1)];
    let weights = weights.map(|(prize, weight)| (prize.to_owned(), ShareText::Weight(weight)));
    written.pools.insert("default".to_owned(), weights.into());
    assert_eq!(comparable(imported("100002"), &written), written);
}

#[test]
fn the_verifier_finds_the_defects_of_the_data() {
    check_findings(&imported("100001"), &[]);
    check_findings(&imported("100002"), &[]);
    check_findings(
        &imported("100006"),
        &[
            "prize-never-won at /prizes/4: no path hands over the prize '105': it can never be won",
            "node-unreachable at /trees/tree_lock_3/nodes/rule_stock: no path leads to 'rule_stock'",
        ],
    );
}
