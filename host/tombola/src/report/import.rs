use std::fmt::Write;

use super::odds::percent;
use super::{Table, printable};
use crate::commands::import::{Answer, Campaign, Note, Odds, Pool, Probability};

/// Places of a percentage in a table; the fraction beside it is exact.
const PLACES: usize = 4;

/// Each campaign with its odds, notes and findings, and then what is about none of them.
pub(crate) fn import(answer: &Answer) -> String {
    let mut text = String::new();
    for campaign in &answer.campaigns {
        writeln!(text, "{}", Shown(campaign)).expect("writing to a text doesn't fail");
    }
    text + &notes(&answer.notes)
}

struct Shown<'a>(&'a Campaign);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Campaign { campaign, title, file, lists, pools, notes: noted, findings } = self.0;
        writeln!(out, "{campaign}  {}\n  {}", printable(title), printable(file))?;
        for list in lists {
            writeln!(out, "  {} ({} players for the list {})", printable(&list.file), list.players, list.list)?;
        }
        for pool in pools {
            write!(out, "\n{}{}", heading(pool), table(&pool.odds))?;
        }
        let noted = notes(noted);
        if !noted.is_empty() {
            write!(out, "\n{noted}")?;
        }
        let found = if findings.is_empty() { "the verifier finds nothing wrong\n".to_owned() } else { notes(findings) };
        write!(out, "\n{found}")
    }
}

fn heading(pool: &Pool) -> String {
    match pool.from {
        Some(from) => format!("from {from} draws on, none of them today (pool {}):\n", pool.pool),
        None => "a new player:\n".to_owned(),
    }
}

fn table(odds: &[Odds]) -> Table {
    let mut table = Table::new(["PRIZE", "TITLE", "DECLARED", "", "EFFECTIVE", "", "REFERENCE", ""]);
    for Odds { outcome, title, declared, effective, reference } in odds {
        let cells = [declared, effective, reference].into_iter().flat_map(|probability| cells(probability.as_ref()));
        table.add([outcome.clone(), title.clone()].into_iter().chain(cells));
    }
    table
}

fn cells(probability: Option<&Probability>) -> [String; 2] {
    match probability {
        Some(Probability { probability, decimal }) => [probability.clone(), cut(&percent(decimal))],
        None => [String::new(), String::new()],
    }
}

/// `7.692307 %` as `7.6923… %`.
fn cut(percentage: &str) -> String {
    let number = percentage.trim_end_matches(" %");
    match number.split_once('.') {
        Some((whole, places)) if places.len() > PLACES => format!("{whole}.{}… %", &places[..PLACES]),
        _ => percentage.to_owned(),
    }
}

fn notes(notes: &[Note]) -> String {
    let mut text = String::new();
    for Note { severity, code, place, message, hint } in notes {
        let place = if place.is_empty() { "/" } else { place };
        writeln!(text, "{}", printable(&format!("{severity}[{code}] at {place}: {message}")))
            .expect("writing to a text doesn't fail");
        writeln!(text, "  {}", printable(hint)).expect("writing to a text doesn't fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_stand_side_by_side() {
        let probability = |probability: &str, decimal: &str| {
            Some(Probability { probability: probability.to_owned(), decimal: decimal.to_owned() })
        };
        let answer = Answer {
            campaigns: vec![Campaign {
                campaign: "100001".to_owned(),
                title: "Spring\u{1b}".to_owned(),
                file: "out/100001.yaml".to_owned(),
                lists: Vec::new(),
                pools: vec![Pool {
                    pool: "default".to_owned(),
                    from: None,
                    odds: vec![Odds {
                        outcome: "109".to_owned(),
                        title: "All models".to_owned(),
                        declared: probability("1/10000", "0.0001"),
                        effective: None,
                        reference: probability("1/13", "0.076923076923"),
                    }],
                }],
                notes: Vec::new(),
                findings: Vec::new(),
            }],
            notes: vec![Note {
                severity: "note",
                code: "sku-left",
                place: "raffle_activity_sku, line 7".to_owned(),
                message: "sku 1 can't be sold".to_owned(),
                hint: "Keep selling it.".to_owned(),
            }],
        };
        let expected = "\
100001  Spring\u{fffd}
  out/100001.yaml

a new player:
PRIZE  TITLE       DECLARED          EFFECTIVE    REFERENCE
109    All models  1/10000   0.01 %               1/13       7.6923… %

the verifier finds nothing wrong

note[sku-left] at raffle_activity_sku, line 7: sku 1 can't be sold
  Keep selling it.
";
        assert_eq!(import(&answer), expected);
    }
}
