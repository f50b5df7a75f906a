-- What draws run on, and who may commit. Every write transaction reads this row first: another process that opens the
-- database raises the fence, after which the older one finds no row with its own.
CREATE TABLE committer (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    fence INTEGER NOT NULL,
    activation INTEGER NOT NULL,
    -- Of the latest draw in the feed; gap-free.
    position INTEGER NOT NULL
) STRICT;
INSERT INTO committer (id, fence, activation, position) VALUES (0, 0, 0, 0);

-- Operators' writes, append-only; each stands here in the transaction that did it.
CREATE TABLE operations (
    number INTEGER PRIMARY KEY,
    actor TEXT NOT NULL,
    key TEXT,
    request BLOB NOT NULL CHECK (length(request) = 32),
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    result TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX operations_by_key ON operations (actor, key) WHERE key IS NOT NULL;

CREATE TABLE campaigns (
    name TEXT PRIMARY KEY,
    live INTEGER NOT NULL,
    FOREIGN KEY (name, live) REFERENCES revisions (campaign, number) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
    campaign TEXT NOT NULL REFERENCES campaigns (name) DEFERRABLE INITIALLY DEFERRED,
    number INTEGER NOT NULL CHECK (number > 0),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    document TEXT NOT NULL,
    published_by TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    PRIMARY KEY (campaign, number)
) STRICT;

-- There is one committer, so a prize has one bucket, and it holds the whole stock.
CREATE TABLE stock (
    campaign TEXT NOT NULL,
    prize TEXT NOT NULL,
    allotted INTEGER NOT NULL CHECK (allotted BETWEEN 0 AND 9007199254740991),
    issued INTEGER NOT NULL DEFAULT 0 CHECK (issued >= 0),
    mark_version INTEGER NOT NULL DEFAULT 0,
    sold_out INTEGER NOT NULL DEFAULT 0 CHECK (sold_out IN (0, 1)),
    PRIMARY KEY (campaign, prize),
    CHECK (issued <= allotted)
) STRICT, WITHOUT ROWID;

CREATE TABLE stock_changes (
    number INTEGER PRIMARY KEY,
    campaign TEXT NOT NULL,
    prize TEXT NOT NULL,
    change INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    at INTEGER NOT NULL,
    FOREIGN KEY (campaign, prize) REFERENCES stock (campaign, prize)
) STRICT;
CREATE INDEX stock_changes_by_prize ON stock_changes (campaign, prize, number);

CREATE TABLE participations (
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    draws INTEGER NOT NULL CHECK (draws >= 0),
    month INTEGER NOT NULL,
    month_count INTEGER NOT NULL CHECK (month_count >= 0),
    day INTEGER NOT NULL,
    day_count INTEGER NOT NULL CHECK (day_count >= 0),
    chances INTEGER CHECK (chances >= 0),
    PRIMARY KEY (player, campaign)
) STRICT, WITHOUT ROWID;

-- Keyed by the position in the feed, so that the widest rows are appended rather than scattered; the same holds for what
-- hangs on a draw.
CREATE TABLE draws (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    key TEXT NOT NULL,
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
    UNIQUE (player, campaign, key),
    UNIQUE (player, campaign, ordinal)
) STRICT;

CREATE TABLE receipts (
    position INTEGER PRIMARY KEY REFERENCES draws (position),
    bytes BLOB NOT NULL
) STRICT;

-- Beside the receipts, since erasing a person deletes rows here and leaves those untouched.
CREATE TABLE disclosures (
    position INTEGER PRIMARY KEY REFERENCES draws (position),
    content TEXT NOT NULL
) STRICT;

CREATE TABLE awards (
    position INTEGER PRIMARY KEY REFERENCES draws (position),
    prize TEXT NOT NULL,
    amount INTEGER NOT NULL,
    deliver TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending'))
) STRICT;

CREATE TABLE wins (
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    prize TEXT NOT NULL,
    total INTEGER NOT NULL CHECK (total > 0),
    day INTEGER NOT NULL,
    day_count INTEGER NOT NULL CHECK (day_count > 0),
    PRIMARY KEY (player, campaign, prize)
) STRICT, WITHOUT ROWID;

CREATE TABLE refusals (
    player TEXT NOT NULL,
    campaign TEXT NOT NULL,
    code TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (player, campaign)
) STRICT, WITHOUT ROWID;

CREATE TABLE lists (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    size INTEGER NOT NULL CHECK (size >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE list_members (
    player TEXT NOT NULL,
    list TEXT NOT NULL REFERENCES lists (name),
    PRIMARY KEY (player, list)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_members_by_list ON list_members (list);

CREATE TABLE modules (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    summary TEXT NOT NULL,
    kinds TEXT NOT NULL,
    config_schema TEXT,
    size INTEGER NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    UNIQUE (name, version)
) STRICT;

CREATE TABLE components (
    digest BLOB PRIMARY KEY REFERENCES modules (digest),
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE tokens (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    campaigns TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE revoked_at IS NULL;

CREATE TABLE epochs (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    sealed BLOB NOT NULL,
    began_at INTEGER NOT NULL
) STRICT;
