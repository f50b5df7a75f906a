//! What no two receipts may both say. Contradictions are sought once all receipts are known, so that neither the order in which
//! they are shown nor the number of threads has a say in what is told of any of them.

use tombola_domain::digest::Digest;
use tombola_domain::draw::Verdict;
use tombola_domain::id::DrawId;
use tombola_domain::receipt::{Receipt, Terms};

use crate::verdict::Flaw;

/// What one receipt says that no other may say; empty where it was found invalid, which contradicts nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Whether a key that is trusted signed the receipt.
    is_trusted: bool,
    claims: Vec<Claim>,
}

/// What was claimed, and by which receipt: both cut to 128 bits, which are as hard to find twice as anybody could wish to spend on
/// making an auditor say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    claimed: [u8; 16],
    receipt: [u8; 16],
}

/// What is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The draw: it has one receipt.
    Draw,
    /// The player's draw of this number in the campaign: there is one in an epoch.
    Ordinal,
    /// A unit of counted stock: it goes to one draw.
    Unit,
}

/// A receipt that says what another one says as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// Where the receipt stands.
    pub place: u64,
    /// What both claim.
    pub subject: Subject,
    /// Where the other stands.
    pub other: u64,
}

/// The claims of many receipts: 40 bytes each, two or three a receipt.
#[derive(Debug, Default)]
pub struct Ledger {
    trusted: Vec<Entry>,
    others: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    claim: Claim,
    place: u64,
}

impl Claims {
    /// Of a receipt that holds; the player is known where the values are shown.
    pub(crate) fn of(receipt: &Receipt, digest: &Digest, player: Option<&str>, is_trusted: bool) -> Self {
        let terms = &receipt.terms;
        let claims = [Some(draw(&terms.draw)), player.map(|player| ordinal(terms, player)), unit(receipt)];
        let claim = |claimed| Claim { claimed, receipt: cut(digest) };
        Self { is_trusted, claims: claims.into_iter().flatten().map(claim).collect() }
    }
}

/// A draw's name without its month: the rest follows from player and seed, and so from the ordinal, which has one draw whatever
/// the month is.
fn draw(id: &DrawId) -> [u8; 16] {
    let name = id.as_str().split_once('-').map_or(id.as_str(), |(_, rest)| rest);
    claimed(Subject::Draw, &[name.as_bytes()])
}

/// By epoch, since a database that was restored from a copy draws again what the copy did not know.
fn ordinal(terms: &Terms, player: &str) -> [u8; 16] {
    let campaign = terms.campaign.as_str().as_bytes();
    let parts = [&terms.epoch_commitment.as_bytes()[..], campaign, player.as_bytes(), &terms.ordinal.to_be_bytes()];
    claimed(Subject::Ordinal, &parts)
}

fn unit(receipt: &Receipt) -> Option<[u8; 16]> {
    let granted = receipt.granted()?;
    let Verdict::Granted(Some(token)) = granted.verdict else { return None };
    let names = [receipt.terms.campaign.as_str().as_bytes(), granted.prize.as_str().as_bytes()];
    let (bucket, unit) = (token.bucket.to_be_bytes(), token.unit.to_be_bytes());
    Some(claimed(Subject::Unit, &[names[0], names[1], &bucket, &unit]))
}

/// The last byte is the subject's.
fn claimed(subject: Subject, parts: &[&[u8]]) -> [u8; 16] {
    let mut cut = cut(&Digest::tagged("tombola/claim/v1", parts));
    cut[15] = subject as u8;
    cut
}

fn cut(digest: &Digest) -> [u8; 16] {
    *digest.as_bytes().first_chunk().expect("a digest has 32 bytes")
}

impl Claim {
    fn subject(&self) -> Subject {
        [Subject::Draw, Subject::Ordinal, Subject::Unit][usize::from(self.claimed[15])]
    }
}

impl Ledger {
    /// Enters what the receipt at this place says. A place is the caller's name for it.
    pub fn enter(&mut self, place: u64, claims: &Claims) {
        let entries = if claims.is_trusted { &mut self.trusted } else { &mut self.others };
        entries.extend(claims.claims.iter().map(|claim| Entry { claim: *claim, place }));
    }

    /// Takes over what another one holds.
    pub fn append(&mut self, mut other: Self) {
        self.trusted.append(&mut other.trusted);
        self.others.append(&mut other.others);
    }

    /// Every receipt that another one contradicts, by place, with the first subject and an example of the other. What nobody
    /// trusted signed is held against what is trusted, and never the other way round: anybody could make up a receipt that has a
    /// winner's unit.
    pub fn contradictions(mut self) -> Vec<Contradiction> {
        self.trusted.sort_unstable();
        self.others.sort_unstable();
        let is_same = |one: &Entry, other: &Entry| one.claim.claimed == other.claim.claimed;
        let mut found = Vec::new();
        for group in self.trusted.chunk_by(is_same) {
            contradict(group, group, &mut found);
        }
        for group in self.others.chunk_by(is_same) {
            let trusted = self.trusted_claims(&group[0].claim.claimed);
            contradict(group, if trusted.is_empty() { group } else { trusted }, &mut found);
        }
        found.sort_unstable();
        found.dedup_by_key(|contradiction| contradiction.place);
        found
    }

    fn trusted_claims(&self, claimed: &[u8; 16]) -> &[Entry] {
        let from = self.trusted.partition_point(|entry| entry.claim.claimed < *claimed);
        let rest = &self.trusted[from..];
        &rest[..rest.partition_point(|entry| entry.claim.claimed == *claimed)]
    }
}

/// Notes each of a group whose receipt is not the one of all that stand against it. Both are of one claim, and sorted by receipt.
fn contradict(group: &[Entry], against: &[Entry], found: &mut Vec<Contradiction>) {
    let ends = [&against[0], &against[against.len() - 1]];
    for Entry { claim, place } in group {
        if let Some(other) = ends.iter().find(|other| other.claim.receipt != claim.receipt) {
            found.push(Contradiction { place: *place, subject: claim.subject(), other: other.place });
        }
    }
}

impl Contradiction {
    /// What is wrong with the receipt, in words; `other` names the other one.
    pub fn flaw(&self, other: &str) -> Flaw {
        match self.subject {
            Subject::Draw => Flaw::new("receipt.digest", format!("another receipt of the same draw is {other}")),
            Subject::Ordinal => {
                Flaw::new("receipt.ordinal", format!("another draw of this player with the same number is {other}"))
            }
            Subject::Unit => Flaw::new("receipt.tried", format!("the draw of {other} was handed the same unit")),
        }
    }
}

#[cfg(test)]
mod tests;
