//! The documents are the reference data, and the verifier sees the data's mistakes.

use tombola_campaign_tests::{Campaign, Library, Reference};

use crate::bed::runtime;

#[track_caller]
fn check_findings(campaign: Campaign, expected: &[&str]) {
    let verified = runtime().block_on(Library::native().verify(&campaign.document()));
    let findings: Vec<_> = verified.findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, expected);
    assert_eq!(verified.pipeline.is_some(), expected.is_empty());
}

#[test]
fn documents_are_the_reference_data() {
    let reference = Reference::read();
    assert_eq!(Campaign::C100001.document(), reference.document(100_001));
    assert_eq!(Campaign::C100002.document(), reference.document(100_002));
    assert_eq!(Campaign::C100006AsIs.document(), reference.document(100_006));
}

#[test]
fn one_edge_is_mended() {
    let mut mended = Reference::read().document(100_006);
    let lock = mended.trees.get_mut("tree_lock_3").and_then(|tree| tree.nodes.get_mut("rule_lock")).unwrap();
    let before = lock.on.insert("unlocked".to_owned(), "rule_stock".to_owned());
    assert_eq!(before.as_deref(), Some("rule_luck_award"));
    assert_eq!(Campaign::C100006.document(), mended);
}

#[test]
fn sound_campaigns_have_no_findings() {
    check_findings(Campaign::C100001, &[]);
    check_findings(Campaign::C100006, &[]);
    check_findings(Campaign::EveryRule, &[]);
}

#[test]
fn a_prize_behind_a_wrong_edge_can_never_be_won() {
    check_findings(
        Campaign::C100006AsIs,
        &[
            "prize-never-won at /prizes/4: no path hands over the prize '105': it can never be won",
            "node-unreachable at /trees/tree_lock_3/nodes/rule_stock: no path leads to 'rule_stock'",
        ],
    );
}

#[test]
fn rates_that_sum_to_less_than_one_are_found() {
    check_findings(Campaign::C100002, &["odds-sum at /pools/default: the shares sum to 61/100, not to 1"]);
}
