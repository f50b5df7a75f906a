//! JSON in whose objects no member comes twice, however deep they are.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Such JSON, whatever it holds.
pub(super) struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Distinct;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_str<E>(self, _: &str) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Distinct, A::Error> {
        while let Some(Distinct) = members.next_element()? {}
        Ok(Distinct)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Distinct, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let Distinct = members.next_value()?;
            if let Some(name) = names.replace(name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
        }
        Ok(Distinct)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Option<&str>) {
        let read = serde_path_to_error::deserialize::<_, Distinct>(&mut serde_json::Deserializer::from_str(json));
        let told = read.err().map(|error| crate::complaint::of_body(&error));
        assert_eq!(told.as_deref(), expected, "{json}");
    }

    #[test]
    fn a_member_that_comes_twice_is_found_wherever_it_is() {
        check(r#"{"a": null, "b": [1, -1, 1.5, true, "a", {"a": {}, "b": {"a": 1}}], "c": {"a": 1}}"#, None);
        check(r#"{"a": 1, "a": 2}"#, Some("the member `a` stands there twice at column 16"));
        check(r#"{"b": {"a": 1, "\u0061": 1}}"#, Some("b: the member `a` stands there twice at column 27"));
        check(r#"[{}, {"b": [{"a": 1, "a": 1}]}]"#, Some("[1].b[0]: the member `a` stands there twice at column 28"));
    }
}
