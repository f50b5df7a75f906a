//! What differs between two documents, by place. For people who started from one and find the other.

use serde_json::{Map, Value};

/// A place that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer (RFC 6901); empty for the whole.
    pub place: String,
    /// How.
    pub change: Change,
}

/// How a place differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Only the newer document has it.
    Added,
    /// Only the older one has it.
    Removed,
    /// Both have it, with other values.
    Changed,
}

/// The first `most` places that differ between two documents, in the order of the documents: members by name, then elements
/// of lists by position. A place is named as deep as both have an object or a list there. Empty exactly for equal documents,
/// as long as `most` is not 0.
pub fn differences(older: &Value, newer: &Value, most: usize) -> Vec<Difference> {
    let mut found = Found { differences: Vec::new(), most };
    found.compare("", older, newer);
    found.differences
}

struct Found {
    differences: Vec<Difference>,
    most: usize,
}

impl Found {
    fn compare(&mut self, place: &str, older: &Value, newer: &Value) {
        match (older, newer) {
            (Value::Object(older), Value::Object(newer)) => self.compare_objects(place, older, newer),
            (Value::Array(older), Value::Array(newer)) => {
                for position in 0..older.len().max(newer.len()) {
                    self.compare_parts(format!("{place}/{position}"), older.get(position), newer.get(position));
                }
            }
            _ if older == newer => {}
            _ => self.add(place.to_owned(), Change::Changed),
        }
    }

    fn compare_objects(&mut self, place: &str, older: &Map<String, Value>, newer: &Map<String, Value>) {
        let added = newer.keys().filter(|name| !older.contains_key(*name));
        let mut names: Vec<&String> = older.keys().chain(added).collect();
        names.sort();
        for name in names {
            let step = name.replace('~', "~0").replace('/', "~1");
            self.compare_parts(format!("{place}/{step}"), older.get(name), newer.get(name));
        }
    }

    fn compare_parts(&mut self, place: String, older: Option<&Value>, newer: Option<&Value>) {
        match (older, newer) {
            // What is left is only counted by who would read it.
            _ if self.differences.len() == self.most => {}
            (Some(older), Some(newer)) => self.compare(&place, older, newer),
            (None, Some(_)) => self.add(place, Change::Added),
            (Some(_), None) => self.add(place, Change::Removed),
            (None, None) => {}
        }
    }

    fn add(&mut self, place: String, change: Change) {
        if self.differences.len() < self.most {
            self.differences.push(Difference { place, change });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(older: &Value, newer: &Value, expected: &[(&str, Change)]) {
        let found = differences(older, newer, 9);
        let found: Vec<_> = found.iter().map(|found| (found.place.as_str(), found.change)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn differences_are_named_by_place() {
        use Change::{Added, Changed, Removed};
        check(&json!({"a": [1, {"b": 2}]}), &json!({"a": [1, {"b": 3}]}), &[("/a/1/b", Changed)]);
        check(&json!({"a": 1, "c": 1}), &json!({"b": 1, "c": 1}), &[("/a", Removed), ("/b", Added)]);
        check(&json!([1, 2, 3]), &json!([0, 2]), &[("/0", Changed), ("/2", Removed)]);
        check(&json!({"a/b": {"~": 1}}), &json!({"a/b": {"~": 2}}), &[("/a~1b/~0", Changed)]);
        check(&json!({"a": {}}), &json!({"a": []}), &[("/a", Changed)]);
        check(&json!(1), &json!(2), &[("", Changed)]);
        check(&json!({"a": null}), &json!({}), &[("/a", Removed)]);
    }

    #[test]
    fn no_more_are_named_than_wanted() {
        let (older, newer) = (json!({"a": [1, 2], "b": 1}), json!({"a": [2, 1], "b": 2}));
        let places = |most| differences(&older, &newer, most).into_iter().map(|found| found.place).collect::<Vec<_>>();
        assert_eq!(places(2), ["/a/0", "/a/1"]);
        assert_eq!(places(3), ["/a/0", "/a/1", "/b"]);
    }

    /// Takes the newer document's values over at the places that differ, the last first, so that positions stay true.
    fn patched(older: &Value, newer: &Value) -> Value {
        let mut patched = older.clone();
        for Difference { place, change } in differences(older, newer, usize::MAX).into_iter().rev() {
            let Some((parent, step)) = place.rsplit_once('/') else {
                return newer.clone();
            };
            let name = step.replace("~1", "/").replace("~0", "~");
            match (patched.pointer_mut(parent).unwrap(), change) {
                (Value::Object(object), Change::Removed) => drop(object.remove(&name)),
                (Value::Object(object), _) => drop(object.insert(name, newer.pointer(&place).unwrap().clone())),
                (Value::Array(list), Change::Removed) => drop(list.remove(step.parse().unwrap())),
                (Value::Array(list), Change::Changed) => {
                    list[step.parse::<usize>().unwrap()] = newer.pointer(&place).unwrap().clone();
                }
                // Those at the end come first here, and each goes before the one that came.
                (Value::Array(list), Change::Added) => {
                    let end = older.pointer(parent).unwrap().as_array().unwrap().len();
                    list.insert(end, newer.pointer(&place).unwrap().clone());
                }
                (other, _) => panic!("{other} has no parts"),
            }
        }
        patched
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3_i64).prop_map(Value::from),
            "[a~/]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let lists = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
            let objects = prop::collection::btree_map("[a~/0]{0,2}", inner, 0..4);
            prop_oneof![lists, objects.prop_map(|members| Value::Object(members.into_iter().collect()))]
        })
    }

    proptest! {
        #[test]
        fn there_are_none_exactly_where_documents_are_equal(older in any_value(), newer in any_value()) {
            prop_assert_eq!(differences(&older, &newer, 1).is_empty(), older == newer);
            prop_assert!(differences(&older, &older, 1).is_empty());
        }

        #[test]
        fn the_places_are_all_that_differs(older in any_value(), newer in any_value()) {
            prop_assert_eq!(patched(&older, &newer), newer);
        }
    }
}
