//! What players have of chances, by when it lapses. What becomes of it is [`Holding`]'s to say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tombola_domain::chance::{Chances, Holding};
use tombola_domain::id::{CampaignId, PlayerId};
use tombola_domain::ledger::Lapse;
use tombola_domain::time::Timestamp;
use tombola_store::Result;

use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::writer::Write;

/// Columns of a participation `p` that [`holding`] reads beside its others.
macro_rules! holding_columns {
    () => {
        "p.chances_settled, (SELECT json_group_array(json_array(l.lapses_at, l.\"left\")) FROM chance_lots l
                             WHERE l.player = p.player AND l.campaign = p.campaign) AS chance_lots"
    };
}
pub(crate) use holding_columns;

/// A player in a campaign.
pub(super) type Whose = (PlayerId, CampaignId);

/// Holdings that are read, changed and written within one transaction.
pub(super) struct Holdings(BTreeMap<Whose, Changing>);

#[derive(Default)]
struct Changing {
    holding: Holding,
    /// Whether there were lots.
    had_lots: bool,
    /// What lapsed in this transaction.
    lapsed: u64,
    at: Option<Timestamp>,
}

impl Holdings {
    /// What these players have now.
    pub(super) async fn read(connection: &mut Connection, whose: &BTreeSet<Whose>) -> Result<Self> {
        let keys: Vec<_> = whose.iter().map(|(player, campaign)| (player.as_str(), campaign.as_str())).collect();
        let found = db::query(concat!(
            "SELECT p.player, p.campaign, p.chances_initial, p.chances_added, p.chances_used, p.chances_lapse_at, ",
            holding_columns!(),
            " FROM json_each($1) q JOIN participations p ON p.player = q.value ->> 0 AND p.campaign = q.value ->> 1"
        ))
        .bind(json!(keys).to_string())
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
        let mut holdings: BTreeMap<_, _> = whose.iter().map(|whose| (whose.clone(), Changing::default())).collect();
        for row in &found {
            let fields = Fields { table: "participations", key: "campaign", row };
            let holding = holding(row)?;
            let had_lots = holding.lots().len() > 0;
            let changing = Changing { holding, had_lots, ..Changing::default() };
            holdings.insert((fields.parsed("player")?, fields.parsed("campaign")?), changing);
        }
        Ok(Self(holdings))
    }

    /// Takes away what has lapsed of one's.
    pub(super) fn lapse(&mut self, whose: &Whose, now: Timestamp) {
        let changing = self.0.entry(whose.clone()).or_default();
        changing.lapsed += changing.holding.lapse(now);
        changing.at = Some(now);
    }

    /// Adds what comes in, after what has lapsed by then is gone.
    pub(super) fn add(&mut self, whose: &Whose, amount: u64, lapse: Lapse, now: Timestamp) {
        self.lapse(whose, now);
        self.0.entry(whose.clone()).or_default().holding.add(amount, lapse);
    }

    /// Takes back what is left of so many that were given, after what has lapsed by then is gone, and says how much that was.
    pub(super) fn take_back(&mut self, whose: &Whose, amount: u64, given: Lapse, now: Timestamp) -> u64 {
        self.lapse(whose, now);
        self.0.entry(whose.clone()).or_default().holding.take_back(amount, given, now)
    }

    /// Writes lots, and what lapsed of them. What came in or was taken back has been written.
    pub(super) async fn save(self, connection: &mut Connection) -> Result<()> {
        let changed = self.0.iter().filter(|(_, changing)| changing.had_lots || changing.holding.lots().len() > 0);
        let rows: Vec<_> = changed
            .map(|((player, campaign), Changing { holding, lapsed, at, .. })| {
                let lots: Vec<_> = holding.lots().map(|(lapse, left)| (lapse.as_millis(), integer(left))).collect();
                json!([player.as_str(), campaign.as_str(), lots, integer(*lapsed), at.map(Timestamp::as_millis)])
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        db::query(SAVE).bind(json!(rows).to_string()).execute(connection).await.map_err(unavailable)?;
        Ok(())
    }
}

/// The version goes up with what lapses, so that no two lapses of a player's have one key, and draws under way are decided again.
const SAVE: &str = "
    DELETE FROM chance_lots WHERE (player, campaign) IN (
        SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS TEXT) FROM json_each($1));

    INSERT INTO chance_lots (player, campaign, lapses_at, \"left\")
    SELECT q.value ->> 0, q.value ->> 1, CAST(l.value ->> 0 AS BIGINT), CAST(l.value ->> 1 AS BIGINT) FROM json_each($1) q, json_each(q.value -> 2) l;

    INSERT INTO chance_grants (player, campaign, key, why, amount, at)
    SELECT player, campaign, 'lapse:' || version, 'lapse', -CAST(q.value ->> 3 AS BIGINT), CAST(q.value ->> 4 AS BIGINT)
    FROM json_each($1) q JOIN participations ON player = q.value ->> 0 AND campaign = q.value ->> 1 WHERE CAST(q.value ->> 3 AS BIGINT) > 0;

    UPDATE participations SET version = version + CASE WHEN CAST(q.value ->> 3 AS BIGINT) > 0 THEN 1 ELSE 0 END,
        chances_added = chances_added - CAST(q.value ->> 3 AS BIGINT),
        chances_settled = chances_used, chances_lapse_at = CAST(q.value -> 2 -> 0 ->> 0 AS BIGINT)
    FROM json_each($1) q WHERE player = q.value ->> 0 AND campaign = q.value ->> 1";

/// A holding, from a row in which its columns may all be null, as after an outer join.
pub(crate) fn holding(row: &Row) -> Result<Holding> {
    let fields = Fields { table: "participations", key: "campaign", row };
    let Some(settled) = fields.optional_count("chances_settled")? else { return Ok(Holding::default()) };
    let lots: Vec<(i64, u64)> = fields.json("chance_lots")?;
    let lots = lots.into_iter().map(|(lapse, left)| (Timestamp::from_millis(lapse), left));
    Ok(Holding::new(counts(&fields)?, settled, lots))
}

/// Chances, from a row with a participation's columns.
pub(crate) fn counts(fields: &Fields<'_>) -> Result<Chances> {
    Ok(Chances {
        initial: fields.optional_count("chances_initial")?,
        added: fields.count("chances_added")?,
        used: fields.count("chances_used")?,
        lapse_at: fields.optional_time("chances_lapse_at")?,
    })
}

/// Takes away what has lapsed of at most `limit` lots, and says of how many.
pub(super) async fn lapse(write: &mut Write, now: Timestamp, limit: u32) -> Result<u64> {
    let found = db::query("SELECT player, campaign FROM chance_lots WHERE lapses_at <= $1 ORDER BY lapses_at LIMIT $2")
        .bind(now.as_millis())
        .bind(limit)
        .fetch_all(write)
        .await
        .map_err(unavailable)?;
    let whose = |row| {
        let fields = Fields { table: "chance_lots", key: "campaign", row };
        Ok((fields.parsed("player")?, fields.parsed("campaign")?))
    };
    let whose: BTreeSet<Whose> = found.iter().map(whose).collect::<Result<_>>()?;
    lapse_of(write, &whose, now).await?;
    Ok(found.len() as u64)
}

/// The same of these players, all of it.
pub(super) async fn lapse_of(write: &mut Write, whose: &BTreeSet<Whose>, now: Timestamp) -> Result<()> {
    let mut holdings = Holdings::read(write, whose).await?;
    for whose in whose {
        holdings.lapse(whose, now);
        // Whoever is said to have something due is written anew, also where there is nothing of it.
        holdings.0.entry(whose.clone()).or_default().had_lots = true;
    }
    holdings.save(write).await
}
