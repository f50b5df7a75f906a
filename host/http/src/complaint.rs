//! What parsers say of bodies, queries and addresses, as whoever sent them is told: where it is, and what is expected there.
//! Less what stood there: that may be a player or an attribute.

use std::fmt::Write;

/// Of a JSON body.
pub(crate) fn of_body(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let (path, inner) = (error.path().to_string(), error.inner());
    // The parser puts marks where it does not know the member yet.
    let place = path.trim_end_matches('?').trim_end_matches('.');
    let mut told = if place.is_empty() { String::new() } else { format!("{place}: ") };
    let text = inner.to_string();
    let (what, position) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    let what = if inner.is_data() { mismatch(what) } else { format!("the JSON is malformed: {what}") };
    told.push_str(&what);
    // A body of one line needs no line.
    match (inner.line(), position.is_empty()) {
        (_, true) | (0, _) => {}
        (1, _) => write!(told, " at column {}", inner.column()).expect("writing to a text doesn't fail"),
        (..) => write!(told, " at line {position}").expect("writing to a text doesn't fail"),
    }
    told
}

/// Of a query, as axum puts it.
pub(crate) fn of_query(text: &str) -> String {
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(text);
    match text.split_once(": ") {
        Some((name, what)) if !name.contains(' ') => format!("{name}: {}", parameter(what)),
        _ => parameter(text),
    }
}

/// Of an address, as axum puts it.
pub(crate) fn of_address(text: &str) -> String {
    let text = text.strip_prefix("Invalid URL: ").unwrap_or(text);
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("in the address {expected} is expected"),
        None => text.to_owned(),
    }
}

/// What is wrong with a parameter, of which numbers and yes or no are read here.
fn parameter(what: &str) -> String {
    if what.starts_with("missing field") || what.starts_with("duplicate field") {
        return member(what, "parameter").unwrap_or_else(|| what.to_owned());
    }
    match what {
        "provided string was not `true` or `false`" => "true or false is expected".to_owned(),
        _ if what.contains("integer") || what.contains("digit") || what.contains("number") => {
            "a whole number is expected, not below 0".to_owned()
        }
        _ => what.to_owned(),
    }
}

/// What of JSON is of another shape.
fn mismatch(what: &str) -> String {
    if let Some(told) = member(what, "member") {
        return told;
    }
    match what.rsplit_once(", expected ") {
        Some((found, expected)) => match kind(found) {
            Some(found) => format!("{} is expected, and not {found}", words(expected)),
            None => format!("{} is expected", words(expected)),
        },
        None if what.starts_with("data did not match") => "something else is expected".to_owned(),
        None => format!("{what} is expected"),
    }
}

/// What is told of a member as a whole.
fn member(what: &str, kind: &str) -> Option<String> {
    let (problem, name) = what.split_once('`')?;
    let (name, rest) = name.split_once('`')?;
    match problem.trim_end() {
        "missing field" => Some(format!("the {kind} `{name}` is missing")),
        "duplicate field" => Some(format!("the {kind} `{name}` stands there twice")),
        "unknown field" => {
            let known =
                rest.strip_prefix(", expected ").map_or("none".to_owned(), |known| known.replace("one of ", ""));
            Some(format!("there is no {kind} {}; there are {known}", named(name)))
        }
        _ => None,
    }
}

/// A name that is short and of letters is repeated: it was mistyped.
fn named(name: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if name.len() <= 64 && name.bytes().all(is_word) { format!("`{name}`") } else { "of this name".to_owned() }
}

/// What stands there instead, without its value.
fn kind(found: &str) -> Option<&'static str> {
    let found = found.strip_prefix("invalid type: ")?;
    let kinds = [
        ("null", "null"),
        ("boolean", "true or false"),
        ("integer", "a number"),
        ("floating point", "a number with a fraction"),
        ("string", "a text"),
        ("sequence", "a list"),
        ("map", "an object"),
    ];
    kinds.into_iter().find(|(begins, _)| found.starts_with(begins)).map(|(_, kind)| kind)
}

/// What is expected, in JSON's words.
fn words(expected: &str) -> String {
    match expected {
        "u64" | "usize" => "a whole number, not below 0,".to_owned(),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "i64" => "a whole number".to_owned(),
        "a string" | "string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        _ if expected.starts_with("struct ") || expected.ends_with(" enum") => "an object".to_owned(),
        _ => expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use tombola_app::model::Scalar;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct Body {
        id: String,
        count: Option<u32>,
        add: Option<i64>,
        #[serde(default)]
        attributes: BTreeMap<String, Scalar>,
        #[serde(default)]
        names: Vec<String>,
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let mut deserializer = serde_json::Deserializer::from_str(body);
        let error = serde_path_to_error::deserialize::<_, Body>(&mut deserializer).unwrap_err();
        assert_eq!(of_body(&error), expected, "{body}");
    }

    #[test]
    fn a_mistake_in_a_body_is_told_with_its_place_and_what_is_expected() {
        check(r#"{"id": 7}"#, "id: a text is expected, and not a number at column 8");
        check(r#"{"id": null}"#, "id: a text is expected, and not null at column 11");
        check(
            r#"{"id": "a", "names": ["b", true]}"#,
            "names[1]: a text is expected, and not true or false at column 31",
        );
        check(r#"{"id": "a", "names": "b"}"#, "names: a list is expected, and not a text at column 24");
        check(
            "{\"id\": \"a\",\n\"attributes\": {\"channel\": [1]}}",
            "attributes.channel: a text, a whole number, or true or false is expected at line 2 column 30",
        );
        check(r#"{"id": "a", "count": -1}"#, "count: a whole number from 0 to 4294967295 is expected at column 23");
        check(
            r#"{"id": "a", "add": 1.5}"#,
            "add: a whole number is expected, and not a number with a fraction at column 22",
        );
        check(r#"{"count": 1}"#, "the member `id` is missing at column 12");
        check(r#"{"id": "a", "id": "b"}"#, "the member `id` stands there twice at column 16");
        check(
            r#"{"id": "a", "count": "bob at line 3"}"#,
            "count: a whole number from 0 to 4294967295 is expected, and not a text at column 36",
        );
        check(
            r#"{"id": "a", "count": "x, expected alice"}"#,
            "count: a whole number from 0 to 4294967295 is expected, and not a text at column 40",
        );
        check("[]", "an object is expected at column 2");
        check("7", "an object is expected, and not a number at column 1");
        check(
            r#"{"id": "a", "nmaes": []}"#,
            "nmaes: there is no member `nmaes`; there are `id`, `count`, `add`, `attributes`, `names` at column 19",
        );
        check(r#"{"id": "a""#, "the JSON is malformed: EOF while parsing an object at column 10");
        check("{\"id\":\n!}", "id: the JSON is malformed: expected value at line 2 column 1");
    }

    #[test]
    fn a_mistake_in_an_address_is_told_without_what_stood_there() {
        let told = of_address("Invalid URL: unknown variant `alice`, expected one of `points`, `chances`");
        assert_eq!(told, "in the address one of `points`, `chances` is expected");
    }

    #[test]
    fn a_mistake_in_a_query_is_told_with_the_parameter() {
        let check = |text: &str, expected: &str| {
            assert_eq!(of_query(&format!("Failed to deserialize query string: {text}")), expected);
        };
        check("after: invalid digit found in string", "after: a whole number is expected, not below 0");
        check("after: cannot parse integer from empty string", "after: a whole number is expected, not below 0");
        check("after: number too large to fit in target type", "after: a whole number is expected, not below 0");
        check("allow_empty: provided string was not `true` or `false`", "allow_empty: true or false is expected");
        check("missing field `reason`", "the parameter `reason` is missing");
        check("duplicate field `limit`", "the parameter `limit` stands there twice");
    }
}
