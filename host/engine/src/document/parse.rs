//! From text to [`Document`]. Each member of a list or map is read by itself, so that one mistake hides no other.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::syntax::{self, Mistake};
use super::{Document, Tree, shape};
use crate::finding::{Code, Finding, Findings, within};

/// The longest document, in bytes: room for thousands of prizes and for rule configs with thousands of rows.
pub const DOCUMENT_BYTES_MAX: usize = 4 << 20;

/// The document that `text` (YAML, of which JSON is a part) holds, or all that is wrong with its shape.
pub fn parse(text: &str) -> Result<Document, Vec<Finding>> {
    let mut findings = Findings::default();
    let document = read(text, &mut findings);
    document.filter(|_| !findings.block()).ok_or_else(|| findings.into_vec())
}

fn read(text: &str, findings: &mut Findings) -> Option<Document> {
    if text.len() > DOCUMENT_BYTES_MAX {
        let message = format!("the document has {} bytes; {DOCUMENT_BYTES_MAX} are allowed", text.len());
        findings.add(Code::TooLarge, "", message, "Move long lists out of rule configs into operator-kept lists.");
        return None;
    }
    match syntax::read(text) {
        Ok(document) if let Some(place) = nul(&document, "") => {
            let message = "the text has the character U+0000, which not every database keeps";
            findings.add(Code::InvalidText, place, message, "Leave it out.");
            None
        }
        Ok(Value::Object(fields)) => Members { fields, findings }.document(),
        Ok(_) => {
            findings.add(Code::Shape, "", "a document is a map of fields", "Begin with `campaign: <name>`.");
            None
        }
        Err(Mistake { message, hint }) => {
            findings.add(Code::Syntax, "", message, hint);
            None
        }
    }
}

/// The first place that has the character U+0000 in it, be it in a name.
fn nul(value: &Value, place: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| place.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(position, item)| nul(item, &within(place, position)))
        }
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            if name.contains('\0') { Some(place.to_owned()) } else { nul(member, &within(place, name)) }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The longest list or map of one kind. Bounds what one publish can ask of the verifier.
const PRIZES_MAX: usize = 10_000;
const SKUS_MAX: usize = 100;
const POOLS_MAX: usize = 1_000;
const GUARDS_MAX: usize = 32;
const ATTRIBUTES_MAX: usize = 64;
const TREES_MAX: usize = 1_000;
const NODES_MAX: usize = 256;
const EVENTS_MAX: usize = 64;
/// All that are bound to one type of event run for each.
const REBATES_MAX: usize = 32;
/// Each is tried on every check, in some tens of microseconds where rules are of the usual kind: far more than people keep up.
const EXAMPLES_MAX: usize = 64;
/// Guards, nodes with a rule and rebates, in all: each is configured and compiled when the document is checked.
const RULES_MAX: usize = 256;

const FIELDS: &str = "The fields are campaign, title, window, chances, budget, prizes, skus, pools, guards, attributes, trees, events, \
                      rebates, shortfall and examples.";

struct Members<'a> {
    fields: Map<String, Value>,
    findings: &'a mut Findings,
}

impl Members<'_> {
    fn document(mut self) -> Option<Document> {
        let campaign = self.one("campaign", true);
        let title = self.one("title", true);
        let window = self.one("window", true);
        let chances = self.one("chances", false).unwrap_or_default();
        let budget = self.one("budget", false);
        let prizes = self.list("prizes", true, PRIZES_MAX);
        let skus = self.list("skus", false, SKUS_MAX);
        let pools = self.pools();
        let guards: Vec<super::Guard> = self.list("guards", false, GUARDS_MAX);
        let attributes = self.map("attributes", ATTRIBUTES_MAX);
        let trees = self.trees();
        let events = self.events();
        let rebates: Vec<super::Rebate> = self.list("rebates", false, REBATES_MAX);
        let shortfall = self.one("shortfall", false).unwrap_or_default();
        let examples = self.list("examples", false, EXAMPLES_MAX);
        let rules = trees.values().flat_map(|tree| tree.nodes.values()).filter(|node| node.rule.is_some()).count();
        self.bound("/trees", guards.len() + rules + rebates.len(), RULES_MAX);
        for field in self.fields.keys() {
            self.findings.add(Code::Shape, within("", field), format!("there is no field '{field}'"), FIELDS);
        }
        Some(Document {
            campaign: campaign?,
            title: title?,
            window: window?,
            chances,
            budget,
            prizes,
            skus,
            pools,
            guards,
            attributes,
            trees,
            events,
            rebates,
            shortfall,
            examples,
        })
    }

    fn events(&mut self) -> BTreeMap<String, super::Event> {
        let events: BTreeMap<String, super::Event> = self.map("events", EVENTS_MAX);
        for (name, event) in &events {
            let place = within(&within("/events", name), "attributes");
            self.bound(&place, event.attributes.len(), ATTRIBUTES_MAX);
        }
        events
    }

    fn take(&mut self, field: &str, required: bool) -> Option<Value> {
        let value = self.fields.remove(field).filter(|value| !value.is_null());
        if required && value.is_none() {
            self.findings.add(Code::Shape, "", format!("the field '{field}' is missing"), format!("Add `{field}:`."));
        }
        value
    }

    fn one<T: DeserializeOwned>(&mut self, field: &str, required: bool) -> Option<T> {
        let value = self.take(field, required)?;
        member(&within("", field), value, self.findings)
    }

    fn list<T: DeserializeOwned>(&mut self, field: &str, required: bool, longest: usize) -> Vec<T> {
        let place = within("", field);
        let Some(value) = self.take(field, required) else { return Vec::new() };
        let Value::Array(items) = value else {
            self.findings.add(Code::Shape, place, "a list is expected", "Begin each member with `- `.");
            return Vec::new();
        };
        self.bound(&place, items.len(), longest);
        let items = items.into_iter().take(longest).enumerate();
        items.filter_map(|(position, item)| member(&within(&place, position), item, self.findings)).collect()
    }

    fn map<T: DeserializeOwned>(&mut self, field: &str, longest: usize) -> BTreeMap<String, T> {
        let place = within("", field);
        let Some(members) = self.members(field, false, longest) else { return BTreeMap::new() };
        let read = |(name, value)| {
            let value = member(&within(&place, &name), value, self.findings)?;
            Some((name, value))
        };
        members.into_iter().filter_map(read).collect()
    }

    fn pools(&mut self) -> BTreeMap<String, BTreeMap<String, super::ShareText>> {
        let Some(pools) = self.members("pools", true, POOLS_MAX) else { return BTreeMap::new() };
        let read = |(name, value)| {
            let place = within("/pools", &name);
            let entries = object(&place, value, self.findings)?;
            self.bound(&place, entries.len(), PRIZES_MAX + 1);
            let entries = entries.into_iter().filter_map(|(prize, share)| {
                let share = member(&within(&place, &prize), share, self.findings)?;
                Some((prize, share))
            });
            Some((name, entries.collect()))
        };
        pools.into_iter().filter_map(read).collect()
    }

    fn trees(&mut self) -> BTreeMap<String, Tree> {
        let Some(trees) = self.members("trees", false, TREES_MAX) else { return BTreeMap::new() };
        let read = |(name, value)| {
            let place = within("/trees", &name);
            let tree =
                Members { fields: object(&place, value, self.findings)?, findings: self.findings }.tree(&place)?;
            Some((name, tree))
        };
        trees.into_iter().filter_map(read).collect()
    }

    fn tree(mut self, place: &str) -> Option<Tree> {
        let root = self.fields.remove("root");
        let nodes = self.fields.remove("nodes");
        for field in self.fields.keys() {
            let message = format!("there is no field '{field}'");
            self.findings.add(Code::Shape, within(place, field), message, "A tree has root and nodes.");
        }
        let (Some(root), Some(nodes)) = (root, nodes) else {
            self.findings.add(Code::Shape, place, "a tree needs root and nodes", "Add what is missing.");
            return None;
        };
        let root = member(&within(place, "root"), root, self.findings)?;
        let place = within(place, "nodes");
        let nodes = object(&place, nodes, self.findings)?;
        self.bound(&place, nodes.len(), NODES_MAX);
        let nodes = nodes.into_iter().filter_map(|(name, node)| {
            let node = member(&within(&place, &name), node, self.findings)?;
            Some((name, node))
        });
        Some(Tree { root, nodes: nodes.collect() })
    }

    fn members(&mut self, field: &str, required: bool, longest: usize) -> Option<Map<String, Value>> {
        let value = self.take(field, required)?;
        let place = within("", field);
        let members = object(&place, value, self.findings)?;
        self.bound(&place, members.len(), longest);
        Some(members)
    }

    fn bound(&mut self, place: &str, count: usize, longest: usize) {
        if count > longest {
            let message = format!("{count} members; {longest} are allowed");
            self.findings.add(Code::TooLarge, place, message, "Split the campaign, or move rows into a list.");
        }
    }
}

fn object(place: &str, value: Value, findings: &mut Findings) -> Option<Map<String, Value>> {
    if let Value::Object(members) = value {
        return Some(members);
    }
    findings.add(Code::Shape, place, "a map is expected", "Write `name: value` lines.");
    None
}

fn member<T: DeserializeOwned>(place: &str, value: Value, findings: &mut Findings) -> Option<T> {
    match serde_path_to_error::deserialize(value) {
        Ok(value) => Some(value),
        Err(error) => {
            let place = pointer(place, error.path());
            let message = error.into_inner().to_string();
            let hint = if message.contains("expected a string") {
                "Put it in quotes."
            } else {
                "The document's JSON Schema says what stands here."
            };
            findings.add(Code::Shape, place, shape::words(&message), hint);
            None
        }
    }
}

fn pointer(place: &str, path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(place.to_owned(), |place, segment| match segment {
        Segment::Seq { index } => within(&place, index),
        Segment::Map { key } => within(&place, key),
        Segment::Enum { variant } => within(&place, variant),
        Segment::Unknown => place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(Code, &str)]) {
        let findings = parse(text).expect_err("a document with mistakes");
        let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.place.as_str())).collect();
        assert_eq!(found, expected, "{findings:#?}");
    }

    const SMALL: &str = r#"
        campaign: spring
        title: Spring
        window: {opens: 2026-12-01T00:00:00+08:00}
        prizes: [{id: phone, title: Phone, stock: 3}]
        pools: {default: {phone: "1/2", nothing: rest}}
    "#;

    #[test]
    fn yaml_and_json_read_alike() {
        let document = parse(SMALL).unwrap();
        let json = serde_json::to_string(&document).unwrap();
        assert_eq!(parse(&json), Ok(document));
    }

    #[test]
    fn what_is_too_much_to_deliver_is_told_with_the_bound() {
        for points in ["4294967296", "{unit: coins, each: 4294967296}"] {
            let prize = format!("{{id: a, title: A, stock: 1, deliver: {{points: {points}}}}}");
            let found = parse(&format!("prizes: [{prize}]")).unwrap_err();
            let told =
                found.iter().find(|finding| finding.place.starts_with("/prizes/0/deliver")).expect("it is found");
            assert!(told.message.contains("4294967295"), "{told:?}");
        }
    }

    #[test]
    fn no_text_has_the_character_u_0000() {
        check(&SMALL.replace("title: Phone", "title: \"Ph\\0ne\""), &[(Code::InvalidText, "/prizes/0/title")]);
        check(&SMALL.replace("nothing: rest", "\"\\0\": rest"), &[(Code::InvalidText, "/pools/default")]);
        check(r#"{"campaign": "spring", "title": "\u0000"}"#, &[(Code::InvalidText, "/title")]);
    }

    #[test]
    fn every_mistake_is_found_at_its_place() {
        let text = r"
            campaign: 7
            title: Spring
            window: {opens: x, ends: y}
            prizes: [{id: phone, title: Phone, stock: -1}, {id: mug}, {id: 101, title: Card, stock: 1}]
            pools: {default: {phone: 0.5, mug: [1], card: 9007199254740992, mat: 9007199254740991}, other: 5}
            trees: {lock: {root: a, nodes: {a: {rule: x, onn: {}}}}, bad: {root: a}}
            colour: red
        ";
        check(
            text,
            &[
                (Code::Shape, "/campaign"),
                (Code::Shape, "/window/ends"),
                (Code::Shape, "/prizes/0/stock"),
                (Code::Shape, "/prizes/1"),
                (Code::Shape, "/prizes/2/id"),
                (Code::Shape, "/pools/default/card"),
                (Code::Shape, "/pools/default/mug"),
                (Code::Shape, "/pools/default/phone"),
                (Code::Shape, "/pools/other"),
                (Code::Shape, "/trees/bad"),
                (Code::Shape, "/trees/lock/nodes/a/onn"),
                (Code::Shape, "/colour"),
            ],
        );
    }

    #[test]
    fn a_prize_is_delivered_in_one_way() {
        let with = |deliver: &str| SMALL.replace("stock: 3", &format!("stock: 3, deliver: {deliver}"));
        for good in [
            "{points: 3}",
            "{points: {unit: coins, each: 3}}",
            "{chances: 1}",
            "{webhook: crm}",
            "{codes: shop}",
            "{manual: true}",
        ] {
            let document = parse(&with(good)).unwrap();
            assert_eq!(parse(&serde_json::to_string(&document).unwrap()), Ok(document));
        }
        check(&with("{manual: false}"), &[(Code::Shape, "/prizes/0/deliver/manual")]);
        check(&with("{points: {unit: coins}}"), &[(Code::Shape, "/prizes/0/deliver/points")]);
        check(&with("{mail: home}"), &[(Code::Shape, "/prizes/0/deliver")]);
        check(&with("{chances: 1, manual: true}"), &[(Code::Shape, "/prizes/0/deliver")]);
    }

    #[test]
    fn what_is_no_document_at_all() {
        check("{", &[(Code::Syntax, "")]);
        check("a: [", &[(Code::Syntax, "")]);
        check("{a: 1, a: 2}", &[(Code::Syntax, "")]);
        check(r#"{"pools": {"default": {"phone": "0.1", "phone": "0.2"}}}"#, &[(Code::Syntax, "")]);
        check("5", &[(Code::Shape, "")]);
        check(&" ".repeat(DOCUMENT_BYTES_MAX + 1), &[(Code::TooLarge, "")]);
        check("{}", &[(Code::Shape, ""), (Code::Shape, ""), (Code::Shape, ""), (Code::Shape, ""), (Code::Shape, "")]);
        let many: Vec<_> = (0..40).map(|id| format!("{{id: g{id}, rule: a@1}}")).collect();
        check(
            &SMALL.replace("pools:", &format!("guards: [{}]\n        pools:", many.join(","))),
            &[(Code::TooLarge, "/guards")],
        );
    }
}
