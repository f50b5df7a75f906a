use std::fmt::{self, Write};

use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use tombola_domain::digest::Digest;

use crate::client::fault::{Fault, Faults as Answer};
use crate::client::{Client, Target};
use crate::commands::tell::tell;
use crate::exit::Ended;
use crate::report::printable;

/// Show the latest runs of a module that gave no answer, latest first: where, why and on which facts
///
/// `tombola campaign try` runs a rule again on the same facts.
#[derive(Debug, Args)]
pub(crate) struct Faults {
    /// Digest of the module, as `tombola rule push` tells it
    module: Digest,
    #[command(flatten)]
    target: Target,
    /// Print the host's answer as it is
    #[arg(long)]
    json: bool,
}

impl Faults {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        tell(Client::new(self.target)?.faults(&self.module), self.json, text)
    }
}

fn text(answer: &Value) -> serde_json::Result<String> {
    let Answer { items } = Answer::deserialize(answer)?;
    let mut out = String::new();
    for fault in &items {
        write_fault(&mut out, fault).expect("writing to a text doesn't fail");
    }
    Ok(if items.is_empty() { "no run failed\n".to_owned() } else { out })
}

fn write_fault(out: &mut String, fault: &Fault) -> fmt::Result {
    let Fault { at, campaign, revision, node, origin, kind, message, facts } = fault;
    let revision = revision.map_or("not published".to_owned(), |number| format!("revision {number}"));
    writeln!(out, "{at}  {kind} at {node} of {campaign} ({revision}), in {origin}")?;
    message.lines().try_for_each(|line| writeln!(out, "    {}", printable(line)))?;
    let facts: Vec<_> = facts.iter().map(|(name, value)| printable(&format!("{name}={value}"))).collect();
    writeln!(out, "  facts: {}", if facts.is_empty() { "none".to_owned() } else { facts.join(" ") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_module_may_lie_about_its_functions() {
        let fault = json!({
            "at": "2026-12-01T00:00:00.000Z",
            "campaign": "spring",
            "revision": 3,
            "node": "guards/loyal",
            "origin": "draw",
            "kind": "trap",
            "message": "it is broken\n  0: \u{1b}[2Jfall_over",
            "facts": {"player.attributes.channel": "a\nb", "player.bucket": 7},
        });
        assert_eq!(
            text(&json!({"items": [fault]})).unwrap(),
            "2026-12-01T00:00:00.000Z  trap at guards/loyal of spring (revision 3), in draw\n\
             \x20   it is broken\n\
             \x20     0: \u{fffd}[2Jfall_over\n\
             \x20 facts: player.attributes.channel=\"a\\nb\" player.bucket=7\n"
        );
        assert_eq!(text(&json!({"items": []})).unwrap(), "no run failed\n");
    }
}
