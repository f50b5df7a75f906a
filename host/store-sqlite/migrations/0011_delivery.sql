-- Awards that go on from where they were won. SQLite changes the constraints of a table by making it anew.
CREATE TABLE awards_before AS SELECT * FROM awards;
DROP TABLE awards;
CREATE TABLE awards (
    position INTEGER PRIMARY KEY,
    prize TEXT NOT NULL,
    amount INTEGER NOT NULL,
    -- How it reaches its player, as documents say it; null where telling of it is all.
    deliver TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'voided', 'to_do', 'in_progress'))
) STRICT;
INSERT INTO awards (position, prize, amount, deliver, state)
SELECT position, prize, amount, deliver, iif(deliver IS NULL, 'delivered', 'pending') FROM awards_before ORDER BY position;
DROP TABLE awards_before;
-- Of the awards, those that somebody may look for are few.
CREATE INDEX awards_by_state ON awards (state, position) WHERE state <> 'delivered';

-- What happened to an award since it was won. Each change has a position of its own in the feed, as a draw has.
CREATE TABLE award_changes (
    position INTEGER PRIMARY KEY,
    award INTEGER NOT NULL REFERENCES awards (position),
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- Null is the host.
    actor TEXT,
    note TEXT NOT NULL
) STRICT;
CREATE INDEX award_changes_by_award ON award_changes (award, position);

-- Work to be done, in the order in which it is due. While a task is claimed it is due when the claim ends.
CREATE TABLE tasks (
    queue TEXT NOT NULL,
    due INTEGER NOT NULL,
    -- The position in the feed of what it is for.
    number INTEGER NOT NULL,
    since INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    fence INTEGER NOT NULL DEFAULT 0 CHECK (fence >= 0),
    owner TEXT,
    reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (queue, due, number)
) STRICT, WITHOUT ROWID;
-- A task that was never touched is found where it was put; any other one here.
CREATE INDEX tasks_touched ON tasks (queue, since, number) WHERE due <> since;

-- Tasks that were given up, until an operator has them tried again.
CREATE TABLE dead_letters (
    queue TEXT NOT NULL,
    number INTEGER NOT NULL,
    since INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (queue, number)
) STRICT, WITHOUT ROWID;

-- Until now awards could be points alone.
INSERT INTO tasks (queue, due, number, since)
SELECT 'points', drawn_at, position, drawn_at FROM awards JOIN draws USING (position)
WHERE deliver IS NOT NULL ORDER BY drawn_at, position;

CREATE TABLE destinations (
    name TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    -- Its secrets, under the host's key.
    sealed BLOB NOT NULL,
    connect_ms INTEGER NOT NULL CHECK (connect_ms > 0),
    call_ms INTEGER NOT NULL CHECK (call_ms > 0),
    calls INTEGER NOT NULL CHECK (calls > 0),
    version INTEGER NOT NULL CHECK (version > 0),
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a document means that gives points of no named unit.
INSERT INTO units (name, title) VALUES ('points', 'Points') ON CONFLICT DO NOTHING;
