use std::collections::BTreeMap;

use serde::Serialize;
use tombola_app::model;
use utoipa::ToSchema;

use super::fact::json;

/// The largest config that is told, in bytes of JSON: one with thousands of rows explains nothing to a player.
const CONFIG_BYTES_MAX: usize = 4 << 10;

/// A locked prize.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lock {
    prize: String,
    /// The rules of its tree that could have led on to it and did not.
    unlocked_by: Vec<Node>,
}

/// A rule that leads elsewhere.
#[derive(Debug, Serialize, ToSchema)]
struct Node {
    /// As in `trees/default/lock`.
    node: String,
    /// As the document names it.
    rule: String,
    /// Its config; left out where it has more than 4 KiB, and for players where the rule looks at lists or the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<serde_json::Value>,
    /// The facts that it reads, by name, as they are now; for players without lists and the bucket.
    facts: BTreeMap<String, serde_json::Value>,
    /// The labels that it may answer to them; none where it fails.
    answered: Vec<String>,
    /// The labels that lead on to the prize.
    leads_on: Vec<String>,
}

impl Lock {
    /// For the player alone it leaves out what is the operator's own: on which lists they stand, their bucket, and the configs of
    /// rules that look at these.
    pub(crate) fn new(lock: model::Lock, to_the_player: bool) -> Self {
        let node = |node| Node::new(node, to_the_player);
        Self { prize: lock.prize.to_string(), unlocked_by: lock.nodes.into_iter().map(node).collect() }
    }
}

impl Node {
    fn new(mut node: model::LockNode, to_the_player: bool) -> Self {
        let facts_told = node.facts.len();
        node.facts.retain(|(name, _)| !(to_the_player && is_operators(name)));
        let is_told = node.facts.len() == facts_told && node.config.to_string().len() <= CONFIG_BYTES_MAX;
        Self {
            node: node.node,
            rule: node.reference,
            config: is_told.then(|| (*node.config).clone()),
            facts: node.facts.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
            answered: node.answered,
            leads_on: node.leads_on,
        }
    }
}

fn is_operators(fact: &str) -> bool {
    fact.starts_with("player.lists.") || fact == "player.bucket"
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use tombola_domain::fact::Value;

    use super::*;

    #[test]
    fn players_are_not_told_on_which_lists_they_stand() {
        let lock = |fact: &str| model::Lock {
            prize: "phone".parse().unwrap(),
            nodes: vec![model::LockNode {
                node: "trees/default/lock".to_owned(),
                reference: "lock@1".to_owned(),
                config: Arc::new(json!({"list": "watched"})),
                facts: vec![(fact.to_owned(), Value::Boolean(true))],
                answered: vec!["locked".to_owned()],
                leads_on: vec!["open".to_owned()],
            }],
        };
        let told = |fact, to_the_player| {
            let lock = serde_json::to_value(Lock::new(lock(fact), to_the_player)).unwrap();
            let node = &lock["unlocked_by"][0];
            (node["facts"].get(fact).is_some(), node.get("config").is_some())
        };
        assert_eq!(told("player.lists.watched", true), (false, false));
        assert_eq!(told("player.bucket", true), (false, false));
        assert_eq!(told("player.lists.watched", false), (true, true));
        assert_eq!(told("attribute.member", true), (true, true));
    }
}
