-- The members of a list are those of its generation, so that a new content can be staged beside the old one and take its
-- place at once. What nothing names any more is garbage, and is deleted little by little.
CREATE TABLE list_generations (
    -- Never used twice: what is left of one must not come back in another.
    generation INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('staging', 'current', 'garbage'))
) STRICT;
CREATE INDEX list_generations_by_state ON list_generations (state) WHERE state <> 'current';

CREATE TABLE next_lists (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    size INTEGER NOT NULL CHECK (size >= 0),
    generation INTEGER NOT NULL UNIQUE REFERENCES list_generations (generation),
    -- Of the content; computed before anything else, where it was made by an older program.
    digest BLOB CHECK (length(digest) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE next_list_members (
    generation INTEGER NOT NULL,
    player TEXT NOT NULL,
    PRIMARY KEY (generation, player)
) STRICT, WITHOUT ROWID;

INSERT INTO list_generations (state) SELECT 'current' FROM lists ORDER BY name;
INSERT INTO next_lists (name, version, size, generation) SELECT name, version, size, row_number() OVER (ORDER BY name) FROM lists;
INSERT INTO next_list_members (generation, player)
SELECT generation, player FROM list_members JOIN next_lists ON name = list ORDER BY generation, player;

DROP TABLE list_members;
DROP TABLE lists;
ALTER TABLE next_lists RENAME TO lists;
ALTER TABLE next_list_members RENAME TO list_members;
