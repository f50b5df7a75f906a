-- What was given and is taken back. Of a rebate, how much of its event was reversed so far, and of how much; the reversing
-- events say both.
ALTER TABLE rebates ADD COLUMN reversed INTEGER NOT NULL DEFAULT 0 CHECK (reversed >= 0);
ALTER TABLE rebates ADD COLUMN reversed_of INTEGER CHECK (reversed <= reversed_of);

-- An event that reverses another one of its player's, or a part of it.
ALTER TABLE events ADD COLUMN reverses INTEGER REFERENCES events (number);
ALTER TABLE events ADD COLUMN part INTEGER CHECK (part IS NULL OR part > 0 AND reverses IS NOT NULL);
ALTER TABLE events ADD COLUMN part_of INTEGER CHECK (part_of >= part);

-- What a reversing event took back where.
CREATE TABLE reversals (
    event INTEGER NOT NULL REFERENCES events (number),
    campaign TEXT NOT NULL,
    -- Of the whole that the rebate's row names; 0 where the reversed event waited, and so had earned nothing.
    amount INTEGER NOT NULL CHECK (amount >= 0),
    -- JSON: of the player's, the points by unit (taken in all, owed, lost), chances, and the awards that were voided.
    taken TEXT NOT NULL,
    PRIMARY KEY (event, campaign)
) STRICT, WITHOUT ROWID;

-- The award whose voiding put a unit back. Where the host did that by itself, the actor is empty.
ALTER TABLE stock_changes ADD COLUMN award INTEGER REFERENCES awards (position);
