-- Failed runs of rules, the latest of each module. They name no player.
CREATE TABLE faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    module BLOB NOT NULL,
    campaign TEXT NOT NULL,
    revision INTEGER,
    node TEXT NOT NULL,
    origin TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    facts TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX faults_by_module ON faults (module, id);
