//! What players have of chances, by when it lapses. What becomes of it is [`Holding`]'s to say.

use std::collections::BTreeMap;

use serde_json::json;
use tombola_domain::chance::{Chances, Holding, TooManyLots};
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
    /// The lots as they were read.
    before: BTreeMap<Timestamp, u64>,
    /// Whether something is said to have lapsed.
    is_due: bool,
    /// What lapsed in this transaction.
    lapsed: u64,
    at: Option<Timestamp>,
}

impl Holdings {
    /// What these players have now.
    pub(super) async fn read<'a>(
        connection: &mut Connection,
        whose: impl Iterator<Item = &'a Whose> + Clone + Send,
    ) -> Result<Self> {
        let keys: Vec<_> = whose.clone().map(|(player, campaign)| (player.as_str(), campaign.as_str())).collect();
        let found = db::query(concat!(
            "SELECT p.player, p.campaign, p.chances_initial, p.chances_added, p.chances_used, p.chances_lapse_at, ",
            holding_columns!(),
            " FROM json_each($1) q JOIN participations p ON p.player = q.value ->> 0 AND p.campaign = q.value ->> 1"
        ))
        .bind(json!(keys).to_string())
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
        let mut holdings: BTreeMap<_, _> = whose.map(|whose| (whose.clone(), Changing::default())).collect();
        for row in &found {
            let fields = Fields { table: "participations", key: "campaign", row };
            let holding = holding(row)?;
            let changing = Changing { before: holding.lots().collect(), holding, ..Changing::default() };
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

    /// Writes the lots that have changed, and what lapsed of them. What came in or was taken back has been written.
    pub(super) async fn save(self, connection: &mut Connection) -> Result<()> {
        let (mut players, mut lots) = (Vec::new(), Vec::new());
        for ((player, campaign), changing) in self.0.iter().filter(|(_, changing)| changing.is_written()) {
            let Changing { holding, lapsed, at, .. } = changing;
            let (next, at) = (holding.chances().lapse_at.map(Timestamp::as_millis), at.map(Timestamp::as_millis));
            players.push(json!([player.as_str(), campaign.as_str(), next, integer(*lapsed), at]));
            let changed = changing.changed_lots().into_iter();
            lots.extend(
                changed
                    .map(|(lapse, left)| json!([player.as_str(), campaign.as_str(), lapse.as_millis(), integer(left)])),
            );
        }
        if players.is_empty() {
            return Ok(());
        }
        db::query(SAVE)
            .bind(json!(players).to_string())
            .bind(json!(lots).to_string())
            .execute(connection)
            .await
            .map_err(unavailable)?;
        Ok(())
    }
}

impl Changing {
    /// Whether what is settled is of interest: of who has no lots nothing has to be.
    fn is_written(&self) -> bool {
        self.is_due || !self.before.is_empty() || self.holding.lots().len() > 0
    }

    /// What is left of each lot of which that is another number than it was; 0 is gone.
    fn changed_lots(&self) -> Vec<(Timestamp, u64)> {
        let after: BTreeMap<_, _> = self.holding.lots().collect();
        let gone = self.before.keys().filter(|lapse| !after.contains_key(lapse)).map(|lapse| (*lapse, 0));
        let mut changed: Vec<_> = gone.collect();
        changed.extend(after.into_iter().filter(|(lapse, left)| self.before.get(lapse) != Some(left)));
        changed
    }
}

/// The version goes up with what lapses, so that no two lapses of a player's have one key, and draws under way are decided again.
const SAVE: &str = "
    DELETE FROM chance_lots WHERE (player, campaign, lapses_at) IN (
        SELECT CAST(q.value ->> 0 AS TEXT), CAST(q.value ->> 1 AS TEXT), CAST(q.value ->> 2 AS BIGINT) FROM json_each($2) q
        WHERE CAST(q.value ->> 3 AS BIGINT) = 0);

    INSERT INTO chance_lots (player, campaign, lapses_at, \"left\")
    SELECT q.value ->> 0, q.value ->> 1, CAST(q.value ->> 2 AS BIGINT), CAST(q.value ->> 3 AS BIGINT) FROM json_each($2) q
    WHERE CAST(q.value ->> 3 AS BIGINT) > 0
    ON CONFLICT (player, campaign, lapses_at) DO UPDATE SET \"left\" = excluded.\"left\";

    INSERT INTO chance_grants (player, campaign, key, why, amount, at)
    SELECT player, campaign, 'lapse:' || version, 'lapse', -CAST(q.value ->> 3 AS BIGINT), CAST(q.value ->> 4 AS BIGINT)
    FROM json_each($1) q JOIN participations ON player = q.value ->> 0 AND campaign = q.value ->> 1
    WHERE CAST(q.value ->> 3 AS BIGINT) > 0;

    UPDATE participations SET version = version + CASE WHEN CAST(q.value ->> 3 AS BIGINT) > 0 THEN 1 ELSE 0 END,
        chances_added = chances_added - CAST(q.value ->> 3 AS BIGINT), chances_settled = chances_used,
        chances_lapse_at = CAST(q.value ->> 2 AS BIGINT)
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

/// Whether something may come in that lapses then, where one may have so many lots.
pub(super) async fn check_lot(
    write: &mut Write,
    whose: Whose,
    lapse: Lapse,
    max: usize,
    now: Timestamp,
) -> Result<Result<(), TooManyLots>> {
    let mut holdings = Holdings::read(write, [&whose].into_iter()).await?;
    holdings.lapse(&whose, now);
    Ok(holdings.0.entry(whose).or_default().holding.check_lot(lapse, max))
}

/// Takes away what has lapsed of these players', all of it.
pub(super) async fn lapse_of(write: &mut Write, whose: &BTreeMap<Whose, Timestamp>) -> Result<()> {
    let mut holdings = Holdings::read(write, whose.keys()).await?;
    for (whose, now) in whose {
        holdings.lapse(whose, *now);
        // Whoever is said to have something due is written anew, also where there is nothing of it.
        holdings.0.entry(whose.clone()).or_default().is_due = true;
    }
    holdings.save(write).await
}
