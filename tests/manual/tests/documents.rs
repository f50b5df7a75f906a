//! The manual of the campaign document shows one that works, and lists what there is.

use tombola_domain::fact::CATALOGUE;
use tombola_engine::document;
use tombola_manual::{blocks, findings, over};

const MANUAL: &str = include_str!("../../../host/docs/documents.md");

#[test]
fn the_whole_document_has_no_findings() {
    assert_eq!(findings(blocks(MANUAL, "yaml")[0]), []);
}

#[test]
fn its_rebates_have_no_findings() {
    let blocks = blocks(MANUAL, "yaml");
    let rebates = blocks.iter().find(|block| block.contains("rebates:")).expect("an example");
    assert_eq!(findings(&over(blocks[0], rebates)), []);
}

#[test]
fn every_field_is_explained() {
    let schema = document::json_schema();
    let definitions = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    let fields = definitions.filter_map(|definition| definition["properties"].as_object()).flatten();
    let unexplained: Vec<_> =
        fields.map(|(field, _)| field).filter(|field| !MANUAL.contains(&format!("`{field}`"))).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
}

#[test]
fn every_fact_is_listed_as_the_catalogue_has_it() {
    for fact in CATALOGUE {
        let fact_type = fact.fact_type.map_or("as declared".to_owned(), |fact_type| fact_type.to_string());
        let line = format!("| `{}` | {fact_type} | {} | {} |", fact.name, fact.unit, fact.meaning);
        assert!(MANUAL.contains(&line), "{line}");
    }
}

#[test]
fn every_standard_rule_is_listed() {
    for rule in tombola_standard_rules::native() {
        assert!(MANUAL.contains(&format!("| `{}` | ", rule.name())), "{}", rule.name());
        let schema = rule.schema();
        for field in schema["properties"].as_object().unwrap().keys() {
            assert!(MANUAL.contains(&format!("`{field}`")), "{} {field}", rule.name());
        }
    }
}
