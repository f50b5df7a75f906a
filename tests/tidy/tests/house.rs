//! The tree that this crate stands in keeps the house rules.

use std::path::Path;
use std::sync::LazyLock;

use tombola_tidy::{Complaint, Tree, alerts, links, manifests, names, pages, schemas, sources, words};

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Tree::read(&root).expect("the workspace can be read")
});

#[track_caller]
fn check(rule: impl Fn(&Tree) -> Vec<Complaint>) {
    let complaints = rule(&TREE);
    let lines: Vec<_> = complaints.iter().map(ToString::to_string).collect();
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), lines.join("\n"));
}

#[test]
fn the_tree_was_found() {
    assert!(TREE.has("Cargo.toml") && TREE.has("tests/tidy/tests/house.rs") && !TREE.has("target"));
}

#[test]
fn modules_are_called_after_their_folders() {
    check(sources::no_mod_files);
}

#[test]
fn nothing_is_left_unfinished() {
    check(sources::nothing_unfinished);
}

#[test]
fn files_and_functions_are_short() {
    check(|tree| sources::lengths(tree, sources::EXCEPTIONS));
}

#[test]
fn crates_describe_themselves() {
    check(manifests::describe_themselves);
}

#[test]
fn arrows_between_crates_point_one_way() {
    check(manifests::directions);
}

#[test]
fn dependencies_are_explained() {
    check(manifests::dependencies_are_explained);
}

#[test]
fn every_code_has_its_page() {
    check(|tree| pages::match_codes(tree, pages::SOURCES));
}

#[test]
fn every_name_that_operators_meet_is_explained() {
    check(names::explained);
}

#[test]
fn every_alert_has_its_page() {
    check(alerts::match_pages);
}

#[test]
fn alerts_ask_for_what_is_told() {
    check(alerts::ask_for_metrics);
}

#[test]
fn no_path_of_one_machine_is_named() {
    check(words::no_places);
}

#[test]
fn documents_speak_of_the_product() {
    check(words::no_tasks);
}

#[test]
fn links_lead_somewhere() {
    check(links::resolve);
}

#[test]
fn the_api_describes_each_type_under_its_own_name() {
    check(schemas::names_are_unique);
}
