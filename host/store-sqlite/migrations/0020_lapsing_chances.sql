-- Chances that lapse. A draw counts no more than that it used one, so that what is used comes out of the lots when something else happens to
-- them: see `tombola_domain::chance::Holding`.
CREATE TABLE chance_lots (
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    lapses_at INTEGER NOT NULL,
    left INTEGER NOT NULL CHECK (left > 0),
    PRIMARY KEY (player, campaign, lapses_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX chance_lots_by_lapse ON chance_lots (lapses_at);

-- Of `chances_used` those that were taken out of lots, or were of none; and when the soonest of the lots lapses.
ALTER TABLE participations ADD COLUMN chances_settled INTEGER NOT NULL DEFAULT 0 CHECK (chances_settled BETWEEN 0 AND chances_used);
ALTER TABLE participations ADD COLUMN chances_lapse_at INTEGER;

-- When what came in lapses; null is never.
ALTER TABLE chance_grants ADD COLUMN lapses_at INTEGER CHECK (lapses_at IS NULL OR amount > 0);
