use std::collections::BTreeSet;

use super::Table;
use crate::client::{Odds, Outcome};

/// The entry of a pool that stands for no prize.
const NOTHING: &str = "nothing";

/// What each pool declares beside what the whole pipeline gives: one line an outcome, pools in columns. A pool's share stands
/// on the first line of its prize, since only the pipeline decides about amounts.
pub(crate) fn odds(odds: &Odds) -> Table {
    let pools = odds.declared.keys().map(|pool| format!("POOL {pool}"));
    let mut table =
        Table::new(["OUTCOME".to_owned()].into_iter().chain(pools).chain(["EFFECTIVE".to_owned(), String::new()]));
    let mut shown = BTreeSet::new();
    for effective in &odds.effective {
        let entry = entry(&effective.outcome);
        let is_first = entry.is_some_and(|entry| shown.insert(entry));
        let declared = odds.declared.values().map(|pool| {
            let share = entry.filter(|_| is_first).and_then(|entry| pool.get(entry));
            share.map_or("", |share| &share.probability).to_owned()
        });
        let probability = [effective.probability.probability.clone(), percent(&effective.probability.decimal)];
        table.add([name(&effective.outcome)].into_iter().chain(declared).chain(probability));
    }
    let entries: BTreeSet<&str> = odds.declared.values().flat_map(|pool| pool.keys().map(String::as_str)).collect();
    for entry in entries.difference(&shown) {
        let declared =
            odds.declared.values().map(|pool| pool.get(*entry).map_or("", |share| &share.probability).to_owned());
        table.add([(*entry).to_owned()].into_iter().chain(declared).chain(["0".to_owned(), percent("0")]));
    }
    table
}

/// What a pool calls this outcome.
fn entry(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Prize { prize, .. } => Some(prize),
        Outcome::Nothing => Some(NOTHING),
        Outcome::Refused { .. } => None,
    }
}

fn name(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Prize { prize, amount } if amount.low == 1 && amount.high == 1 => prize.clone(),
        Outcome::Prize { prize, amount } if amount.low == amount.high => format!("{prize} × {}", amount.low),
        Outcome::Prize { prize, amount } => format!("{prize} × {}–{}", amount.low, amount.high),
        Outcome::Nothing => NOTHING.to_owned(),
        Outcome::Refused { code } => format!("refused: {code}"),
    }
}

/// A decimal fraction as a percentage: its point moves by two digits, and no number is rounded on the way.
pub(super) fn percent(decimal: &str) -> String {
    let (whole, places) = decimal.split_once('.').unwrap_or((decimal, ""));
    let places = format!("{places:0<2}");
    let (hundredths, rest) = places.split_at(2);
    let digits = format!("{whole}{hundredths}");
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { format!("{digits} %") } else { format!("{digits}.{rest} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_stands_beside_effective() {
        let answer = serde_json::json!({
            "declared": {"default": {"phone": {"probability": "1/10000", "decimal": "0.0001"},
                                     "points": {"probability": "9999/10000", "decimal": "0.9999"}}},
            "effective": [
                {"outcome": {"kind": "prize", "prize": "points", "amount": {"low": 1, "high": 1}},
                 "probability": "1/4", "decimal": "0.25"},
                {"outcome": {"kind": "prize", "prize": "points", "amount": {"low": 1, "high": 100}},
                 "probability": "1/2", "decimal": "0.5"},
                {"outcome": {"kind": "refused", "code": "full"}, "probability": "1/4", "decimal": "0.25"},
            ]
        });
        let expected = "\
OUTCOME         POOL default  EFFECTIVE
points          9999/10000    1/4        25 %
points × 1–100                1/2        50 %
refused: full                 1/4        25 %
phone           1/10000       0          0 %
";
        assert_eq!(odds(&serde_json::from_value(answer).unwrap()).to_string(), expected);
    }

    #[test]
    fn percentages_are_exact() {
        let cases = [
            ("1", "100 %"),
            ("0", "0 %"),
            ("0.5", "50 %"),
            ("0.0001", "0.01 %"),
            ("0.33", "33 %"),
            ("0.125", "12.5 %"),
        ];
        for (decimal, expected) in cases {
            assert_eq!(percent(decimal), expected);
        }
    }
}
