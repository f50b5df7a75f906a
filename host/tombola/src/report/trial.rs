use std::fmt::Write;

use super::{findings, printable};
use crate::client::trial::{Decision, Outcome, Step, Tried};

/// Each step of a draw that was tried, from the guards to what it came to.
pub(crate) fn trial(tried: &Tried) -> String {
    let mut out = findings(&tried.findings);
    write(&mut out, tried).expect("writing to a text doesn't fail");
    out
}

fn write(out: &mut String, tried: &Tried) -> std::fmt::Result {
    match tried.revision {
        Some(revision) => writeln!(out, "tried on revision {revision}, which is live")?,
        None => writeln!(out, "tried on the document")?,
    }
    writeln!(out, "\nrules, in order")?;
    for step in &tried.steps {
        write_step(out, step)?;
    }
    if let Some(drawn) = &tried.drawn {
        let chosen_by =
            drawn.chosen_by.as_ref().map_or("as no guard chose another".to_owned(), |by| format!("chosen by {by}"));
        writeln!(out, "\nfrom the pool {}, {chosen_by}", drawn.pool)?;
        writeln!(out, "  ticket {} below {} draws {}", drawn.ticket, drawn.total, drawn.entry)?;
        writeln!(out, "  (its tickets are {} to {})", drawn.first, drawn.last)?;
    }
    if !tried.path.is_empty() {
        writeln!(out, "\npath\n  {}", tried.path.join(" -> "))?;
    }
    if !tried.grants.is_empty() {
        writeln!(out, "\nto hand over, in order")?;
    }
    for grant in &tried.grants {
        writeln!(out, "  {:<12} {} × {} at {}", grant.verdict, grant.prize, grant.amount, grant.node)?;
    }
    match &tried.outcome {
        Outcome::Prize { prize, amount } => writeln!(out, "\nthe draw comes to {prize} × {amount}")?,
        Outcome::Nothing => writeln!(out, "\nthe draw comes to nothing")?,
        Outcome::Refused { code, message } => {
            writeln!(out, "\nthe draw is refused: {} ({})", printable(code), printable(message))?;
        }
    }
    writeln!(out, "again with --seed {}", tried.seed)
}

fn write_step(out: &mut String, step: &Step) -> std::fmt::Result {
    writeln!(out, "  {}  {}", step.node, printable(&step.outcome))?;
    writeln!(out, "    {} {}, configured at {}", step.rule, step.module, step.config_place)?;
    let facts: Vec<_> =
        step.facts.iter().map(|(name, value)| format!("{name}={}", printable(&value.to_string()))).collect();
    writeln!(
        out,
        "    fuel {}, facts: {}",
        step.fuel,
        if facts.is_empty() { "none".to_owned() } else { facts.join(" ") }
    )?;
    match &step.decision {
        Decision::Certain {} => {}
        Decision::Weighted { picks } => {
            for pick in picks {
                writeln!(out, "    weight {}: {}", pick.weight, printable(&pick.outcome))?;
            }
        }
        Decision::Fault { message } => {
            for line in message.lines() {
                writeln!(out, "    | {}", printable(line))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_is_told_from_guards_to_grants() {
        let answer = serde_json::json!({
            "revision": 3, "findings": [], "seed": "00ff",
            "outcome": {"kind": "prize", "prize": "points", "amount": 7},
            "steps": [
                {"node": "guards/loyal", "rule": "weight-tier@1", "module": "ab12", "config_place": "/guards/0/config",
                 "facts": {"player.draws.total": 60}, "decision": {"kind": "certain", "outcome": "choose loyal"},
                 "outcome": "choose loyal", "fuel": 90},
                {"node": "trees/default/fork", "rule": "fork@1", "module": "cd34", "config_place": "/trees/default/nodes/fork/config",
                 "facts": {}, "decision": {"kind": "weighted", "picks": [{"weight": "3", "outcome": "follow on"}]},
                 "outcome": "follow on", "fuel": 12},
                {"node": "trees/default/lock", "rule": "lock@1", "module": "ef56", "config_place": "/trees/default/nodes/lock/config",
                 "facts": {}, "decision": {"kind": "fault", "fault": "trap", "message": "unreachable\n\u{1b}[2Jdecide"},
                 "outcome": "fault: trap", "fuel": 5},
            ],
            "drawn": {"pool": "loyal", "chosen_by": "guards/loyal", "ticket": "4", "total": "10", "entry": "phone", "first": "0", "last": "4"},
            "path": ["trees/default/fork", "trees/default/lock"],
            "grants": [{"node": "trees/default/a", "prize": "phone", "amount": 1, "verdict": "sold-out"},
                       {"node": "trees/default/b", "prize": "points", "amount": 7, "verdict": "had"}],
        });
        let expected = "\
tried on revision 3, which is live

rules, in order
  guards/loyal  choose loyal
    weight-tier@1 ab12, configured at /guards/0/config
    fuel 90, facts: player.draws.total=60
  trees/default/fork  follow on
    fork@1 cd34, configured at /trees/default/nodes/fork/config
    fuel 12, facts: none
    weight 3: follow on
  trees/default/lock  fault: trap
    lock@1 ef56, configured at /trees/default/nodes/lock/config
    fuel 5, facts: none
    | unreachable
    | \u{fffd}[2Jdecide

from the pool loyal, chosen by guards/loyal
  ticket 4 below 10 draws phone
  (its tickets are 0 to 4)

path
  trees/default/fork -> trees/default/lock

to hand over, in order
  sold-out     phone × 1 at trees/default/a
  had          points × 7 at trees/default/b

the draw comes to points × 7
again with --seed 00ff
";
        assert_eq!(trial(&serde_json::from_value(answer).unwrap()), expected);
    }
}
