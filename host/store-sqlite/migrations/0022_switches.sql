-- What operators set for all hosts. Each host reads all of it every second: there are a handful of switches, and a row for each that was ever set.
CREATE TABLE switches (
    switch TEXT NOT NULL PRIMARY KEY,
    setting TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
