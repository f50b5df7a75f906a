//! What was told against what is there, key by key.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{Draw, Line, Row, Violation};

/// All that is known of each request, by its key.
pub(crate) struct Requests<'h>(BTreeMap<&'h str, Request<'h>>);

/// A draw that was asked for. Moments are numbers of lines.
pub(crate) struct Request<'h> {
    /// For these players; one, if the history is as it should be.
    players: BTreeSet<&'h str>,
    /// When for the first time.
    pub(crate) asked: usize,
    /// All that it was told, and when.
    told: Vec<(usize, &'h Draw)>,
}

impl<'h> Requests<'h> {
    pub(crate) fn of(history: &'h [Line]) -> Self {
        let mut requests: BTreeMap<&str, Request<'_>> = BTreeMap::new();
        for (moment, line) in history.iter().enumerate() {
            let new = || Request { players: BTreeSet::new(), asked: moment, told: Vec::new() };
            match line {
                Line::Asked { key, player } => _ = requests.entry(key).or_insert_with(new).players.insert(player),
                Line::Told { key, draw } => requests.entry(key).or_insert_with(new).told.push((moment, draw)),
                _ => {}
            }
        }
        Self(requests)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Request<'h>> {
        self.0.get(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'h str, &Request<'h>)> {
        self.0.iter().map(|(key, request)| (*key, request))
    }
}

impl Request<'_> {
    /// When it was told for the first time.
    pub(crate) fn told(&self) -> Option<usize> {
        self.told.first().map(|(moment, _)| *moment)
    }
}

pub(crate) fn check(requests: &Requests<'_>, rows: &[&Row]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut found: HashMap<&str, &Row> = HashMap::new();
    for row in rows {
        let key = row.key.clone();
        if requests.get(&key).is_none_or(|request| !request.players.contains(&*row.player)) {
            violations.push(Violation::Unasked { key: key.clone(), player: row.player.clone() });
        }
        if found.insert(&row.key, row).is_some() {
            violations.push(Violation::DrawnTwice { key });
        }
    }
    for (key, request) in requests.iter() {
        let key = key.to_owned();
        let Some((_, first)) = request.told.first() else { continue };
        if let Some((_, later)) = request.told.iter().find(|(_, later)| later != first) {
            let (first, later) = ((*first).clone(), (*later).clone());
            violations.push(Violation::AnsweredTwice { key: key.clone(), first, later });
        }
        match found.get(&*key) {
            None => violations.push(Violation::Lost { key, told: (*first).clone() }),
            Some(row) if row.draw != **first => {
                violations.push(Violation::Changed { key, told: (*first).clone(), found: row.draw.clone() });
            }
            Some(_) => {}
        }
    }
    violations.extend(ordinals(requests, rows));
    violations
}

/// One number of a player's stands for one draw in all that was told and all that is there.
fn ordinals(requests: &Requests<'_>, rows: &[&Row]) -> Vec<Violation> {
    let mut known: HashMap<(&str, u64), &Draw> = HashMap::new();
    let mut violations = Vec::new();
    let told = requests.iter().flat_map(|(_, request)| {
        let draws = request.told.iter().map(|(_, draw)| *draw);
        draws.flat_map(|draw| request.players.iter().map(move |player| (*player, draw)))
    });
    for (player, draw) in rows.iter().map(|row| (&*row.player, &row.draw)).chain(told) {
        let one = *known.entry((player, draw.ordinal)).or_insert(draw);
        if one != draw {
            let (player, one, other) = (player.to_owned(), one.clone(), draw.clone());
            violations.push(Violation::OrdinalTwice { player, ordinal: draw.ordinal, one, other });
        }
    }
    violations
}
