//! The canonical encodings of receipts.

use super::{Basis, Receipt, Step, Terms, Ticket, Tried};
use crate::canonical::{DecodeError, Reader, Writer};
use crate::digest::Digest;
use crate::draw::{Limit, Verdict};
use crate::id::ListName;
use crate::random::Seed;
use crate::stock::Token;

const MAGIC: &str = "tombola.receipt";

/// What stands in a receipt, and where. A format that was once written is read for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Format {
    /// Without the limits that the player had reached.
    One,
    /// Without budgets.
    Two,
    /// What is written now.
    #[default]
    Three,
}

impl Format {
    const fn number(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    const fn of_number(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            3 => Some(Self::Three),
            _ => None,
        }
    }
}

pub(super) fn encode(terms: &Terms, tried: &[Tried]) -> Vec<u8> {
    let mut out = Writer::begin(MAGIC, terms.format.number());
    out.terms(terms);
    out.list(tried, Writer::tried);
    out.finish()
}

pub(super) fn decode(bytes: &[u8]) -> Result<Receipt, DecodeError> {
    let mut input = Reader::open(bytes, MAGIC)?;
    let format = Format::of_number(input.number()?).ok_or_else(|| input.error("an unknown format"))?;
    let terms = input.terms(format)?;
    let tried = input.list(|input| input.tried(format))?;
    input.finish()?;
    Ok(Receipt { terms, tried })
}

impl Writer {
    fn terms(&mut self, terms: &Terms) {
        self.basis(&terms.basis());
        self.text(terms.draw.as_str());
        self.signed(terms.drawn_at.as_millis());
        self.number(terms.ordinal);
        self.array(terms.seed.as_bytes());
        self.digest(&terms.player);
        self.facts(&terms.facts);
        self.lists(&terms.lists);
        if terms.format >= Format::Two {
            self.list(&terms.limits, |out, (prize, limit)| {
                out.text(prize.as_str());
                out.limit(*limit);
            });
        }
        self.number(u64::from(terms.ticket.is_some()));
        if let Some(ticket) = &terms.ticket {
            self.text(ticket.pool.as_str());
            self.number(ticket.number);
            self.number(ticket.total);
        }
        self.steps(&terms.steps);
    }

    pub(crate) fn basis(&mut self, basis: &Basis<'_>) {
        self.text(basis.engine);
        self.text(basis.campaign.as_str());
        self.number(basis.revision);
        self.digest(&basis.revision_digest);
        self.list(basis.modules, Writer::digest);
        self.number(basis.epoch);
        self.digest(&basis.epoch_commitment);
    }

    pub(crate) fn facts(&mut self, facts: &[(String, Digest)]) {
        self.list(facts, |out, (name, commitment)| {
            out.text(name);
            out.digest(commitment);
        });
    }

    pub(crate) fn lists(&mut self, lists: &[(ListName, u64)]) {
        self.list(lists, |out, (list, version)| {
            out.text(list.as_str());
            out.number(*version);
        });
    }

    pub(crate) fn steps(&mut self, steps: &[Step]) {
        self.list(steps, |out, step| {
            out.text(&step.node);
            out.text(&step.outcome);
            out.number(step.fuel);
        });
    }

    /// As a verdict, where 0 to 2 are others, and so wherever a limit stands.
    pub(crate) fn limit(&mut self, limit: Limit) {
        self.number(match limit {
            Limit::Player => 3,
            Limit::PlayerDay => 4,
        });
    }

    pub(crate) fn token(&mut self, token: Token) {
        self.number(u64::from(token.bucket));
        self.number(token.unit);
    }

    fn tried(&mut self, tried: &Tried) {
        self.text(&tried.node);
        self.text(tried.prize.as_str());
        self.signed(tried.amount);
        match tried.verdict {
            Verdict::Granted(None) => self.number(0),
            Verdict::Granted(Some(token)) => {
                self.number(1);
                self.token(token);
            }
            Verdict::SoldOut { mark } => {
                self.number(2);
                self.number(mark);
            }
            Verdict::LimitReached(limit) => self.limit(limit),
            Verdict::BudgetSpent { left } => {
                self.number(5);
                self.signed(left);
            }
        }
    }
}

/// A limit by the number that [`Writer::limit`] gives it.
pub(crate) const fn limit_of_number(number: u64) -> Option<Limit> {
    match number {
        3 => Some(Limit::Player),
        4 => Some(Limit::PlayerDay),
        _ => None,
    }
}

impl Reader<'_> {
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
            facts: self.facts()?,
            lists: self.lists()?,
            limits: if format >= Format::Two {
                self.list(|input| Ok((input.parsed()?, input.limit()?)))?
            } else {
                vec![]
            },
            ticket: self.ticket()?,
            steps: self.steps()?,
        })
    }

    pub(crate) fn facts(&mut self) -> Result<Vec<(String, Digest)>, DecodeError> {
        self.list(|input| Ok((input.text()?, input.digest()?)))
    }

    pub(crate) fn lists(&mut self) -> Result<Vec<(ListName, u64)>, DecodeError> {
        self.list(|input| Ok((input.parsed()?, input.number()?)))
    }

    pub(crate) fn steps(&mut self) -> Result<Vec<Step>, DecodeError> {
        self.list(|input| Ok(Step { node: input.text()?, outcome: input.text()?, fuel: input.number()? }))
    }

    pub(crate) fn limit(&mut self) -> Result<Limit, DecodeError> {
        limit_of_number(self.number()?).ok_or_else(|| self.error("an unknown limit"))
    }

    pub(crate) fn token(&mut self) -> Result<Token, DecodeError> {
        let bucket = self.number()?;
        let bucket = u32::try_from(bucket).map_err(|_| self.error("a bucket out of range"))?;
        Ok(Token { bucket, unit: self.number()? })
    }

    fn ticket(&mut self) -> Result<Option<Ticket>, DecodeError> {
        match self.number()? {
            0 => Ok(None),
            1 => Ok(Some(Ticket { pool: self.parsed()?, number: self.number()?, total: self.number()? })),
            _ => Err(self.error("neither a ticket nor none")),
        }
    }

    fn tried(&mut self, format: Format) -> Result<Tried, DecodeError> {
        Ok(Tried { node: self.text()?, prize: self.parsed()?, amount: self.signed()?, verdict: self.verdict(format)? })
    }

    fn verdict(&mut self, format: Format) -> Result<Verdict, DecodeError> {
        Ok(match self.number()? {
            0 => Verdict::Granted(None),
            1 => Verdict::Granted(Some(self.token()?)),
            2 => Verdict::SoldOut { mark: self.number()? },
            5 if format >= Format::Three => Verdict::BudgetSpent { left: self.signed()? },
            number => {
                let limit = limit_of_number(number).ok_or_else(|| self.error("an unknown verdict"))?;
                Verdict::LimitReached(limit)
            }
        })
    }
}
