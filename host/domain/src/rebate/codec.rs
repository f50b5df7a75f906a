//! The canonical encoding of rebates' receipts.

use super::{Gain, Receipt, Recipient, Rewarded, Room, Terms, Verdict};
use crate::canonical::{DecodeError, Reader, Writer};
use crate::random::Seed;
use crate::receipt::limit_of_number;

const MAGIC: &str = "tombola.rebate";
/// The one format that there is. One that was once written is read for ever.
const FORMAT: u64 = 1;

pub(super) fn encode(receipt: &Receipt) -> Vec<u8> {
    let mut out = Writer::begin(MAGIC, FORMAT);
    write_terms(&mut out, &receipt.terms);
    out.list(&receipt.rewards, write_rewarded);
    out.finish()
}

pub(super) fn decode(bytes: &[u8]) -> Result<Receipt, DecodeError> {
    let mut input = Reader::open(bytes, MAGIC)?;
    if input.number()? != FORMAT {
        return Err(input.error("an unknown format"));
    }
    let receipt = Receipt { terms: read_terms(&mut input)?, rewards: input.list(read_rewarded)? };
    input.finish()?;
    Ok(receipt)
}

fn write_terms(out: &mut Writer, terms: &Terms) {
    out.basis(&terms.basis());
    out.text(terms.event_type.as_str());
    out.signed(terms.occurred_at.as_millis());
    out.signed(terms.received_at.as_millis());
    out.number(terms.ordinal);
    out.array(terms.seed.as_bytes());
    out.digest(&terms.player);
    out.number(u64::from(terms.referrer.is_some()));
    if let Some(referrer) = &terms.referrer {
        out.digest(referrer);
    }
    out.digest(&terms.event);
    out.facts(&terms.facts);
    out.lists(&terms.lists);
    out.list(&terms.room, |out, room| {
        out.text(room.prize.as_str());
        out.limit(room.limit);
        out.number(room.left);
    });
    out.steps(&terms.steps);
}

fn read_terms(input: &mut Reader<'_>) -> Result<Terms, DecodeError> {
    Ok(Terms {
        engine: input.text()?,
        campaign: input.parsed()?,
        revision: input.number()?,
        revision_digest: input.digest()?,
        modules: input.list(Reader::digest)?,
        epoch: input.number()?,
        epoch_commitment: input.digest()?,
        event_type: input.parsed()?,
        occurred_at: input.timestamp()?,
        received_at: input.timestamp()?,
        ordinal: input.number()?,
        seed: Seed::from_bytes(input.array()?),
        player: input.digest()?,
        referrer: match input.number()? {
            0 => None,
            1 => Some(input.digest()?),
            _ => return Err(input.error("neither a referrer nor none")),
        },
        event: input.digest()?,
        facts: input.facts()?,
        lists: input.lists()?,
        room: input.list(|input| Ok(Room { prize: input.parsed()?, limit: input.limit()?, left: input.number()? }))?,
        steps: input.steps()?,
    })
}

fn write_rewarded(out: &mut Writer, rewarded: &Rewarded) {
    out.text(&rewarded.node);
    out.number(match rewarded.recipient {
        Recipient::Player => 0,
        Recipient::Referrer => 1,
    });
    match &rewarded.gain {
        Gain::Points(unit) => {
            out.number(0);
            out.text(unit.as_str());
        }
        Gain::Chances => out.number(1),
        Gain::Prize(prize) => {
            out.number(2);
            out.text(prize.as_str());
        }
    }
    out.signed(rewarded.amount);
    write_verdict(out, rewarded.verdict);
}

fn read_rewarded(input: &mut Reader<'_>) -> Result<Rewarded, DecodeError> {
    Ok(Rewarded {
        node: input.text()?,
        recipient: match input.number()? {
            0 => Recipient::Player,
            1 => Recipient::Referrer,
            _ => return Err(input.error("an unknown recipient")),
        },
        gain: match input.number()? {
            0 => Gain::Points(input.parsed()?),
            1 => Gain::Chances,
            2 => Gain::Prize(input.parsed()?),
            _ => return Err(input.error("an unknown gain")),
        },
        amount: input.signed()?,
        verdict: read_verdict(input)?,
    })
}

/// The first numbers are those of a draw's verdicts.
fn write_verdict(out: &mut Writer, verdict: Verdict) {
    match verdict {
        Verdict::Granted(None) => out.number(0),
        Verdict::Granted(Some(token)) => {
            out.number(1);
            out.token(token);
        }
        Verdict::SoldOut { mark } => {
            out.number(2);
            out.number(mark);
        }
        Verdict::LimitReached(limit) => out.limit(limit),
        Verdict::BudgetSpent { left } => {
            out.number(5);
            out.signed(left);
        }
        Verdict::NoReferrer => out.number(6),
    }
}

fn read_verdict(input: &mut Reader<'_>) -> Result<Verdict, DecodeError> {
    Ok(match input.number()? {
        0 => Verdict::Granted(None),
        1 => Verdict::Granted(Some(input.token()?)),
        2 => Verdict::SoldOut { mark: input.number()? },
        5 => Verdict::BudgetSpent { left: input.signed()? },
        6 => Verdict::NoReferrer,
        number => {
            let limit = limit_of_number(number).ok_or_else(|| input.error("an unknown verdict"))?;
            Verdict::LimitReached(limit)
        }
    })
}
