//! What was found, counted, and the first of what is to be looked at.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tombola_audit::wire::Record;
use tombola_audit::{Checked, Contradiction, Flaw, Ledger, Verdict};

use super::spot::{Spot, Standing};
use crate::exit::Ended;
use crate::report::printable;

/// Findings that are shown; all are counted.
const FINDINGS_MAX: usize = 100;

#[derive(Debug, Default, Serialize)]
pub(super) struct Tally {
    authentic: u64,
    unauthenticated: u64,
    other_engine: u64,
    incomplete: u64,
    invalid: u64,
    /// Receipts whose seed was found to follow from a secret that is shown.
    seeds_follow: u64,
    /// Receipts that stand there more often than once, each time but the first.
    repeated: u64,
    /// Draws that have lost their receipts.
    dropped: u64,
    /// The first of those that are not authentic.
    findings: Vec<Finding>,
    /// What those that are not invalid by themselves say, until all of them are known.
    #[serde(skip)]
    ledger: Ledger,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Finding {
    file: String,
    /// From 1.
    record: usize,
    #[serde(flatten)]
    of: Of,
    verdict: String,
}

/// What a receipt is of, by name.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Of {
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rebate: Option<String>,
}

impl Of {
    fn record(record: &Record) -> Self {
        Self {
            draw: record.draw.as_ref().and_then(|draw| draw.id.clone()),
            rebate: record.rebate.as_ref().map(|rebate| rebate.id.clone()),
        }
    }
}

impl Tally {
    /// Counts a record of the file of this number among all files.
    pub(super) fn checked(&mut self, (file, path): (u16, &Path), number: usize, record: &Record, checked: &Checked) {
        let Checked { verdict, seed_follows, claims } = checked;
        self.seeds_follow += u64::from(*seed_follows);
        match Standing::of(verdict) {
            Some(standing) => {
                *self.count(standing) += 1;
                let spot = Spot { file, record: number, standing, seed_follows: *seed_follows };
                self.ledger.enter(spot.to_bits(), claims);
            }
            None => self.invalid += 1,
        }
        if *verdict != Verdict::Authentic {
            self.find(path, number, Of::record(record), verdict.to_string());
        }
    }

    /// Notes how many draws a record says have lost their receipts, of which nothing can be said.
    pub(super) fn missing(&mut self, record: &Record) {
        self.dropped = record.dropped.values().fold(self.dropped, |sum, draws| sum.saturating_add(*draws));
    }

    fn count(&mut self, standing: Standing) -> &mut u64 {
        match standing {
            Standing::Authentic => &mut self.authentic,
            Standing::Unauthenticated => &mut self.unauthenticated,
            Standing::OtherEngine => &mut self.other_engine,
            Standing::Incomplete => &mut self.incomplete,
        }
    }

    /// Makes invalid what others contradict, and counts once what stands there several times, once all files have been checked.
    pub(super) fn settle(&mut self, files: &[PathBuf]) {
        let mut ledger = std::mem::take(&mut self.ledger);
        let mut groups = Vec::new();
        ledger.repeated(|places| groups.push(places.iter().map(|place| Spot::from_bits(*place)).collect::<Vec<_>>()));
        let mut contradicted = HashSet::new();
        for contradiction in ledger.contradictions() {
            let Contradiction { place, other, .. } = contradiction;
            let (spot, other) = (Spot::from_bits(place), Spot::from_bits(other));
            contradicted.insert((spot.file, spot.record));
            *self.count(spot.standing) -= 1;
            self.forget(files, &spot);
            let other = format!("record {} of {}", other.record, files[usize::from(other.file)].display());
            self.flaw(&files[usize::from(spot.file)], spot.record, &contradiction.flaw(&other));
        }
        for mut group in groups {
            group.retain(|spot| !contradicted.contains(&(spot.file, spot.record)));
            self.count_once(files, &group);
        }
        self.cut();
    }

    /// Of one receipt that stands there several times the most that was found of it counts.
    fn count_once(&mut self, files: &[PathBuf], group: &[Spot]) {
        let Some(best) = group.iter().min_by_key(|spot| spot.standing) else { return };
        for spot in group.iter().filter(|spot| *spot != best) {
            *self.count(spot.standing) -= 1;
            self.repeated += 1;
            if spot.standing != Standing::Authentic {
                self.forget(files, spot);
            }
        }
        let followed = group.iter().filter(|spot| spot.seed_follows).count() as u64;
        self.seeds_follow -= followed.saturating_sub(1);
    }

    /// Takes back what was told of a receipt.
    fn forget(&mut self, files: &[PathBuf], spot: &Spot) {
        let file = &files[usize::from(spot.file)];
        self.findings.retain(|finding| finding.record != spot.record || Path::new(&finding.file) != file);
    }

    pub(super) fn flaw(&mut self, file: &Path, number: usize, flaw: &Flaw) {
        self.invalid += 1;
        self.find(file, number, Of::default(), Verdict::Invalid(flaw.clone()).to_string());
    }

    pub(super) fn no_record(&mut self, file: &Path, number: usize, reason: &dyn fmt::Display) {
        self.invalid += 1;
        self.find(file, number, Of::default(), format!("invalid: no record: {reason}"));
    }

    fn find(&mut self, file: &Path, record: usize, of: Of, verdict: String) {
        self.findings.push(Finding { file: file.display().to_string(), record, of, verdict });
        // The lowest stay, whichever thread finds them; sorting now and then is cheap.
        if self.findings.len() >= 2 * FINDINGS_MAX {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.findings.sort();
        self.findings.truncate(FINDINGS_MAX);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.authentic += other.authentic;
        self.unauthenticated += other.unauthenticated;
        self.other_engine += other.other_engine;
        self.incomplete += other.incomplete;
        self.invalid += other.invalid;
        self.seeds_follow += other.seeds_follow;
        self.repeated += other.repeated;
        self.dropped = self.dropped.saturating_add(other.dropped);
        self.findings.extend(other.findings);
        self.ledger.append(other.ledger);
        self.cut();
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("counts and texts")
    }

    /// What is wrong comes before what is unknown. Nothing to check is not authenticated either.
    pub(super) fn ended(&self) -> Ended {
        if self.invalid > 0 {
            Ended::Refused
        } else if self.unauthenticated + self.incomplete > 0 || self.authentic + self.other_engine == 0 {
            Ended::Unauthenticated
        } else if self.other_engine > 0 {
            Ended::OtherEngine
        } else {
            Ended::Done
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.draw.iter().try_for_each(|draw| write!(out, ", draw {draw}"))?;
        self.rebate.iter().try_for_each(|rebate| write!(out, ", rebate {rebate}"))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self.findings.iter().take(FINDINGS_MAX) {
            let Finding { file, record, of, verdict } = finding;
            writeln!(out, "{}", printable(&format!("{file}, record {record}{of}: {verdict}")))?;
        }
        let counts = [
            (self.authentic, "authentic"),
            (self.unauthenticated, "consistent but not authenticated"),
            (self.other_engine, "made by another engine version"),
            (self.incomplete, "with true hashes, not run again"),
            (self.invalid, "invalid"),
            (self.repeated, "there once more, and counted once"),
            (self.dropped, "not checked, since the receipt is no longer kept"),
        ];
        for (count, what) in counts.iter().filter(|(count, _)| *count > 0) {
            writeln!(out, "{count} {what}")?;
        }
        if counts.iter().all(|(count, _)| *count == 0) {
            writeln!(out, "there is no receipt to be checked")?;
        }
        writeln!(out, "{} whose seed follows from a secret that is shown", self.seeds_follow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_worst_that_was_found() {
        let check = |tally: Tally, ended: Ended| assert_eq!(tally.ended(), ended);
        check(Tally::default(), Ended::Unauthenticated);
        check(Tally { authentic: 5, ..Tally::default() }, Ended::Done);
        check(Tally { authentic: 5, dropped: 7, ..Tally::default() }, Ended::Done);
        check(Tally { dropped: 7, ..Tally::default() }, Ended::Unauthenticated);
        check(Tally { authentic: 5, incomplete: 1, ..Tally::default() }, Ended::Unauthenticated);
        check(Tally { incomplete: 1, other_engine: 1, ..Tally::default() }, Ended::Unauthenticated);
        check(Tally { authentic: 5, other_engine: 1, ..Tally::default() }, Ended::OtherEngine);
        check(Tally { other_engine: 1, invalid: 1, ..Tally::default() }, Ended::Refused);
    }

    /// In whichever order it stands there.
    #[test]
    fn what_is_there_twice_counts_once() {
        let spot = |record, standing, seed_follows| Spot { file: 0, record, standing, seed_follows };
        let files = [PathBuf::from("f")];
        for (first, second) in [(1, 2), (2, 1)] {
            let mut tally = Tally { authentic: 3, incomplete: 2, seeds_follow: 2, ..Tally::default() };
            tally.find(&files[0], second, Of::default(), "with true hashes".to_owned());
            tally.find(&files[0], 9, Of::default(), "with true hashes".to_owned());
            let group = [spot(first, Standing::Authentic, true), spot(second, Standing::Incomplete, true)];
            tally.count_once(&files, &group);
            let counts = [tally.authentic, tally.incomplete, tally.seeds_follow, tally.repeated];
            assert_eq!((counts, tally.findings.len(), tally.findings[0].record), ([3, 1, 1, 1], 1, 9));
        }
    }

    #[test]
    fn the_first_findings_are_kept() {
        let mut tally = Tally::default();
        for number in (1..=1000).rev() {
            tally.flaw(Path::new("f"), number, &some_flaw());
        }
        let mut all = Tally::default();
        all.add(tally);
        assert_eq!((all.invalid, all.findings.len(), all.findings[0].record), (1000, FINDINGS_MAX, 1));
    }

    #[test]
    fn what_a_bundle_says_is_not_obeyed() {
        let mut tally = Tally::default();
        let of = Of { draw: Some("one\u{1b}]0;title\u{7}".to_owned()), rebate: Some("\u{1b}[2J".to_owned()) };
        tally.find(Path::new("f"), 1, of, "made by another engine version (\u{1b}[2J\n5 authentic)".to_owned());
        let text = tally.to_string();
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("5 authentic")), "{text:?}");
    }

    fn some_flaw() -> Flaw {
        Flaw { place: "receipt".to_owned(), reason: "wrong".to_owned() }
    }
}
