-- A paused campaign takes no draws, whatever revision is live.
ALTER TABLE campaigns ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));

-- What belongs to a token outlives its name: a later token of the same name is somebody else, unless it was made to succeed
-- the one before. Tokens so far are nobody's successors.
ALTER TABLE tokens ADD COLUMN identity BLOB CHECK (length(identity) = 32);
UPDATE tokens SET identity = hash;

-- The identity that a rule's name belongs to; the server itself has none. Uploads so far are of the token that had the
-- uploader's name when they were made.
ALTER TABLE modules ADD COLUMN owner BLOB CHECK (length(owner) = 32);
UPDATE modules SET owner = (
    SELECT hash FROM tokens WHERE name = uploaded_by AND created_at <= uploaded_at ORDER BY created_at DESC LIMIT 1
);

-- Why, what was there before and since, and the campaign that an operation concerns where it is one alone.
ALTER TABLE operations ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE operations ADD COLUMN before BLOB CHECK (length(before) = 32);
ALTER TABLE operations ADD COLUMN after BLOB CHECK (length(after) = 32);
ALTER TABLE operations ADD COLUMN campaign TEXT;
UPDATE operations SET campaign = subject WHERE what IN ('publish', 'rollback');
UPDATE operations SET campaign = substr(subject, 1, instr(subject, '/') - 1) WHERE what = 'adjust_stock';
CREATE INDEX operations_by_campaign ON operations (campaign, number) WHERE campaign IS NOT NULL;

CREATE TRIGGER operations_are_not_changed BEFORE UPDATE ON operations
BEGIN SELECT raise(ABORT, 'operations are append-only'); END;
CREATE TRIGGER operations_are_not_deleted BEFORE DELETE ON operations
BEGIN SELECT raise(ABORT, 'operations are append-only'); END;
