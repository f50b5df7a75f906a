-- What is set aside of what players have, at a client's request.
CREATE TABLE holds (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    player TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 32),
    unit TEXT NOT NULL REFERENCES units (name),
    amount INTEGER NOT NULL CHECK (amount > 0),
    posting INTEGER NOT NULL UNIQUE REFERENCES postings (number),
    held_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL CHECK (expires_at > held_at),
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'released', 'expired')),
    -- How much was taken of it, once it has ended.
    taken INTEGER CHECK (iif(state = 'taken', taken BETWEEN 1 AND amount, taken = 0)),
    ended_at INTEGER,
    CHECK ((state = 'open') = (taken IS NULL) AND (state = 'open') = (ended_at IS NULL)),
    UNIQUE (player, key)
) STRICT;
CREATE INDEX holds_open_by_player ON holds (player) WHERE state = 'open';
CREATE INDEX holds_open_by_expiry ON holds (expires_at) WHERE state = 'open';
