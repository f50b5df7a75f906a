use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::from_str;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    name: String,
    count: Option<i64>,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Item {
    Unit,
    Number(u8),
    Pair(u8, bool),
    Named { value: f64 },
}

fn check<T: DeserializeOwned + PartialEq + Debug>(text: &str, expected: T) {
    assert_eq!(from_str::<T>(text), Ok(expected), "{text}");
}

fn problem<T: DeserializeOwned + Debug>(text: &str, place: &str, message: &str) {
    let problem = from_str::<T>(text).expect_err(text);
    assert_eq!((problem.place.as_str(), problem.message.as_str()), (place, message), "{text}");
}

#[test]
fn configs_are_read() {
    let items = vec![Item::Unit, Item::Unit, Item::Number(7), Item::Pair(1, true), Item::Named { value: -1.5e3 }];
    check(
        r#" { "name" : "n", "count":null,
            "items": ["unit", {"unit": null}, {"number": 7}, {"pair": [1, true]}, {"named": {"value": -1.5e3}}] } "#,
        Config { name: "n".to_owned(), count: None, items },
    );
    check(r#"{"name":"","count":-9}"#, Config { name: String::new(), count: Some(-9), items: Vec::new() });
}

#[test]
fn numbers_have_64_bits() {
    check("18446744073709551615", u64::MAX);
    check("-9223372036854775808", i64::MIN);
    check("0", 0_u8);
    check("3", 3.0_f64);
    for text in ["18446744073709551616", "-9223372036854775809", "1.0", "1e3"] {
        problem::<i64>(text, "", "a whole number of at most 64 bits is needed here");
    }
    problem::<u8>("256", "", "the value is not allowed here: expected u8");
    problem::<i64>("-", "", "a whole number of at most 64 bits is needed here");
    problem::<i64>("01", "", "the config is not valid JSON at byte 2");
    problem::<f64>("1e", "", "the config is not valid JSON at byte 2");
}

#[test]
fn texts_are_unescaped() {
    check(r#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#, "a\"\\/\u{8}\u{c}\n\r\té😀é".to_owned());
    for text in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83d\u0041""#, r#""\x""#, "\"\n\"", "\"", r#""\u12""#] {
        assert!(from_str::<String>(text).is_err(), "{text}");
    }
}

#[test]
fn mistakes_have_their_place() {
    problem::<Config>(r#"{"name":"n","cuont":1}"#, "/cuont", "there is no field `cuont` here");
    problem::<Config>("{}", "", "the field `name` is missing");
    problem::<Config>(r#"{"name":"n","name":"n"}"#, "", "the field `name` stands here twice");
    problem::<Config>(r#"{"name":1}"#, "/name", "expected a string, found a number");
    problem::<Config>(
        r#"{"name":"n","items":["unit",{"number":"1"}]}"#,
        "/items/1/number",
        "expected u8, found a text",
    );
    problem::<Config>(r#"{"name":"n","items":["other"]}"#, "/items/0", "`other` is not known here");
    problem::<Config>(r#"{"name":"n","items":{}}"#, "/items", "expected a sequence, found an object");
    problem::<BTreeMap<String, bool>>(r#"{"a/b~c":3}"#, "/a~1b~0c", "expected a boolean, found a number");
    problem::<(u8, u8)>("[1]", "", "the list has the wrong length: expected a tuple of size 2");
    problem::<(u8, u8)>("[1,2,3]", "", "the list has too many items");
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[,]",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "nul",
        "truth",
        "1 1",
        "[]]",
        "'a'",
        "+1",
        "\u{feff}1",
    ] {
        assert!(from_str::<serde_json::Value>(text).is_err(), "{text}");
    }
}

#[test]
fn nesting_has_a_bound() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(from_str::<serde_json::Value>(&nested(32)).is_ok());
    problem::<serde_json::Value>(&nested(33), &"/0".repeat(32), "the config is nested too deeply");
}

/// JSON values without fractions, as configs have them.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(value in json()) {
        prop_assert_eq!(from_str::<serde_json::Value>(&value.to_string()), Ok(value.clone()));
        prop_assert_eq!(from_str::<serde_json::Value>(&format!("{value:#}")), Ok(value));
    }

    #[test]
    fn no_text_is_too_strange(text in "[\\[\\]{}:,\"\\\\0-9eE.u+\\- tfn]{0,24}") {
        let ours = from_str::<serde_json::Value>(&text).is_ok();
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // Ours refuses fractions where no float is asked for; besides that, both accept the same texts.
        let whole = theirs.as_ref().is_ok_and(|value| !has_fraction(value));
        prop_assert_eq!(ours, whole, "{}", text);
    }
}

fn has_fraction(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Number(number) => number.is_f64(),
        serde_json::Value::Array(items) => items.iter().any(has_fraction),
        serde_json::Value::Object(fields) => fields.values().any(has_fraction),
        _ => false,
    }
}
