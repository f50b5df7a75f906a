-- no-transaction
-- Receipts, and the values behind them, in partitions by their position in the feed: what is no longer kept goes by the partition. The
-- tables that there are become the first partitions. No row is written again, and hosts that serve the database go on: nothing is locked for
-- longer than it takes to say what follows, each step is a transaction of its own, and where the steps are broken off they begin anew.
DO $$
DECLARE
    width BIGINT;
    ending BIGINT;
    payload TEXT;
BEGIN
    -- Whoever reads for long, as a dump does, is not waited for with all hosts waiting behind.
    PERFORM set_config('lock_timeout', '5000', false);

    -- Campaigns whose draws lost their receipts, and the values behind them, since they had closed long ago. What is left of such a draw
    -- says that it was made and what came of it.
    CREATE TABLE IF NOT EXISTS dropped_receipts (
        campaign TEXT COLLATE "C" PRIMARY KEY,
        -- No draw of the campaign's up to here needs to have its receipt any more.
        position BIGINT NOT NULL CHECK (position >= 0),
        -- How many have none.
        draws BIGINT NOT NULL CHECK (draws >= 0)
    );
    COMMIT;
    IF (SELECT relkind = 'p' FROM pg_class WHERE oid = CAST('receipts' AS REGCLASS)) THEN
        RETURN;
    END IF;

    -- Whoever writes holds this row, so that nobody has one of the tables and waits for the other.
    SELECT greatest(1048576, position / 16), position + greatest(1048576, position / 16) INTO STRICT width, ending
    FROM committer FOR UPDATE;
    FOREACH payload IN ARRAY ARRAY['receipts', 'disclosures'] LOOP
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I', payload, payload || '_end');
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (position < %s) NOT VALID', payload, payload || '_end', ending);
    END LOOP;
    COMMIT;
    -- All rows are looked at while others come, rather than when the table becomes a partition.
    ALTER TABLE receipts VALIDATE CONSTRAINT receipts_end;
    COMMIT;
    ALTER TABLE disclosures VALIDATE CONSTRAINT disclosures_end;
    COMMIT;

    PERFORM FROM committer FOR UPDATE;
    FOREACH payload IN ARRAY ARRAY['receipts', 'disclosures'] LOOP
        -- To drop what refers to draws would lock these. A pass finds whatever is without its fellow.
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', payload, payload || '_position_fkey');
        EXECUTE format('ALTER TABLE %I RENAME TO %I', payload, payload || '_0');
        EXECUTE format('ALTER INDEX %I RENAME TO %I', payload || '_pkey', payload || '_0_pkey');
        EXECUTE format('CREATE TABLE %I (LIKE %I, PRIMARY KEY (position)) PARTITION BY RANGE (position)', payload, payload || '_0');
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%s)', payload, payload || '_0', ending);
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', payload || '_0', payload || '_end');
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
                       payload || '_' || ending, payload, ending, ending + width);
    END LOOP;
END $$;
