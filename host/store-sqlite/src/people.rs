use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use tombola_domain::id::PlayerId;
use tombola_store::audit::Verb;
use tombola_store::people::{ExportCursor, ExportPage, People};
use tombola_store::{Operation, Result};

use crate::error::unavailable;
use crate::fields::Fields;
use crate::operations::{self, Change, Deed};
use crate::store::SqliteStore;

#[async_trait]
impl People for SqliteStore {
    async fn record_export(&self, operation: &Operation) -> Result<()> {
        let deed = Deed { what: Verb::ExportPlayer, subject: "player", campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            operations::record(&mut write, operation, deed, Change::default(), &()).await?;
            write.commit().await
        })
        .await
    }

    async fn export(&self, player: &PlayerId, at: &ExportCursor, limit: u32) -> Result<ExportPage> {
        let Some(part) = PARTS.get(at.part) else { return Ok(ExportPage { lines: Vec::new(), next: None }) };
        let after = if at.after.is_empty() { FIRST } else { &at.after };
        self.within(async {
            let rows = sqlx::query(*part)
                .bind(player.as_str())
                .bind(after)
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            let text = |row: &SqliteRow, column| Fields { table: "players", key: "part", row }.text(column);
            let lines = rows.iter().map(|row| text(row, "line")).collect::<Result<_>>()?;
            let next = match rows.last().filter(|_| rows.len() >= limit as usize) {
                Some(last) => ExportCursor { part: at.part, after: text(last, "key")? },
                None => ExportCursor { part: at.part + 1, after: String::new() },
            };
            Ok(ExportPage { lines, next: Some(next) })
        })
        .await
    }
}

/// Before every key.
const FIRST: &str = r#"["",0]"#;

/// Each answers, for player `?1`, at most `?3` lines after key `?2`, which is a name and a number or another name.
///
/// The salt behind a receipt's commitments stays here: it would let who has the export try out values of what was not shown.
const PARTS: &[&str] = &[
    "SELECT json_array(campaign, 0) AS key, json_object('kind', 'participation', 'campaign', campaign, 'draws', draws, 'month', month,
            'month_draws', month_count, 'day', day, 'day_draws', day_count, 'chances_initial', chances_initial,
            'chances_added', chances_added, 'chances_used', chances_used) AS line
     FROM participations WHERE player = ?1 AND campaign > ?2 ->> 0 ORDER BY campaign LIMIT ?3",
    "SELECT json_array(d.campaign, ordinal) AS key, json_object('kind', 'draw', 'draw', d.id, 'campaign', d.campaign, 'ordinal', ordinal,
            'key', d.key, 'revision', revision, 'prize', d.prize, 'title', title, 'data', json(data), 'amount', d.amount, 'at', drawn_at,
            'receipt', lower(hex(receipt)), 'receipt_bytes', lower(hex(bytes)), 'disclosure', json_remove(content, '$.salt'),
            'award', iif(a.state IS NULL, NULL, json_object('award', d.id || '-1', 'state', a.state, 'deliver', json(a.deliver),
                'code', (SELECT code FROM codes WHERE award = position),
                'history', (SELECT json_group_array(json_object('state', state, 'at', at) ORDER BY c.position)
                            FROM award_changes c WHERE c.award = d.position)))) AS line
     FROM draws d JOIN receipts USING (position) LEFT JOIN disclosures USING (position) LEFT JOIN awards a USING (position)
     WHERE player = ?1 AND (d.campaign, ordinal) > (?2 ->> 0, ?2 ->> 1) ORDER BY d.campaign, ordinal LIMIT ?3",
    "SELECT json_array(campaign, position) AS key, json_object('kind', 'award', 'award', r.id, 'campaign', campaign, 'prize', prize, 'title', title,
            'data', json(data), 'amount', amount, 'at', won_at, 'state', state, 'deliver', json(deliver),
            'code', (SELECT code FROM codes WHERE award = position),
            'history', (SELECT json_group_array(json_object('state', state, 'at', at) ORDER BY c.position)
                        FROM award_changes c WHERE c.award = r.position)) AS line
     FROM rebate_awards r JOIN awards a USING (position)
     WHERE player = ?1 AND (campaign, position) > (?2 ->> 0, ?2 ->> 1) ORDER BY campaign, position LIMIT ?3",
    "SELECT json_array(id, 0) AS key, json_object('kind', 'event', 'event', id, 'type', type, 'attributes', json(attributes),
            'occurred_at', occurred_at, 'received_at', received_at,
            'earned', (SELECT json_group_array(json_object('rebate', r.id, 'campaign', r.campaign, 'ordinal', ordinal, 'at', decided_at,
                           'receipt', lower(hex(receipt)), 'receipt_bytes', lower(hex(bytes)),
                           'disclosure', json_remove(disclosure, '$.salt', '$.referrer')))
                       FROM rebates r WHERE r.event = e.number),
            'elsewhere', (SELECT json_group_array(json_object('campaign', campaign, 'code', code, 'message', message))
                          FROM event_campaigns c WHERE c.event = e.number)) AS line
     FROM events e WHERE player = ?1 AND id > ?2 ->> 0 ORDER BY id LIMIT ?3",
    "SELECT json_array(campaign, type) AS key, json_object('kind', 'event_count', 'campaign', campaign, 'type', type, 'total', total,
            'day', day, 'day_total', day_count, 'streak_days', streak_days) AS line
     FROM tallies WHERE player = ?1 AND (campaign, type) > (?2 ->> 0, CAST(?2 ->> 1 AS TEXT)) ORDER BY campaign, type LIMIT ?3",
    "SELECT json_array(campaign, number) AS key, json_object('kind', 'order', 'order', id, 'campaign', campaign, 'key', key, 'sku', sku,
            'quantity', quantity, 'chances', chances, 'unit', unit, 'price', price, 'at', ordered_at, 'voided_at', voided_at) AS line
     FROM orders WHERE player = ?1 AND (campaign, number) > (?2 ->> 0, ?2 ->> 1) ORDER BY campaign, number LIMIT ?3",
    "SELECT json_array('', number) AS key, json_object('kind', 'hold', 'hold', id, 'key', key, 'unit', unit, 'amount', amount, 'at', held_at,
            'expires_at', expires_at, 'state', state, 'taken', taken, 'ended_at', ended_at) AS line
     FROM holds WHERE player = ?1 AND number > ?2 ->> 1 ORDER BY number LIMIT ?3",
    "SELECT json_array(kind, unit) AS key, json_object('kind', 'balance', 'account', kind, 'unit', unit, 'balance', balance,
            'lots', iif(kind = 'player', (SELECT json_group_array(json_object('lapses_at', nullif(lapses_at, 9223372036854775807), 'left', left))
                                          FROM lots l WHERE l.player = owner AND l.unit = a.unit), NULL)) AS line
     FROM accounts a WHERE owner = ?1 AND kind IN ('player', 'held', 'debt') AND (kind, unit) > (?2 ->> 0, CAST(?2 ->> 1 AS TEXT))
     ORDER BY kind, unit LIMIT ?3",
    "SELECT json_array('', t.number) AS key, json_object('kind', 'transfer', 'number', t.number, 'unit', unit, 'amount', amount, 'why', why,
            'key', iif(p.player = ?1, key, NULL), 'at', at, 'from', from_kind, 'to', to_kind) AS line
     FROM (SELECT number FROM transfers WHERE from_owner = ?1 AND from_kind IN ('player', 'held', 'debt') AND number > ?2 ->> 1
           UNION SELECT number FROM transfers WHERE to_owner = ?1 AND to_kind IN ('player', 'held', 'debt') AND number > ?2 ->> 1
           ORDER BY 1 LIMIT ?3) JOIN transfers t USING (number) JOIN postings p ON p.number = posting ORDER BY t.number",
    "SELECT json_array(campaign, key) AS key, json_object('kind', 'chances', 'campaign', campaign, 'key', key, 'why', why, 'amount', amount,
            'at', at) AS line
     FROM chance_grants g WHERE player = ?1 AND (campaign, g.key) > (?2 ->> 0, CAST(?2 ->> 1 AS TEXT)) ORDER BY campaign, g.key LIMIT ?3",
    "SELECT json_array(campaign, prize) AS key, json_object('kind', 'wins', 'campaign', campaign, 'prize', prize, 'total', total, 'day', day,
            'day_total', day_count) AS line
     FROM wins WHERE player = ?1 AND (campaign, prize) > (?2 ->> 0, CAST(?2 ->> 1 AS TEXT)) ORDER BY campaign, prize LIMIT ?3",
    "SELECT json_array(campaign, 0) AS key, json_object('kind', 'refusal', 'campaign', campaign, 'code', code, 'at', at) AS line
     FROM refusals WHERE player = ?1 AND campaign > ?2 ->> 0 ORDER BY campaign LIMIT ?3",
    "SELECT json_array(name, 0) AS key, json_object('kind', 'list', 'list', name) AS line
     FROM lists l JOIN list_members m ON m.generation = l.generation AND m.player = ?1 WHERE name > ?2 ->> 0 ORDER BY name LIMIT ?3",
    "SELECT json_array('', number) AS key, json_object('kind', 'difference', 'number', number, 'comparison', comparison, 'subject', subject,
            'found', found, 'expected', expected, 'first_seen', first_seen) AS line
     FROM differences WHERE player = ?1 AND number > ?2 ->> 1 ORDER BY number LIMIT ?3",
];
