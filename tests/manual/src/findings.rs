use serde_json::{Map, Value};
use tombola_engine::finding::Finding;
use tombola_engine::verify::{Units, Verified, rule_uses, verify};
use tombola_engine::{document, examples};

use crate::rules::look_up;

/// Everything that a check says about a document, with the standard rules uploaded and the units `coins` and `points` declared.
pub fn findings(text: &str) -> Vec<Finding> {
    let document = match document::parse(text) {
        Ok(document) => document,
        Err(findings) => return findings,
    };
    let lookups = rule_uses(&document).iter().map(look_up).collect();
    let units = ["coins", "points"].map(|unit| unit.parse().expect("a name")).into();
    let Verified { pipeline, mut findings } = verify(&document, lookups, Units::Declared(&units));
    let failed = pipeline.map(|pipeline| examples::run(&pipeline, &document.examples, &mut ()));
    findings.extend(failed.into_iter().flat_map(|failed| failed.expect("native rules can always be run")));
    findings
}

/// `base` with the fields of `excerpt` in place of its own. An excerpt that can't be read stands for itself.
pub fn over(base: &str, excerpt: &str) -> String {
    match (fields(base), fields(excerpt)) {
        (Some(mut fields), Some(others)) => {
            fields.extend(others);
            Value::Object(fields).to_string()
        }
        _ => excerpt.to_owned(),
    }
}

fn fields(text: &str) -> Option<Map<String, Value>> {
    // As the engine reads documents: `on` and `no` are texts.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_replaces_whole_fields() {
        assert_eq!(over("a: {x: 1}\nb: 2", "a: {y: 3}"), r#"{"a":{"y":3},"b":2}"#);
        assert_eq!(over("a: 1", "b: ["), "b: [");
    }
}
