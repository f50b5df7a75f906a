-- Epochs end, and the next one is announced before it begins.
CREATE TABLE all_epochs (
    number INTEGER PRIMARY KEY CHECK (number > 0),
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    sealed BLOB NOT NULL,
    began_at INTEGER,
    ended_at INTEGER,
    -- Shown once it has ended; never where it was abandoned.
    secret BLOB CHECK (length(secret) = 32),
    CHECK (secret IS NULL OR began_at IS NOT NULL AND ended_at IS NOT NULL)
) STRICT;
INSERT INTO all_epochs (number, commitment, sealed, began_at) SELECT number, commitment, sealed, began_at FROM epochs;
DROP TABLE epochs;
ALTER TABLE all_epochs RENAME TO epochs;
-- One epoch is current.
CREATE UNIQUE INDEX epochs_current ON epochs (ended_at IS NULL) WHERE began_at IS NOT NULL AND ended_at IS NULL;
