-- What was found to differ from what it should be the same as.
CREATE TABLE differences (
    number INTEGER PRIMARY KEY,
    -- What was compared, of what, and whose; empty where it is nobody's.
    comparison TEXT NOT NULL,
    subject TEXT NOT NULL,
    player TEXT NOT NULL,
    found INTEGER NOT NULL,
    expected INTEGER NOT NULL,
    -- JSON: what both sides say.
    evidence TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    repaired_at INTEGER,
    -- When a pass no longer found it.
    gone_at INTEGER
) STRICT;
-- What is found again is the same, until it was gone.
CREATE UNIQUE INDEX differences_by_subject ON differences (comparison, subject, player) WHERE gone_at IS NULL;
CREATE INDEX differences_open ON differences (number) WHERE repaired_at IS NULL AND gone_at IS NULL;

-- Of draws up to here it is not known whether they took a chance.
CREATE TABLE chances_unknown (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    up_to INTEGER NOT NULL
) STRICT;
INSERT INTO chances_unknown (id, up_to) SELECT 0, position FROM committer;

-- What a player won by events, where a draw has its player in itself.
CREATE INDEX rebate_awards_by_player ON rebate_awards (player, campaign);
