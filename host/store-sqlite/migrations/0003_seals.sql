-- The host's signature under each batch of draws. The receipts that it covers are those of the draws at its positions.
CREATE TABLE seals (
    first INTEGER PRIMARY KEY REFERENCES draws (position),
    size INTEGER NOT NULL CHECK (size > 0),
    key BLOB NOT NULL CHECK (length(key) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

-- Every key that this database's draws were sealed with, so that the keys can be told without reading all seals.
CREATE TABLE signing_keys (
    key BLOB PRIMARY KEY CHECK (length(key) = 32),
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
