-- Several hosts serve one database at the same time. Their writes take turns on the committer's row, and so there goes on to be one order
-- of all that is written.

-- Each host has a row of its own as long as it runs, and for a while afterwards. Whether it may write is decided, and looked at, only by
-- whoever holds the committer's row.
CREATE TABLE hosts (
    -- The fence that it raised when it came: no other host ever has the same.
    number BIGINT PRIMARY KEY,
    -- For people: where it runs.
    name TEXT COLLATE "C" NOT NULL,
    -- One that is starting or serving may write. One that has ended said so itself, and one that is fenced was found dead or late.
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('starting', 'serving', 'ended', 'fenced')),
    -- Of its latest write: where its connection was lost while it committed, it looks here for what came of it.
    write BIGINT NOT NULL DEFAULT 0
);

-- What a host shows of itself beside its writes, which keep its row above for as long as they take.
CREATE TABLE pulses (
    host BIGINT PRIMARY KEY REFERENCES hosts (number) ON DELETE CASCADE,
    -- Raised each second while it lives. Others see whether it is raised, and compare no clocks.
    beat BIGINT NOT NULL DEFAULT 0,
    -- When it was raised last, by the host's own clock. For people.
    seen_at BIGINT NOT NULL,
    -- The latest that it has taken up.
    activation BIGINT NOT NULL
);

-- Who is staging, so that what a host leaves behind is known when it is gone. Null of one that nobody is any more.
ALTER TABLE list_generations ADD COLUMN host BIGINT;
ALTER TABLE code_loads ADD COLUMN host BIGINT;
