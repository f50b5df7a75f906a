-- Several draws under one key: a key is unique together with the draw's place in its series, from 0. SQLite changes the
-- constraints of a table by making it anew; the rows that hang on a draw find it again under its position.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE draws_before AS SELECT * FROM draws;
DROP TABLE draws;
CREATE TABLE draws (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    key TEXT NOT NULL,
    part INTEGER NOT NULL CHECK (part >= 0),
    request BLOB NOT NULL CHECK (length(request) = 32),
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    revision INTEGER NOT NULL,
    prize TEXT,
    title TEXT,
    data TEXT,
    amount INTEGER,
    receipt BLOB NOT NULL CHECK (length(receipt) = 32),
    drawn_at INTEGER NOT NULL,
    CHECK ((prize IS NULL) = (title IS NULL) AND (prize IS NULL) = (amount IS NULL)),
    UNIQUE (player, campaign, key, part),
    UNIQUE (player, campaign, ordinal)
) STRICT;
INSERT INTO draws (position, id, player, campaign, key, part, request, ordinal, revision, prize, title, data, amount,
                   receipt, drawn_at)
SELECT position, id, player, campaign, key, 0, request, ordinal, revision, prize, title, data, amount, receipt, drawn_at
FROM draws_before ORDER BY position;
DROP TABLE draws_before;
