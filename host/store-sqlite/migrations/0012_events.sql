-- What players did. The id is the client's, once for each player.
CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    player TEXT NOT NULL,
    id TEXT NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 32),
    type TEXT NOT NULL,
    referrer TEXT,
    -- JSON: what the event says of itself.
    attributes TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    UNIQUE (player, id)
) STRICT;

-- The campaigns that an event goes to and that have given nothing for it: those where it waits to be decided, and those that
-- refused it.
CREATE TABLE event_campaigns (
    event INTEGER NOT NULL REFERENCES events (number),
    campaign TEXT NOT NULL,
    -- When a waiting one is looked at next.
    due INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Of a refusal.
    code TEXT,
    message TEXT,
    PRIMARY KEY (event, campaign),
    CHECK ((due IS NULL) = (code IS NOT NULL) AND (code IS NULL) = (message IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX event_campaigns_by_due ON event_campaigns (campaign, due) WHERE due IS NOT NULL;

-- What one campaign gave for one event, with its receipt. The position is in the feed.
CREATE TABLE rebates (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    event INTEGER NOT NULL REFERENCES events (number),
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    revision INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    receipt BLOB NOT NULL CHECK (length(receipt) = 32),
    bytes BLOB NOT NULL,
    -- JSON: the values behind the receipt's commitments; null once they were erased.
    disclosure TEXT,
    -- JSON: what is handed over to the referrer besides points and chances; null where nothing is.
    referrals TEXT,
    UNIQUE (event, campaign),
    UNIQUE (player, campaign, ordinal)
) STRICT;

-- A player's events of one type that rules of a campaign ran for.
CREATE TABLE tallies (
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    type TEXT NOT NULL,
    total INTEGER NOT NULL CHECK (total > 0),
    day INTEGER NOT NULL,
    day_count INTEGER NOT NULL,
    streak_days INTEGER NOT NULL,
    PRIMARY KEY (player, campaign, type)
) STRICT, WITHOUT ROWID;

-- Prizes among what was given for events: what an award of a draw has its draw for.
CREATE TABLE rebate_awards (
    position INTEGER PRIMARY KEY REFERENCES awards (position),
    id TEXT NOT NULL UNIQUE,
    rebate INTEGER NOT NULL REFERENCES rebates (position),
    -- The reward's among the rebate's, from 0.
    place INTEGER NOT NULL CHECK (place >= 0),
    campaign TEXT NOT NULL,
    player TEXT NOT NULL,
    title TEXT NOT NULL,
    data TEXT,
    won_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rebate_awards_by_rebate ON rebate_awards (rebate);

-- Every award with what its draw or its rebate knows of it.
CREATE VIEW award_details AS
SELECT a.*, coalesce(d.id || '-1', r.id) AS id, d.id AS draw, b.id AS rebate, coalesce(d.campaign, r.campaign) AS campaign,
       coalesce(d.player, r.player) AS player, coalesce(d.title, r.title) AS title, coalesce(d.data, r.data) AS data,
       coalesce(d.drawn_at, r.won_at) AS won_at
FROM awards a LEFT JOIN draws d USING (position)
LEFT JOIN rebate_awards r USING (position) LEFT JOIN rebates b ON b.position = r.rebate;

-- What was posted stands in the feed as well. What was posted before this goes in behind everything that is there.
ALTER TABLE postings ADD COLUMN position INTEGER;
UPDATE postings SET position = numbered.place + (SELECT position FROM committer)
FROM (SELECT number AS n, row_number() OVER (ORDER BY number) AS place FROM postings) AS numbered WHERE number = numbered.n;
UPDATE committer SET position = position + (SELECT count(*) FROM postings);
CREATE UNIQUE INDEX postings_by_position ON postings (position);

-- Receipts of rebates are sealed as those of draws are.
CREATE TABLE seals_before AS SELECT * FROM seals;
DROP TABLE seals;
CREATE TABLE seals (
    first INTEGER PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size > 0),
    key BLOB NOT NULL CHECK (length(key) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
INSERT INTO seals SELECT first, size, key, signature FROM seals_before ORDER BY first;
DROP TABLE seals_before;
