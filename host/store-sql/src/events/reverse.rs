//! Events that take back what earlier ones earned.

mod share;

use std::collections::BTreeMap;

use serde_json::json;
use tombola_domain::event::{Part, PartRefused, Step};
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_store::Result;
use tombola_store::events::{KnownEvent, Rebate, Reversal, ReverseError, TakenBack};

use self::share::Share;
use super::{referrals, rows, snapshot, taken};
use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::ledger::BackError;
use crate::writer::Write;

/// What became of the reversed event where the reversal reaches.
struct Found {
    /// Its number.
    number: u64,
    event_type: String,
    referrer: Option<PlayerId>,
    /// What was given for it.
    rebates: Vec<Given>,
    /// Where it waits.
    waiting: Vec<CampaignId>,
}

/// What a campaign gave, with its position in the feed.
type Given = (u64, Rebate);

/// How much of the whole is taken back in each campaign, and what that is.
type Taken = BTreeMap<CampaignId, (i64, TakenBack)>;

pub(super) async fn reverse(mut write: Write, reversal: &Reversal) -> Result<KnownEvent, ReverseError> {
    let found = find(&mut write, reversal).await?;
    let steps = steps(&found, reversal.reverses.part)?;
    let referred = |((position, rebate), step): &(&Given, Step)| referrals::Reversed {
        position: *position,
        key: share::referral_key(rebate, reversal),
        is_whole: step.is_last(),
    };
    let referred: Vec<_> = steps.iter().map(referred).collect();
    referrals::settle(&mut write, &referred, reversal.received_at).await?;
    let mut taken: Taken = found.waiting.iter().map(|campaign| (campaign.clone(), (0, TakenBack::default()))).collect();
    for ((_, rebate), step) in &steps {
        let share = Share { reversal, rebate, step: *step, referrer: found.referrer.as_ref() };
        taken.insert(rebate.campaign.clone(), (step.amount(), share.take(&mut write).await?));
    }
    save(&mut write, reversal, &found, &steps, &taken).await?;
    let known = snapshot::known(&mut write, &reversal.player, &reversal.id).await?;
    write.commit().await?;
    Ok(known.expect("it was written just now"))
}

/// How far each rebate is reversed by this.
fn steps(found: &Found, part: Option<Part>) -> Result<Vec<(&Given, Step)>, ReverseError> {
    if let (Some(waiting), Some(_)) = (found.waiting.first(), part.filter(|part| !part.is_whole())) {
        return Err(ReverseError::Waits(waiting.clone()));
    }
    let step = |rebate: &_| {
        let (_, Rebate { reversed, .. }) = rebate;
        Step::new(*reversed, part)
    };
    let steps = found.rebates.iter().map(|rebate| Ok((rebate, step(rebate)?)));
    let mut steps: Vec<_> = steps.collect::<Result<_, PartRefused>>()?;
    let of = steps.first().map_or(1, |(_, step)| step.of());
    // Where another reversal took all there was in one campaign, the whole is what is left in the others.
    steps.retain(|(_, step)| step.amount() > 0);
    if steps.is_empty() && found.waiting.is_empty() && !found.rebates.is_empty() {
        return Err(PartRefused::Exceeds { left: 0, of }.into());
    }
    Ok(steps)
}

async fn find(write: &mut Write, reversal: &Reversal) -> Result<Found, ReverseError> {
    let rows =
        db::query("SELECT number, id, type, referrer, reverses FROM events WHERE player = $1 AND id IN ($2, $3)")
            .bind(reversal.player.as_str())
            .bind(reversal.id.as_str())
            .bind(reversal.reverses.event.as_str())
            .fetch_all(write)
            .await
            .map_err(unavailable)?;
    let fields = |row| Fields { table: "events", key: "number", row };
    let mut original = None;
    for row in &rows {
        let id = fields(row).text("id")?;
        if id == reversal.id.as_str() {
            return Err(ReverseError::Known);
        }
        original = Some(fields(row));
    }
    let original = original.ok_or(ReverseError::Unknown)?;
    if original.optional_count("reverses")?.is_some() {
        return Err(ReverseError::IsReversal);
    }
    let number = original.count("number")?;
    let event_type = original.text("type")?;
    if reversal.event_type.as_ref().is_some_and(|said| said.as_str() != event_type) {
        return Err(ReverseError::OtherType(original.parsed("type")?));
    }
    let (rebates, waiting, is_elsewhere) = places(write, reversal, number).await?;
    if rebates.is_empty() && waiting.is_empty() && is_elsewhere {
        return Err(ReverseError::Unknown);
    }
    let referrer = original.optional_parsed("referrer")?;
    Ok(Found { number, event_type, referrer, rebates, waiting })
}

/// What the reversal reaches of the reversed event, and whether that is nothing though it is for some campaigns alone.
async fn places(write: &mut Write, reversal: &Reversal, number: u64) -> Result<(Vec<Given>, Vec<CampaignId>, bool)> {
    let reaches = |campaign: &CampaignId| reversal.campaigns.is_empty() || reversal.campaigns.contains(campaign);
    let given = db::query(
        "SELECT rebates.*, events.id AS event_id FROM rebates JOIN events ON events.number = event
         WHERE event = $1 ORDER BY rebates.campaign",
    )
    .bind(integer(number))
    .fetch_all(write)
    .await
    .map_err(unavailable)?;
    let rebate = |row: &Row| {
        let position = Fields { table: "rebates", key: "id", row }.count("position")?;
        Ok((position, rows::rebate(row)?))
    };
    let mut rebates: Vec<_> = given.iter().map(rebate).collect::<Result<_>>()?;
    rebates.retain(|(_, rebate)| reaches(&rebate.campaign));
    let others = db::query("SELECT campaign, due FROM event_campaigns WHERE event = $1 ORDER BY campaign")
        .bind(integer(number))
        .fetch_all(write)
        .await
        .map_err(unavailable)?;
    let (mut waiting, mut is_elsewhere) = (Vec::new(), !reversal.campaigns.is_empty());
    for row in &others {
        let fields = Fields { table: "event_campaigns", key: "campaign", row };
        let campaign: CampaignId = fields.parsed("campaign")?;
        if reaches(&campaign) {
            is_elsewhere = false;
            waiting.extend(fields.optional_time("due")?.map(|_| campaign));
        }
    }
    Ok((rebates, waiting, is_elsewhere))
}

async fn save(
    write: &mut Write,
    reversal: &Reversal,
    found: &Found,
    steps: &[(&Given, Step)],
    taken: &Taken,
) -> Result<()> {
    let reversed: Vec<_> =
        steps.iter().map(|((position, _), step)| json!([integer(*position), step.after(), step.of()])).collect();
    let waiting: Vec<_> = found.waiting.iter().map(CampaignId::as_str).collect();
    let taken =
        taken.iter().map(|(campaign, (amount, taken))| json!([campaign.as_str(), amount, taken::encode(taken)]));
    db::query(SAVE)
        .bind(reversal.player.as_str())
        .bind(reversal.id.as_str())
        .bind(&reversal.request.as_bytes()[..])
        .bind(&found.event_type)
        .bind(reversal.occurred_at.as_millis())
        .bind(reversal.received_at.as_millis())
        .bind(integer(found.number))
        .bind(reversal.reverses.part.map(Part::amount))
        .bind(reversal.reverses.part.map(Part::of))
        .bind(json!(reversed).to_string())
        .bind(json!(taken.collect::<Vec<_>>()).to_string())
        .bind(json!(waiting).to_string())
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

const SAVE: &str = "
    INSERT INTO events (number, player, id, request, type, attributes, occurred_at, received_at, reverses, part, part_of)
    SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, '{}', $5, $6, $7, $8, $9 FROM events;

    UPDATE rebates SET reversed = CAST(q.value ->> 1 AS BIGINT), reversed_of = CAST(q.value ->> 2 AS BIGINT) FROM json_each($10) q
    WHERE position = CAST(q.value ->> 0 AS BIGINT);

    INSERT INTO reversals (event, campaign, amount, taken)
    SELECT (SELECT number FROM events WHERE player = $1 AND id = $2), q.value ->> 0, CAST(q.value ->> 1 AS BIGINT), q.value ->> 2
    FROM json_each($11) q;

    UPDATE event_campaigns SET due = NULL, code = 'event-reversed', message = 'the event was reversed before it was decided'
    WHERE event = $7 AND campaign IN (SELECT atom FROM json_each($12))";

impl From<BackError> for ReverseError {
    fn from(error: BackError) -> Self {
        match error {
            BackError::NotPosted(error) => error.into(),
            BackError::Store(error) => error.into(),
        }
    }
}
