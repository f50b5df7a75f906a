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
    /// Its config; left out where it has more than 4 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<serde_json::Value>,
    /// The facts that it reads, by name, as they are now.
    facts: BTreeMap<String, serde_json::Value>,
    /// The labels that it may answer to them; none where it fails.
    answered: Vec<String>,
    /// The labels that lead on to the prize.
    leads_on: Vec<String>,
}

impl From<model::Lock> for Lock {
    fn from(lock: model::Lock) -> Self {
        Self { prize: lock.prize.to_string(), unlocked_by: lock.nodes.into_iter().map(Node::from).collect() }
    }
}

impl From<model::LockNode> for Node {
    fn from(node: model::LockNode) -> Self {
        let is_told = node.config.to_string().len() <= CONFIG_BYTES_MAX;
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
