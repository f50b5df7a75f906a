//! What is wrong with a part of a document, in the words of whoever writes them: the reader's own speak of types of Rust.

/// What the reader says of a value of another shape, put plainly. What the document's own types say of their bounds stays.
pub(super) fn words(told: &str) -> String {
    if let Some(told) = named(told) {
        return told;
    }
    if told.starts_with("data did not match any variant") {
        return "something else is expected".to_owned();
    }
    match told.strip_prefix("invalid ").and_then(|rest| rest.split_once(": ")?.1.rsplit_once(", expected ")) {
        Some((found, expected)) => format!("{} is expected, and not {}", expected_words(expected), found_words(found)),
        None => told.to_owned(),
    }
}

/// What is said of a field, or of one of a few words.
fn named(told: &str) -> Option<String> {
    let (problem, rest) = told.split_once('`')?;
    let (name, rest) = rest.split_once('`')?;
    let known = || rest.strip_prefix(", expected ").map(|known| known.replacen("one of ", "", 1));
    match problem.trim_end() {
        "missing field" => Some(format!("the field '{name}' is missing")),
        "duplicate field" => Some(format!("the field '{name}' stands there twice")),
        "unknown field" => Some(match known() {
            Some(known) => format!("there is no field '{name}'; there are {known}"),
            None => format!("there is no field '{name}'"),
        }),
        "unknown variant" => Some(match known() {
            Some(known) => format!("'{name}' is none of what can stand there: {known}"),
            None => format!("'{name}' can't stand there"),
        }),
        _ => None,
    }
}

fn found_words(found: &str) -> String {
    let kinds = [
        ("boolean ", "", ""),
        ("integer ", "the number ", ""),
        ("floating point ", "the number ", ""),
        ("string ", "the text ", ""),
        ("sequence", "a list", "whole"),
        ("map", "a map", "whole"),
        ("null", "nothing", "whole"),
        ("unit", "nothing", "whole"),
    ];
    let kind = kinds.into_iter().find(|(begins, ..)| found.starts_with(begins));
    match kind {
        Some((_, said, "whole")) => said.to_owned(),
        Some((begins, said, _)) => format!("{said}{}", found[begins.len()..].replace('`', "")),
        None => found.to_owned(),
    }
}

fn expected_words(expected: &str) -> String {
    match expected {
        "a string" | "string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "u8" => format!("a whole number from 0 to {}", u8::MAX),
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "u64" | "usize" => "a whole number, not below 0,".to_owned(),
        "i64" => "a whole number".to_owned(),
        _ if expected.starts_with("struct ") || expected.contains(" enum") => "a map".to_owned(),
        _ => expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct Part {
        id: String,
        count: Option<u32>,
        total: Option<u64>,
        open: Option<bool>,
        kind: Option<Kind>,
        inner: Option<Box<Part>>,
        names: Option<BTreeMap<String, Vec<String>>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Old,
        New,
    }

    #[track_caller]
    fn check(json: &str, expected: &str) {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let error = serde_json::from_value::<Part>(value).expect_err(json);
        assert_eq!(words(&error.to_string()), expected, "{json}");
    }

    #[test]
    fn shapes_are_told_in_the_words_of_who_writes_documents() {
        check(r#"{"id": 7}"#, "a text is expected, and not the number 7");
        check(r#"{"id": 0.5}"#, "a text is expected, and not the number 0.5");
        check(r#"{"id": true}"#, "a text is expected, and not true");
        check(r#"{"id": []}"#, "a text is expected, and not a list");
        check(r#"{"id": null}"#, "a text is expected, and not nothing");
        check(r#"{"id": "a", "count": -1}"#, "a whole number from 0 to 4294967295 is expected, and not the number -1");
        check(r#"{"id": "a", "total": "x"}"#, "a whole number, not below 0, is expected, and not the text \"x\"");
        check(r#"{"id": "a", "open": "yes"}"#, "true or false is expected, and not the text \"yes\"");
        check(r#"{"id": "a", "inner": 1}"#, "a map is expected, and not the number 1");
        check(r#"{"id": "a", "names": {"a": {}}}"#, "a list is expected, and not a map");
        check("{}", "the field 'id' is missing");
        check(r#"{"id": "a", "kind": "odd"}"#, "'odd' is none of what can stand there: `old` or `new`");
        check(
            r#"{"id": "a", "ids": 1}"#,
            "there is no field 'ids'; there are `id`, `count`, `total`, `open`, `kind`, `inner`, `names`",
        );
        assert_eq!(words("an amount is at least 1"), "an amount is at least 1");
    }
}
