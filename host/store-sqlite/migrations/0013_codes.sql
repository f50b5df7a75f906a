-- Coupon codes. A pool is the stock of every prize that names it, and is never deleted.
CREATE TABLE code_pools (
    -- The number of its bucket in receipts: those of stock have 0.
    number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 4294967295),
    name TEXT NOT NULL UNIQUE,
    low_water INTEGER NOT NULL CHECK (low_water >= 0),
    -- Codes of its current loads that no award has; those among them that have expired are taken out little by little.
    free INTEGER NOT NULL DEFAULT 0 CHECK (free >= 0),
    given INTEGER NOT NULL DEFAULT 0 CHECK (given >= 0),
    expired INTEGER NOT NULL DEFAULT 0 CHECK (expired >= 0),
    withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn >= 0),
    mark_version INTEGER NOT NULL DEFAULT 0,
    sold_out INTEGER NOT NULL DEFAULT 0 CHECK (sold_out IN (0, 1))
) STRICT;

-- Codes that came together. Those of a load that is staging are nobody's yet, and those of one that is garbage are nobody's any
-- more, unless an award has them: so a million come into a pool, or leave it, by one row.
CREATE TABLE code_loads (
    -- Never used twice: what is left of one must not come back in another.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    pool INTEGER NOT NULL REFERENCES code_pools (number),
    state TEXT NOT NULL CHECK (state IN ('staging', 'current', 'garbage')),
    free INTEGER NOT NULL DEFAULT 0 CHECK (free >= 0)
) STRICT;
CREATE INDEX code_loads_free ON code_loads (pool) WHERE state = 'current' AND free > 0;
CREATE INDEX code_loads_by_state ON code_loads (state) WHERE state <> 'current';

CREATE TABLE codes (
    -- In the order in which they were loaded.
    number INTEGER PRIMARY KEY,
    pool INTEGER NOT NULL,
    code TEXT NOT NULL,
    load INTEGER NOT NULL,
    -- The largest integer is never, so that what expires soonest comes first.
    expires_at INTEGER NOT NULL DEFAULT 9223372036854775807,
    -- Null while nobody has it.
    award INTEGER REFERENCES awards (position),
    UNIQUE (pool, code)
) STRICT;
-- Of each load the next ones to be given, which are appended to and taken from at the ends.
CREATE INDEX codes_free ON codes (load, expires_at) WHERE award IS NULL;
CREATE UNIQUE INDEX codes_by_award ON codes (award) WHERE award IS NOT NULL;
