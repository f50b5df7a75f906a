//! What there is of a player, kind by kind.

/// What a posting or chances are known by. Keys of what a player got as a referrer name what somebody else did, which is not theirs to know:
/// of those stands the kind alone.
macro_rules! own_key {
    () => {
        "CASE WHEN substr(key, 1, 9) = 'referral:' THEN 'referral'
              WHEN substr(key, 1, 18) = 'referral-reversal:' THEN 'referral-reversal' ELSE key END"
    };
}

/// Each answers, for player `$1`, at most `$3` lines after key `$2`, which is a name and a number or another name. Of a line's members those
/// named `…_ms` are times, and those named `…_hex` bytes: [`super::shown`] writes both as the API does.
///
/// The salt behind a receipt's commitments stays here: it would let who has the export try out values of what was not shown.
pub(super) const PARTS: &[&str] = &[
    "SELECT json_array(campaign, 0) AS key, json_object('kind', 'participation', 'campaign', campaign, 'draws', draws,
            'month', iif(draws = 0, NULL, (month / 12) || '-' || substr(CAST(101 + month % 12 AS TEXT), 2)), 'month_draws', month_count,
            'day', iif(draws = 0, NULL, date(day * 86400, 'unixepoch')), 'day_draws', day_count,
            'chances_initial', chances_initial, 'chances_added', chances_added, 'chances_used', chances_used, 'chances_settled', chances_settled,
            'chance_lots', (SELECT json_group_array(json_object('lapses_at_ms', lapses_at, 'left', \"left\"))
                            FROM chance_lots l WHERE l.player = p.player AND l.campaign = p.campaign)) AS line
     FROM participations p WHERE player = $1 AND campaign > $2 ->> 0 ORDER BY campaign LIMIT $3",
    "SELECT json_array(d.campaign, ordinal) AS key, json_object('kind', 'draw', 'draw', d.id, 'campaign', d.campaign, 'ordinal', ordinal,
            'key', d.key, 'revision', revision, 'prize', d.prize, 'title', title, 'data', json(data), 'amount', d.amount, 'at_ms', drawn_at,
            'receipt', lower(hex(receipt)), 'receipt_bytes_hex', iif(bytes IS NULL, NULL, hex(bytes)), 'disclosure', json_remove(content, '$.salt'),
            'award', iif(a.state IS NULL, NULL, json_object('award', d.id || '-1', 'state', a.state, 'deliver', json(a.deliver),
                'code', (SELECT code FROM codes WHERE award = position),
                'history', (SELECT json_group_array(json_object('state', state, 'at_ms', at) ORDER BY c.position)
                            FROM award_changes c WHERE c.award = d.position)))) AS line
     FROM draws d LEFT JOIN receipts USING (position) LEFT JOIN disclosures USING (position) LEFT JOIN awards a USING (position)
     WHERE player = $1 AND (d.campaign, ordinal) > ($2 ->> 0, CAST($2 ->> 1 AS BIGINT)) ORDER BY d.campaign, ordinal LIMIT $3",
    "SELECT json_array(campaign, position) AS key, json_object('kind', 'award', 'award', r.id, 'campaign', campaign, 'prize', prize, 'title', title,
            'data', json(data), 'amount', amount, 'at_ms', won_at, 'state', state, 'deliver', json(deliver),
            'code', (SELECT code FROM codes WHERE award = position),
            'history', (SELECT json_group_array(json_object('state', state, 'at_ms', at) ORDER BY c.position)
                        FROM award_changes c WHERE c.award = r.position)) AS line
     FROM rebate_awards r JOIN awards a USING (position)
     WHERE player = $1 AND (campaign, position) > ($2 ->> 0, CAST($2 ->> 1 AS BIGINT)) ORDER BY campaign, position LIMIT $3",
    "SELECT json_array(id, 0) AS key, json_object('kind', 'event', 'event', id, 'type', type, 'attributes', json(attributes),
            'occurred_at_ms', occurred_at, 'received_at_ms', received_at,
            'reverses', (SELECT id FROM events r WHERE r.number = e.reverses), 'part', part, 'part_of', part_of,
            'earned', (SELECT json_group_array(json_object('rebate', r.id, 'campaign', r.campaign, 'ordinal', ordinal, 'at_ms', decided_at,
                           'receipt', lower(hex(receipt)), 'receipt_bytes_hex', hex(bytes), 'reversed', reversed, 'reversed_of', reversed_of,
                           'disclosure', json_remove(disclosure, '$.salt', '$.referrer')))
                       FROM rebates r WHERE r.event = e.number),
            'took_back', (SELECT json_group_array(json_object('campaign', campaign, 'amount', amount, 'taken', json(taken)))
                          FROM reversals b WHERE b.event = e.number),
            'elsewhere', (SELECT json_group_array(json_object('campaign', campaign, 'due_ms', due, 'code', code, 'message', message))
                          FROM event_campaigns c WHERE c.event = e.number)) AS line
     FROM events e WHERE player = $1 AND id > $2 ->> 0 ORDER BY id LIMIT $3",
    "SELECT json_array(campaign, type) AS key, json_object('kind', 'event_count', 'campaign', campaign, 'type', type, 'total', total,
            'day', date(day * 86400, 'unixepoch'), 'day_total', day_count, 'streak_days', streak_days) AS line
     FROM tallies WHERE player = $1 AND (campaign, type) > ($2 ->> 0, CAST($2 ->> 1 AS TEXT)) ORDER BY campaign, type LIMIT $3",
    "SELECT json_array(campaign, number) AS key, json_object('kind', 'order', 'order', id, 'campaign', campaign, 'key', key, 'sku', sku,
            'quantity', quantity, 'chances', chances, 'unit', unit, 'price', price, 'at_ms', ordered_at, 'voided_at_ms', voided_at) AS line
     FROM orders WHERE player = $1 AND (campaign, number) > ($2 ->> 0, CAST($2 ->> 1 AS BIGINT)) ORDER BY campaign, number LIMIT $3",
    "SELECT json_array('', number) AS key, json_object('kind', 'hold', 'hold', id, 'key', key, 'unit', unit, 'amount', amount, 'at_ms', held_at,
            'expires_at_ms', expires_at, 'state', state, 'taken', taken, 'ended_at_ms', ended_at,
            'voided_at_ms', (SELECT at FROM postings v WHERE v.player = h.player AND v.key = 'void:hold:' || h.id)) AS line
     FROM holds h WHERE player = $1 AND number > CAST($2 ->> 1 AS BIGINT) ORDER BY number LIMIT $3",
    "SELECT json_array(kind, unit) AS key, json_object('kind', 'balance', 'account', iif(kind = 'player', 'balance', kind), 'unit', unit,
            'balance', balance,
            'lots', iif(kind = 'player', (SELECT json_group_array(json_object('lapses_at_ms', nullif(lapses_at, 9223372036854775807),
                                              'left', \"left\"))
                                          FROM lots l WHERE l.player = owner AND l.unit = a.unit), NULL)) AS line
     FROM accounts a WHERE owner = $1 AND kind IN ('player', 'held', 'debt') AND (kind, unit) > ($2 ->> 0, CAST($2 ->> 1 AS TEXT))
     ORDER BY kind, unit LIMIT $3",
    // What is posted for a player under another's key is theirs as well, and what is posted under theirs between others' accounts.
    concat!(
        "SELECT json_array('', t.number) AS key, json_object('kind', 'transfer', 'number', t.number, 'posting', posting, 'unit', unit,
                'amount', amount, 'why', why, 'key', iif(p.player = $1, ", own_key!(), ", NULL), 'at_ms', at,
                'from', iif(from_kind = 'player', 'balance', from_kind), 'to', iif(to_kind = 'player', 'balance', to_kind)) AS line
         FROM (SELECT number FROM transfers WHERE from_owner = $1 AND from_kind IN ('player', 'held', 'debt') AND number > CAST($2 ->> 1 AS BIGINT)
               UNION SELECT number FROM transfers WHERE to_owner = $1 AND to_kind IN ('player', 'held', 'debt') AND number > CAST($2 ->> 1 AS BIGINT)
               UNION SELECT m.number FROM postings o JOIN transfers m ON m.posting = o.number WHERE o.player = $1 AND m.number > CAST($2 ->> 1 AS BIGINT)
               ORDER BY 1 LIMIT $3) listed JOIN transfers t USING (number) JOIN postings p ON p.number = posting ORDER BY t.number"
    ),
    concat!(
        "SELECT json_array(campaign, key) AS key, json_object('kind', 'chances', 'campaign', campaign, 'key', ", own_key!(), ", 'why', why, 'amount', amount,
                'at_ms', at, 'lapses_at_ms', lapses_at, 'voided_at_ms', voided_at) AS line
         FROM chance_grants g WHERE player = $1 AND (campaign, g.key) > ($2 ->> 0, CAST($2 ->> 1 AS TEXT)) ORDER BY campaign, g.key LIMIT $3"
    ),
    "SELECT json_array(campaign, prize) AS key, json_object('kind', 'wins', 'campaign', campaign, 'prize', prize, 'total', total,
            'day', date(day * 86400, 'unixepoch'), 'day_total', day_count) AS line
     FROM wins WHERE player = $1 AND (campaign, prize) > ($2 ->> 0, CAST($2 ->> 1 AS TEXT)) ORDER BY campaign, prize LIMIT $3",
    "SELECT json_array(campaign, 0) AS key, json_object('kind', 'refusal', 'campaign', campaign, 'code', code, 'at_ms', at) AS line
     FROM refusals WHERE player = $1 AND campaign > $2 ->> 0 ORDER BY campaign LIMIT $3",
    "SELECT json_array(name, 0) AS key, json_object('kind', 'list', 'list', name) AS line
     FROM lists l JOIN list_members m ON m.generation = l.generation AND m.player = $1 WHERE name > $2 ->> 0 ORDER BY name LIMIT $3",
    "SELECT json_array('', number) AS key, json_object('kind', 'difference', 'number', number, 'comparison', comparison, 'subject', subject,
            'found', found, 'expected', expected, 'first_seen_ms', first_seen) AS line
     FROM differences WHERE player = $1 AND number > CAST($2 ->> 1 AS BIGINT) ORDER BY number LIMIT $3",
];
