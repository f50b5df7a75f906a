//! The canonical encodings of receipts.

use std::str::FromStr;

use super::{Receipt, Step, Terms, Ticket, Tried};
use crate::digest::Digest;
use crate::draw::{Limit, Verdict};
use crate::id::PrizeId;
use crate::random::Seed;
use crate::stock::Token;
use crate::time::Timestamp;

const MAGIC: &str = "tombola.receipt";

/// What stands in a receipt, and where. A format that was once written is read for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Format {
    /// Without the limits that the player had reached.
    One,
    /// What is written now.
    #[default]
    Two,
}

impl Format {
    const fn number(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    const fn of_number(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        }
    }
}

/// Bytes that are no receipt of a known format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt: {reason} at byte {offset}")]
pub struct DecodeError {
    /// What is wrong.
    pub reason: &'static str,
    /// Where.
    pub offset: usize,
}

pub(super) fn encode(receipt: &Receipt) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(512));
    out.text(MAGIC);
    out.number(receipt.terms.format.number());
    out.terms(&receipt.terms);
    out.number(receipt.tried.len() as u64);
    for tried in &receipt.tried {
        out.tried(tried);
    }
    out.0
}

pub(super) fn decode(bytes: &[u8]) -> Result<Receipt, DecodeError> {
    let mut input = Reader { bytes, offset: 0 };
    if input.bytes()? != MAGIC.as_bytes() {
        return Err(input.error("another kind of document"));
    }
    let format = Format::of_number(input.number()?).ok_or_else(|| input.error("an unknown format"))?;
    let terms = input.terms(format)?;
    let tried = input.list(Reader::tried)?;
    if input.offset < bytes.len() {
        return Err(input.error("more bytes than a receipt has"));
    }
    Ok(Receipt { terms, tried })
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn signed(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn digest(&mut self, digest: &Digest) {
        self.0.extend_from_slice(digest.as_bytes());
    }

    fn terms(&mut self, terms: &Terms) {
        self.text(&terms.engine);
        self.text(terms.campaign.as_str());
        self.number(terms.revision);
        self.digest(&terms.revision_digest);
        self.number(terms.modules.len() as u64);
        for module in &terms.modules {
            self.digest(module);
        }
        self.number(terms.epoch);
        self.digest(&terms.epoch_commitment);
        self.text(terms.draw.as_str());
        self.signed(terms.drawn_at.as_millis());
        self.number(terms.ordinal);
        self.0.extend_from_slice(terms.seed.as_bytes());
        self.digest(&terms.player);
        self.number(terms.facts.len() as u64);
        for (name, commitment) in &terms.facts {
            self.text(name);
            self.digest(commitment);
        }
        self.number(terms.lists.len() as u64);
        for (list, version) in &terms.lists {
            self.text(list.as_str());
            self.number(*version);
        }
        if terms.format >= Format::Two {
            self.number(terms.limits.len() as u64);
            for (prize, limit) in &terms.limits {
                self.text(prize.as_str());
                self.number(limit_number(*limit));
            }
        }
        self.number(u64::from(terms.ticket.is_some()));
        if let Some(ticket) = &terms.ticket {
            self.text(ticket.pool.as_str());
            self.number(ticket.number);
            self.number(ticket.total);
        }
        self.number(terms.steps.len() as u64);
        for step in &terms.steps {
            self.text(&step.node);
            self.text(&step.outcome);
            self.number(step.fuel);
        }
    }

    fn tried(&mut self, tried: &Tried) {
        self.text(&tried.node);
        self.text(tried.prize.as_str());
        self.signed(tried.amount);
        match tried.verdict {
            Verdict::Granted(None) => self.number(0),
            Verdict::Granted(Some(token)) => {
                self.number(1);
                self.number(u64::from(token.bucket));
                self.number(token.unit);
            }
            Verdict::SoldOut { mark } => {
                self.number(2);
                self.number(mark);
            }
            Verdict::LimitReached(limit) => self.number(limit_number(limit)),
        }
    }
}

/// As a verdict, where 0 to 2 are others, and so wherever a limit stands.
const fn limit_number(limit: Limit) -> u64 {
    match limit {
        Limit::Player => 3,
        Limit::PlayerDay => 4,
    }
}

const fn limit_of_number(number: u64) -> Option<Limit> {
    match number {
        3 => Some(Limit::Player),
        4 => Some(Limit::PlayerDay),
        _ => None,
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, reason: &'static str) -> DecodeError {
        DecodeError { reason, offset: self.offset }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let rest = &self.bytes[self.offset..];
        let taken = rest.get(..length).ok_or_else(|| self.error("the bytes end too early"))?;
        self.offset += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were asked for"))
    }

    fn number(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }

    fn signed(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_be_bytes)
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.number()?;
        let length = usize::try_from(length).map_err(|_| self.error("a length beyond the end"))?;
        self.take(length)
    }

    fn text(&mut self) -> Result<String, DecodeError> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes.to_vec()).map_err(|_| self.error("text that is not UTF-8"))
    }

    fn parsed<T: FromStr>(&mut self) -> Result<T, DecodeError> {
        self.text()?.parse().map_err(|_| self.error("a malformed id"))
    }

    fn digest(&mut self) -> Result<Digest, DecodeError> {
        self.array().map(Digest::from_bytes)
    }

    fn list<T>(&mut self, item: fn(&mut Self) -> Result<T, DecodeError>) -> Result<Vec<T>, DecodeError> {
        // Not reserved in advance: the count is not to be trusted before that many items were read.
        let count = self.number()?;
        (0..count).map(|_| item(self)).collect()
    }

    fn terms(&mut self, format: Format) -> Result<Terms, DecodeError> {
        Ok(Terms {
            format,
            engine: self.text()?,
            campaign: self.parsed()?,
            revision: self.number()?,
            revision_digest: self.digest()?,
            modules: self.list(Self::digest)?,
            epoch: self.number()?,
            epoch_commitment: self.digest()?,
            draw: self.parsed()?,
            drawn_at: self.timestamp()?,
            ordinal: self.number()?,
            seed: Seed::from_bytes(self.array()?),
            player: self.digest()?,
            facts: self.list(|input| Ok((input.text()?, input.digest()?)))?,
            lists: self.list(|input| Ok((input.parsed()?, input.number()?)))?,
            limits: if format >= Format::Two { self.list(Self::limit)? } else { Vec::new() },
            ticket: self.ticket()?,
            steps: self
                .list(|input| Ok(Step { node: input.text()?, outcome: input.text()?, fuel: input.number()? }))?,
        })
    }

    fn timestamp(&mut self) -> Result<Timestamp, DecodeError> {
        let millis = self.signed()?;
        let moment = Timestamp::from_millis(millis);
        if moment.as_millis() == millis { Ok(moment) } else { Err(self.error("a moment out of range")) }
    }

    fn limit(&mut self) -> Result<(PrizeId, Limit), DecodeError> {
        let prize = self.parsed()?;
        let limit = limit_of_number(self.number()?).ok_or_else(|| self.error("an unknown limit"))?;
        Ok((prize, limit))
    }

    fn ticket(&mut self) -> Result<Option<Ticket>, DecodeError> {
        match self.number()? {
            0 => Ok(None),
            1 => Ok(Some(Ticket { pool: self.parsed()?, number: self.number()?, total: self.number()? })),
            _ => Err(self.error("neither a ticket nor none")),
        }
    }

    fn tried(&mut self) -> Result<Tried, DecodeError> {
        Ok(Tried { node: self.text()?, prize: self.parsed()?, amount: self.signed()?, verdict: self.verdict()? })
    }

    fn verdict(&mut self) -> Result<Verdict, DecodeError> {
        Ok(match self.number()? {
            0 => Verdict::Granted(None),
            1 => {
                let bucket = self.number()?;
                let bucket = u32::try_from(bucket).map_err(|_| self.error("a bucket out of range"))?;
                Verdict::Granted(Some(Token { bucket, unit: self.number()? }))
            }
            2 => Verdict::SoldOut { mark: self.number()? },
            number => {
                let limit = limit_of_number(number).ok_or_else(|| self.error("an unknown verdict"))?;
                Verdict::LimitReached(limit)
            }
        })
    }
}
