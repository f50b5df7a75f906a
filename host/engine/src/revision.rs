//! Revisions: a document with every rule resolved to a module, in one canonical text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tombola_domain::digest::Digest;

use crate::document::Document;

/// A document and the modules that it runs. Its canonical text is what is stored, hashed and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// The document.
    pub document: Document,
    /// What each rule reference of the document stood for when it was published, by reference.
    pub modules: BTreeMap<String, ModuleRef>,
}

/// One exact module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleRef {
    /// The rule's version.
    pub version: String,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
}

impl Revision {
    /// The one text of this revision: compact JSON with sorted members.
    pub fn canonical(&self) -> String {
        // By way of `Value`, whose maps are sorted: a struct's own fields come in the order of its declaration.
        let value = serde_json::to_value(self).expect("a revision is plain data with text keys");
        value.to_string()
    }

    /// The digest that names a revision, of its canonical text.
    pub fn digest(canonical: &str) -> Digest {
        Digest::tagged("tombola/revision/v1", &[canonical.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_meaning_has_one_text() {
        let one = crate::document::parse(
            "{campaign: a, title: A, window: {opens: 2026-12-01T00:00:00Z}, prizes: [{id: p, title: P, stock: unlimited}], \
             pools: {default: {p: rest}}, guards: [{id: g, rule: x@1, config: {b: 1, a: 2}}]}",
        );
        let other = crate::document::parse(
            r#"{"title": "A", "campaign": "a", "pools": {"default": {"p": "rest"}}, "chances": {},
                "guards": [{"config": {"a": 2, "b": 1}, "id": "g", "rule": "x@1", "on_fault": "refuse"}],
                "prizes": [{"id": "p", "stock": "unlimited", "title": "P"}], "window": {"opens": "2026-12-01T00:00:00Z"}}"#,
        );
        let modules = BTreeMap::from([(
            "x@1".to_owned(),
            ModuleRef { version: "1.0.0".to_owned(), digest: Digest::of(b"x").to_string() },
        )]);
        let canonical = |document: Result<Document, _>| {
            Revision { document: document.unwrap(), modules: modules.clone() }.canonical()
        };
        let text = canonical(one);
        assert_eq!(text, canonical(other));
        let again: Revision = serde_json::from_str(&text).unwrap();
        assert_eq!(again.canonical(), text);
        assert_eq!(Revision::digest(&text), Revision::digest(&again.canonical()));
    }
}
