//! What no two receipts may both say. Contradictions are sought once all receipts are known, so that neither the order in which
//! they are shown nor the number of threads has a say in what is told of any of them.

use tombola_domain::digest::Digest;
use tombola_domain::draw::Verdict;
use tombola_domain::id::{DrawId, EventId, PlayerId, PrizeId};
use tombola_domain::random::Seed;
use tombola_domain::rebate::{self, Gain};
use tombola_domain::receipt::{Basis, Receipt};
use tombola_domain::signature::PublicKey;
use tombola_domain::stock::Token;

use crate::verdict::Flaw;

/// What one receipt says that no other may say; empty where it was found invalid, which contradicts nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Whether a key that is trusted signed the receipt.
    is_trusted: bool,
    claims: Vec<Claim>,
}

/// What was claimed, and by which receipt: both cut to 120 bits and a byte for their kind, which are as hard to find twice as anybody
/// could wish to spend on making an auditor say so.
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
    /// A unit of counted stock: it is handed over once, by a draw or for an event.
    Unit,
    /// What a campaign gave under this seed: it has one receipt.
    Rebate,
    /// The player's event of this number in the campaign: there is one in an epoch.
    EventOrdinal,
    /// The player's event: a campaign gives for it once in an epoch.
    Event,
}

const SUBJECTS: [Subject; 6] =
    [Subject::Draw, Subject::Ordinal, Subject::Unit, Subject::Rebate, Subject::EventOrdinal, Subject::Event];

/// What a receipt is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Draw,
    Rebate,
}

/// A receipt that says what another one says as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// Where the receipt stands.
    pub place: u64,
    /// What both claim.
    pub subject: Subject,
    /// What the receipt is of.
    kind: Kind,
    /// Where the other stands.
    pub other: u64,
}

/// The claims of many receipts: 40 bytes each, two a draw and three a rebate, and one for each unit, or for each unit and trusted key
/// where nobody signed.
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
    /// Of a draw's receipt that holds; the player is known where the values are shown. `hosts` are those that it may be of, by their
    /// keys: each has units of its own, whatever its campaigns are called.
    pub(crate) fn of_draw(
        receipt: &Receipt,
        digest: &Digest,
        player: Option<&PlayerId>,
        hosts: &[Option<PublicKey>],
    ) -> Self {
        let terms = &receipt.terms;
        let ordinal = player.map(|player| ordinal(Subject::Ordinal, &terms.basis(), player, terms.ordinal));
        let token = receipt.granted().and_then(|granted| match granted.verdict {
            Verdict::Granted(token) => Some((&granted.prize, token?)),
            _ => None,
        });
        let units = units(&terms.basis(), token, hosts);
        Self::new(Kind::Draw, digest, [Some(draw(&terms.draw)), ordinal].into_iter().flatten().chain(units))
    }

    /// Of a rebate's receipt that holds; player and event are known where the values are shown.
    pub(crate) fn of_rebate(
        receipt: &rebate::Receipt,
        digest: &Digest,
        shown: Option<(&PlayerId, &EventId)>,
        hosts: &[Option<PublicKey>],
    ) -> Self {
        let basis = receipt.terms.basis();
        let by_player = shown.map(|(player, id)| {
            [ordinal(Subject::EventOrdinal, &basis, player, receipt.terms.ordinal), event(&basis, player, id)]
        });
        let tokens = receipt.rewards.iter().filter_map(|rewarded| match &rewarded.gain {
            Gain::Prize(prize) => Some((prize, rewarded.token()?)),
            Gain::Points(_) | Gain::Chances => None,
        });
        let units = units(&basis, tokens, hosts);
        let claimed = [rebate(&receipt.terms.seed)].into_iter().chain(by_player.into_iter().flatten()).chain(units);
        Self::new(Kind::Rebate, digest, claimed)
    }

    fn new(kind: Kind, digest: &Digest, claimed: impl Iterator<Item = [u8; 16]>) -> Self {
        let receipt = marked(digest, kind as u8);
        Self { is_trusted: false, claims: claimed.map(|claimed| Claim { claimed, receipt }).collect() }
    }

    /// The same of a receipt that a key that is trusted signed, or did not.
    pub(crate) fn by(self, is_trusted: bool) -> Self {
        Self { is_trusted, ..self }
    }
}

/// A draw's name without its month: the rest follows from player and seed, and so from the ordinal, which has one draw whatever
/// the month is.
fn draw(id: &DrawId) -> [u8; 16] {
    let name = id.as_str().split_once('-').map_or(id.as_str(), |(_, rest)| rest);
    claimed(Subject::Draw, &[name.as_bytes()])
}

/// A rebate's name stands in no receipt, and follows from the seed, which no other rebate has.
fn rebate(seed: &Seed) -> [u8; 16] {
    claimed(Subject::Rebate, &[seed.as_bytes()])
}

/// By epoch, since a database that was restored from a copy draws again what the copy did not know.
fn ordinal(subject: Subject, basis: &Basis<'_>, player: &PlayerId, ordinal: u64) -> [u8; 16] {
    let campaign = basis.campaign.as_str().as_bytes();
    let parts = [&basis.epoch_commitment.as_bytes()[..], campaign, player.as_str().as_bytes(), &ordinal.to_be_bytes()];
    claimed(subject, &parts)
}

/// By epoch as well: such a database is told again of events that the copy did not know.
fn event(basis: &Basis<'_>, player: &PlayerId, event: &EventId) -> [u8; 16] {
    let names = [basis.campaign.as_str(), player.as_str(), event.as_str()].map(str::as_bytes);
    claimed(Subject::Event, &[&basis.epoch_commitment.as_bytes()[..], names[0], names[1], names[2]])
}

/// These units of prizes, of each host that they may be of. They are not by epoch: none is handed over again in a later one.
fn units<'a>(
    basis: &Basis<'_>,
    tokens: impl IntoIterator<Item = (&'a PrizeId, Token)>,
    hosts: &[Option<PublicKey>],
) -> Vec<[u8; 16]> {
    let of_host = |prize: &PrizeId, token: Token, host: Option<PublicKey>| {
        let names = [basis.campaign.as_str(), prize.as_str()].map(str::as_bytes);
        let (bucket, unit) = (token.bucket.to_be_bytes(), token.unit.to_be_bytes());
        let host = host.as_ref().map_or(&[][..], |key| key.as_bytes().as_slice());
        claimed(Subject::Unit, &[host, names[0], names[1], &bucket, &unit])
    };
    let tokens = tokens.into_iter();
    tokens.flat_map(|(prize, token)| hosts.iter().map(move |host| of_host(prize, token, *host))).collect()
}

fn claimed(subject: Subject, parts: &[&[u8]]) -> [u8; 16] {
    marked(&Digest::tagged("tombola/claim/v1", parts), subject as u8)
}

/// The beginning of a digest, with a last byte that says of what.
fn marked(digest: &Digest, mark: u8) -> [u8; 16] {
    let mut cut: [u8; 16] = *digest.as_bytes().first_chunk().expect("a digest has 32 bytes");
    cut[15] = mark;
    cut
}

impl Claim {
    fn subject(&self) -> Subject {
        SUBJECTS[usize::from(self.claimed[15])]
    }

    fn kind(&self) -> Kind {
        [Kind::Draw, Kind::Rebate][usize::from(self.receipt[15])]
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

    /// Tells the places of each receipt that stands at several.
    pub fn repeated(&mut self, mut tell: impl FnMut(&[u64])) {
        self.trusted.sort_unstable();
        self.others.sort_unstable();
        // Each receipt says one of these once.
        let names_receipt = |entry: &&Entry| matches!(entry.claim.subject(), Subject::Draw | Subject::Rebate);
        let mut trusted = self.trusted.iter().filter(names_receipt).peekable();
        let mut others = self.others.iter().filter(names_receipt).peekable();
        let mut places = Vec::new();
        while let Some(claim) = trusted.peek().into_iter().chain(others.peek()).map(|entry| entry.claim).min() {
            places.clear();
            while let Some(entry) = trusted.next_if(|entry| entry.claim == claim) {
                places.push(entry.place);
            }
            while let Some(entry) = others.next_if(|entry| entry.claim == claim) {
                places.push(entry.place);
            }
            if places.len() > 1 {
                tell(&places);
            }
        }
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
            found.push(Contradiction {
                place: *place,
                subject: claim.subject(),
                kind: claim.kind(),
                other: other.place,
            });
        }
    }
}

impl Contradiction {
    /// What is wrong with the receipt, in words; `other` names the other one.
    pub fn flaw(&self, other: &str) -> Flaw {
        let (place, reason) = match self.subject {
            Subject::Draw => ("receipt.digest", format!("another receipt of the same draw is {other}")),
            Subject::Ordinal => {
                ("receipt.ordinal", format!("another draw of this player with the same number is {other}"))
            }
            Subject::Unit => {
                let place = match self.kind {
                    Kind::Draw => "receipt.tried",
                    Kind::Rebate => "rebate_receipt.rewards",
                };
                (place, format!("by {other} somebody was handed the same unit"))
            }
            Subject::Rebate => {
                ("rebate_receipt.seed", format!("another receipt of what was given under this seed is {other}"))
            }
            Subject::EventOrdinal => (
                "rebate_receipt.ordinal",
                format!("what another event of this player with the same number earned is {other}"),
            ),
            Subject::Event => {
                ("rebate_receipt.event_commitment", format!("what the same event earned once more is {other}"))
            }
        };
        Flaw::new(place, reason)
    }
}

#[cfg(test)]
mod tests;
