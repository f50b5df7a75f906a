-- The ledger. Whose an account is, what for, and which of those: see `tombola_domain::ledger::Account`.
CREATE TABLE units (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    -- Null is for ever.
    lifetime_days INTEGER CHECK (lifetime_days > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    owner TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('player', 'held', 'debt', 'budget', 'prize', 'house')),
    part TEXT NOT NULL,
    unit TEXT NOT NULL REFERENCES units (name),
    balance INTEGER NOT NULL CHECK (balance BETWEEN -9007199254740991 AND 9007199254740991),
    PRIMARY KEY (owner, kind, part, unit),
    CHECK (iif(kind = 'debt' OR kind = 'house' AND part IN ('issue', 'loss'), balance <= 0, balance >= 0))
) STRICT, WITHOUT ROWID;

-- What players have, by when it lapses; 9223372036854775807 is never.
CREATE TABLE lots (
    player TEXT NOT NULL,
    unit TEXT NOT NULL REFERENCES units (name),
    lapses_at INTEGER NOT NULL,
    left INTEGER NOT NULL CHECK (left > 0),
    PRIMARY KEY (player, unit, lapses_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX lots_by_lapse ON lots (lapses_at) WHERE lapses_at < 9223372036854775807;

-- Append-only; what stands behind one has a business key, which belongs to a player or, where it is empty, to the house.
CREATE TABLE postings (
    number INTEGER PRIMARY KEY,
    player TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 32),
    why TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (player, key)
) STRICT;

CREATE TABLE transfers (
    number INTEGER PRIMARY KEY,
    posting INTEGER NOT NULL REFERENCES postings (number),
    unit TEXT NOT NULL REFERENCES units (name),
    from_owner TEXT NOT NULL,
    from_kind TEXT NOT NULL,
    from_part TEXT NOT NULL,
    to_owner TEXT NOT NULL,
    to_kind TEXT NOT NULL,
    to_part TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    -- What became of the player's lots: [[lapses_at or null, change], …].
    lots TEXT NOT NULL
) STRICT;
CREATE INDEX transfers_by_posting ON transfers (posting);
CREATE INDEX transfers_from_players ON transfers (from_owner, unit, number) WHERE from_kind IN ('player', 'held', 'debt');
CREATE INDEX transfers_to_players ON transfers (to_owner, unit, number) WHERE to_kind IN ('player', 'held', 'debt');

CREATE TRIGGER transfers_are_not_changed BEFORE UPDATE ON transfers
BEGIN SELECT raise(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfers_are_not_deleted BEFORE DELETE ON transfers
BEGIN SELECT raise(ABORT, 'transfers are append-only'); END;

-- Chances that came in and chances that were used, rather than what is left. Of those used so far nothing is known any more: what
-- is left becomes what a player began with.
ALTER TABLE participations ADD COLUMN chances_initial INTEGER CHECK (chances_initial >= 0);
ALTER TABLE participations ADD COLUMN chances_added INTEGER NOT NULL DEFAULT 0 CHECK (chances_added >= 0);
ALTER TABLE participations ADD COLUMN chances_used INTEGER NOT NULL DEFAULT 0
    CHECK (chances_used BETWEEN 0 AND coalesce(chances_initial, 0) + chances_added);
UPDATE participations SET chances_initial = chances;
ALTER TABLE participations DROP COLUMN chances;

-- Every chance that was added, once for what it stands for. Their sum is `participations.chances_added`.
CREATE TABLE chance_grants (
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    key TEXT NOT NULL,
    why TEXT NOT NULL,
    -- Below zero where an order was voided.
    amount INTEGER NOT NULL CHECK (amount <> 0),
    at INTEGER NOT NULL,
    PRIMARY KEY (player, campaign, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 32),
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    -- Whether it took units of a stock.
    stocked INTEGER NOT NULL CHECK (stocked IN (0, 1)),
    chances INTEGER NOT NULL CHECK (chances > 0),
    unit TEXT NOT NULL REFERENCES units (name),
    price INTEGER NOT NULL CHECK (price > 0),
    posting INTEGER NOT NULL UNIQUE REFERENCES postings (number),
    ordered_at INTEGER NOT NULL,
    voided_at INTEGER,
    UNIQUE (player, campaign, key)
) STRICT;
CREATE INDEX orders_by_player ON orders (player, campaign, number);
