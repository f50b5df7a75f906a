//! The order of the feed, of each player's draws and of time.

use std::collections::HashMap;

use crate::answers::Requests;
use crate::{Line, Row, Violation};

/// What the database holds, in the order of the feed.
pub(crate) fn rows(history: &[Line]) -> Vec<&Row> {
    let mut rows: Vec<_> =
        history.iter().filter_map(|line| if let Line::Row(row) = line { Some(row) } else { None }).collect();
    rows.sort_by_key(|row| row.position);
    rows
}

pub(crate) fn check(requests: &Requests<'_>, rows: &[&Row]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut next: HashMap<&str, u64> = HashMap::new();
    for row in rows {
        let expected = next.entry(&row.player).or_insert(1);
        if row.draw.ordinal != *expected {
            let (player, expected, found) = (row.player.clone(), *expected, row.draw.ordinal);
            violations.push(Violation::OrdinalGap { player, expected, found });
        }
        // What comes after a gap is judged by itself.
        *expected = row.draw.ordinal + 1;
    }
    let twice = rows.windows(2).filter(|pair| pair[0].position == pair[1].position);
    violations.extend(twice.map(|pair| Violation::PositionTwice { position: pair[0].position }));
    violations.extend(out_of_order(requests, rows));
    violations
}

/// Goes through what was asked and told in the order of time, and keeps in mind what stands last in the feed of all that was told so far.
fn out_of_order(requests: &Requests<'_>, rows: &[&Row]) -> Vec<Violation> {
    /// Of two things at one moment, which there are not.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum What {
        Asked,
        Told,
    }
    let mut moments = Vec::new();
    for row in rows {
        let Some(request) = requests.get(&row.key) else { continue };
        moments.push((request.asked, What::Asked, *row));
        moments.extend(request.told().map(|told| (told, What::Told, *row)));
    }
    moments.sort_by_key(|(moment, what, _)| (*moment, *what));
    let mut last: Option<&Row> = None;
    let mut violations = Vec::new();
    for (_, what, row) in moments {
        match (what, last) {
            (What::Asked, Some(last)) if row.position < last.position => {
                violations.push(Violation::OutOfOrder { told: last.key.clone(), asked: row.key.clone() });
            }
            (What::Told, last_told) if last_told.is_none_or(|last| row.position > last.position) => last = Some(row),
            _ => {}
        }
    }
    violations
}
