-- Campaigns whose draws lost their receipts, and the values behind them, since they had closed long ago. What is left of such a draw says
-- that it was made and what came of it.
CREATE TABLE dropped_receipts (
    campaign TEXT PRIMARY KEY NOT NULL,
    -- No draw of the campaign's up to here needs to have its receipt any more.
    position INTEGER NOT NULL CHECK (position >= 0),
    -- How many have none.
    draws INTEGER NOT NULL CHECK (draws >= 0)
) STRICT, WITHOUT ROWID;
