//! What an import came to, as it is shown.

use std::collections::BTreeSet;

use num_rational::BigRational;
use serde::Serialize;
use tombola_engine::finding::Severity;
use tombola_engine::odds::decimal;
use tombola_import::big_market::{self, PoolOdds};

use super::files::Files;
use super::judged::{Effective, Judged};

/// All of it.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) campaigns: Vec<Campaign>,
    /// What is about none of them.
    pub(crate) notes: Vec<Note>,
}

/// One document.
#[derive(Debug, Serialize)]
pub(crate) struct Campaign {
    pub(crate) campaign: String,
    pub(crate) title: String,
    pub(crate) file: String,
    pub(crate) lists: Vec<List>,
    /// Of the default pool, and then of each tier.
    pub(crate) pools: Vec<Pool>,
    pub(crate) notes: Vec<Note>,
    /// The verifier's, errors first.
    pub(crate) findings: Vec<Note>,
}

/// A list of players that the document needs.
#[derive(Debug, Serialize)]
pub(crate) struct List {
    pub(crate) list: String,
    pub(crate) file: String,
    pub(crate) players: usize,
}

/// The odds of a new player, or of one who has made `from` draws before today.
#[derive(Debug, Serialize)]
pub(crate) struct Pool {
    pub(crate) pool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<i64>,
    pub(crate) odds: Vec<Odds>,
}

/// Those of one outcome. What the source does not declare (a consolation) has effective odds alone.
#[derive(Debug, Serialize)]
pub(crate) struct Odds {
    pub(crate) outcome: String,
    pub(crate) title: String,
    pub(crate) declared: Option<Probability>,
    /// Missing where a finding keeps the document from running.
    pub(crate) effective: Option<Probability>,
    pub(crate) reference: Option<Probability>,
}

/// An exact probability, and its first twelve places, rounded down.
#[derive(Debug, Serialize)]
pub(crate) struct Probability {
    pub(crate) probability: String,
    pub(crate) decimal: String,
}

/// A note or a finding.
#[derive(Debug, Serialize)]
pub(crate) struct Note {
    pub(crate) severity: &'static str,
    pub(crate) code: &'static str,
    /// Of a note a table and a line, of a finding a JSON pointer.
    pub(crate) place: String,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Answer {
    /// Whether some document can't be published as it is.
    pub(super) fn is_blocked(&self) -> bool {
        self.campaigns.iter().flat_map(|campaign| &campaign.findings).any(|finding| finding.severity == ERROR)
    }
}

const ERROR: &str = "error";

pub(super) fn campaign(imported: &big_market::Campaign, judged: Judged, files: &Files) -> Campaign {
    let mut effective = judged.effective.iter();
    let lists = imported.lists.iter().zip(files.lists(imported));
    let lists = lists.map(|(list, file)| List {
        list: list.name.clone(),
        file: file.display().to_string(),
        players: list.members.len(),
    });
    Campaign {
        campaign: imported.document.campaign.clone(),
        title: imported.document.title.clone(),
        file: files.document(imported).display().to_string(),
        lists: lists.collect(),
        pools: imported.odds.iter().map(|odds| pool(odds, effective.next())).collect(),
        notes: imported.notes.iter().cloned().map(Note::from).collect(),
        findings: judged.findings.into_iter().map(Note::from).collect(),
    }
}

fn pool(odds: &PoolOdds, effective: Option<&Effective>) -> Pool {
    let of = |name: &str| effective.map(|all| all.get(name).cloned().unwrap_or_default());
    let declared = odds.prizes.iter().map(|prize| Odds {
        outcome: prize.prize.clone(),
        title: prize.title.clone(),
        declared: Some((&prize.declared).into()),
        effective: of(&prize.prize).as_ref().map(Probability::from),
        reference: Some((&prize.reference).into()),
    });
    let known: BTreeSet<&str> = odds.prizes.iter().map(|prize| prize.prize.as_str()).collect();
    let others = effective.into_iter().flatten().filter(|(name, _)| !known.contains(name.as_str()));
    let others = others.map(|(name, probability)| Odds {
        outcome: name.clone(),
        title: String::new(),
        declared: None,
        effective: Some(probability.into()),
        reference: None,
    });
    Pool { pool: odds.pool.clone(), from: odds.from, odds: declared.chain(others).collect() }
}

impl From<&BigRational> for Probability {
    fn from(ratio: &BigRational) -> Self {
        Self { probability: format!("{}/{}", ratio.numer(), ratio.denom()), decimal: decimal(ratio) }
    }
}

impl From<big_market::Note> for Note {
    fn from(note: big_market::Note) -> Self {
        let big_market::Note { code, place, message, hint } = note;
        Self { severity: "note", code: code.as_str(), place: place.to_string(), message, hint }
    }
}

impl From<tombola_engine::finding::Finding> for Note {
    fn from(finding: tombola_engine::finding::Finding) -> Self {
        let severity = if finding.severity() == Severity::Error { ERROR } else { "warning" };
        let tombola_engine::finding::Finding { code, place, message, hint } = finding;
        Self { severity, code: code.as_str(), place, message, hint }
    }
}
