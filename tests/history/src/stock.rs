//! Units: how many there were, who got them, and who got none.

use std::collections::HashMap;

use crate::answers::{Request, Requests};
use crate::{Line, Row, Violation};

/// Units that came in, as far as anybody knows when.
struct Supply<'h> {
    prize: &'h str,
    opening: u64,
    restocks: HashMap<&'h str, Restock>,
}

/// Moments are numbers of lines.
struct Restock {
    add: u64,
    asked: usize,
    told: Option<usize>,
}

impl<'h> Supply<'h> {
    /// Of nothing, where a history says nothing of it.
    fn of(history: &'h [Line]) -> Self {
        let mut supply = Self { prize: "", opening: 0, restocks: HashMap::new() };
        for (moment, line) in history.iter().enumerate() {
            match line {
                Line::Opening { prize, stock } => (supply.prize, supply.opening) = (prize, *stock),
                // One that is asked again is the same.
                Line::Restocking { key, add } => {
                    supply.restocks.entry(key).or_insert(Restock { add: *add, asked: moment, told: None });
                }
                Line::Restocked { key } => {
                    if let Some(restock) = supply.restocks.get_mut(&**key) {
                        restock.told.get_or_insert(moment);
                    }
                }
                _ => {}
            }
        }
        supply
    }

    /// Units that were there before a moment, whatever came of restocks of which nobody had been told by then.
    fn least(&self, moment: usize) -> u64 {
        self.and(|restock| restock.told.is_some_and(|told| told < moment))
    }

    /// Units that may have been there before a moment.
    fn most(&self, moment: usize) -> u64 {
        self.and(|restock| restock.asked < moment)
    }

    fn and(&self, counts: impl Fn(&Restock) -> bool) -> u64 {
        let counted = self.restocks.values().filter(|restock| counts(restock));
        self.opening + counted.map(|restock| restock.add).sum::<u64>()
    }
}

pub(crate) fn check(history: &[Line], requests: &Requests<'_>, rows: &[&Row]) -> Vec<Violation> {
    let supply = Supply::of(history);
    let end = history.len();
    let mut violations = Vec::new();
    let mut issued = 0;
    for row in rows {
        let key = row.key.clone();
        let request = requests.get(&row.key);
        if row.draw.prize.as_deref() == Some(supply.prize) {
            issued += 1;
            // Whatever was asked once it had been told can have been no part of it.
            let most = supply.most(request.and_then(Request::told).unwrap_or(end));
            if issued > most {
                violations.push(Violation::OverIssued { key, issued, most });
            }
        } else {
            let least = supply.least(request.map_or(0, |request| request.asked));
            if issued < least {
                violations.push(Violation::FellThrough { key, free: least - issued });
            }
        }
    }
    for line in history {
        let Line::Stock { allotted, issued: counted } = *line else { continue };
        if counted != issued {
            violations.push(Violation::Miscounted { issued: counted, drawn: issued });
        }
        let (least, most) = (supply.least(end), supply.most(end));
        if !(least..=most).contains(&allotted) {
            violations.push(Violation::Misallotted { allotted, least, most });
        }
    }
    violations
}
