//! Rows to what they stand for.

use std::collections::BTreeMap;

use tombola_domain::chance::PeriodCount;
use tombola_domain::code::CouponCode;
use tombola_domain::event::{Part, Tally};
use tombola_domain::rebate::Receipt;
use tombola_store::Result;
use tombola_store::events::{Answer, Event, Outcome, Rebate, RebateReceipt, Refusal, Reverses};

use super::{disclosure, taken};
use crate::db::Row;
use crate::draws::Proofs;
use crate::fields::Fields;

/// Events, each with the id of the one that it reverses; conditions go in behind.
macro_rules! events {
    ($where:literal) => {
        concat!(
            "SELECT events.*, (SELECT id FROM events r WHERE r.number = events.reverses) AS reversed_id FROM events ",
            $where
        )
    };
}
pub(super) use events;

/// An event, from a row of [`events!`].
pub(super) fn event(row: &Row) -> Result<Event> {
    let fields = Fields { table: "events", key: "number", row };
    Ok(Event {
        id: fields.parsed("id")?,
        player: fields.parsed("player")?,
        event_type: fields.parsed("type")?,
        referrer: fields.optional_parsed("referrer")?,
        attributes: fields.text("attributes")?,
        reverses: reverses(&fields)?,
        occurred_at: fields.time("occurred_at")?,
        received_at: fields.time("received_at")?,
    })
}

fn reverses(fields: &Fields<'_>) -> Result<Option<Reverses>> {
    let Some(event) = fields.optional_parsed("reversed_id")? else { return Ok(None) };
    Ok(Some(Reverses { event, part: part(fields, "part", "part_of")? }))
}

/// A part, from columns of which the second is null where there is none.
fn part(fields: &Fields<'_>, amount: &'static str, of: &'static str) -> Result<Option<Part>> {
    let Some(whole) = fields.get::<Option<i64>>(of)? else { return Ok(None) };
    let part = Part::new(fields.get(amount)?, whole);
    part.map(Some).ok_or_else(|| fields.wrong(amount, &"no part of a whole"))
}

/// The rebates of an event, with the codes among them.
pub(super) const OF_EVENT: &str = "
    SELECT rebates.*, events.id AS event_id,
           (SELECT json_group_array(json_array(r.place, c.code)) FROM rebate_awards r JOIN codes c ON c.award = r.position
            WHERE r.rebate = rebates.position AND r.player = rebates.player) AS codes
    FROM rebates JOIN events ON events.number = event WHERE event = $1";

/// The same as [`rebate`], and `codes`.
pub(super) fn rebate_with_codes(row: &Row) -> Result<Rebate> {
    let fields = Fields { table: "rebates", key: "id", row };
    let codes: Vec<(usize, String)> = fields.json("codes")?;
    let code =
        |(place, code): (usize, String)| Ok((place, code.parse().map_err(|error| fields.wrong("codes", &error))?));
    let codes = codes.into_iter().map(code).collect::<Result<Vec<(usize, CouponCode)>>>()?;
    Ok(Rebate { codes: codes.into_iter().collect(), ..rebate(row)? })
}

/// A rebate, from a row with all columns of `rebates`, and `event_id`. Its receipt says what was given, but for codes.
pub(crate) fn rebate(row: &Row) -> Result<Rebate> {
    let fields = Fields { table: "rebates", key: "id", row };
    let receipt = receipt(&fields)?;
    Ok(Rebate {
        id: fields.parsed("id")?,
        event: fields.parsed("event_id")?,
        player: fields.parsed("player")?,
        campaign: fields.parsed("campaign")?,
        revision: fields.count("revision")?,
        ordinal: fields.count("ordinal")?,
        rewards: receipt.rewards,
        codes: BTreeMap::new(),
        receipt: fields.digest("receipt")?,
        decided_at: fields.time("decided_at")?,
        reversed: part(&fields, "reversed", "reversed_of")?,
    })
}

/// The position of such a row.
pub(super) fn position(row: &Row) -> Result<u64> {
    Fields { table: "rebates", key: "id", row }.count("position")
}

/// A receipt, from such a row, with its proof.
pub(super) async fn stored_receipt(row: &Row, proofs: &mut Proofs<'_>) -> Result<RebateReceipt> {
    let fields = Fields { table: "rebates", key: "id", row };
    let disclosure = fields.get::<Option<&str>>("disclosure")?.map(disclosure::decode).transpose();
    let disclosure = disclosure.map_err(|error| fields.wrong("disclosure", &error))?;
    let (rebate, bytes) = (rebate(row)?, fields.get("bytes")?);
    Ok(RebateReceipt { rebate, bytes, disclosure, proof: proofs.of(position(row)?).await? })
}

pub(super) fn receipt(fields: &Fields<'_>) -> Result<Receipt> {
    Receipt::decode(fields.get("bytes")?).map_err(|error| fields.wrong("bytes", &error))
}

/// What became of an event where nothing was given, from a row with all columns of `event_campaigns`.
pub(super) fn undecided(row: &Row) -> Result<Answer> {
    let fields = Fields { table: "event_campaigns", key: "campaign", row };
    let outcome = match fields.get::<Option<String>>("code")? {
        Some(code) => Outcome::Refused(Refusal { code, message: fields.text("message")? }),
        None => Outcome::Waiting,
    };
    Ok(Answer { campaign: fields.parsed("campaign")?, outcome })
}

/// What a reversing event took back, from a row with all columns of `reversals`.
pub(super) fn reversed(row: &Row) -> Result<Answer> {
    let fields = Fields { table: "reversals", key: "campaign", row };
    let taken = taken::decode(fields.get("taken")?).map_err(|error| fields.wrong("taken", &error))?;
    Ok(Answer { campaign: fields.parsed("campaign")?, outcome: Outcome::Reversed(taken) })
}

/// A tally, from columns that may all be null.
pub(super) fn tally(row: &Row) -> Result<Tally> {
    let fields = Fields { table: "tallies", key: "number", row };
    let Some(total) = fields.optional_count("tally_total")? else { return Ok(Tally::default()) };
    Ok(Tally {
        total,
        day: PeriodCount { period: fields.small("tally_day")?, count: fields.count("tally_day_count")? },
        streak_days: fields.count("tally_streak_days")?,
    })
}
