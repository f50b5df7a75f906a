-- What SQLite's store has after all of its own migrations: the same tables, columns, keys and indices, which a test holds.
-- Whole numbers, times in milliseconds and what is either 0 or 1 are BIGINT, as they are read; text is ordered by its bytes.

-- What SQLite calls so, for statements that both databases read. Neither strict nor volatile, so that each becomes a part of its
-- statement. What takes any number of arguments of any types has another name here, which the program knows.

-- The elements of an array with their places, from 0; what is neither array nor object stands as text beside. Postgres's own
-- function is for its own type, so that a parameter that is text always means this one.
CREATE FUNCTION json_each(elements JSONB) RETURNS TABLE (key BIGINT, value JSONB, atom TEXT)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT e.place - 1, e.element, e.element #>> '{}'
    FROM jsonb_array_elements(elements) WITH ORDINALITY AS e (element, place)
$$;
CREATE FUNCTION json_each(elements TEXT) RETURNS TABLE (key BIGINT, value JSONB, atom TEXT)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT e.place - 1, e.element, e.element #>> '{}'
    FROM jsonb_array_elements(CAST(elements AS JSONB)) WITH ORDINALITY AS e (element, place)
$$;
-- The same of an array within, named like `$[3]`.
CREATE FUNCTION json_each(elements JSONB, path TEXT) RETURNS TABLE (key BIGINT, value JSONB, atom TEXT)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT e.place - 1, e.element, e.element #>> '{}'
    FROM jsonb_array_elements(elements #> string_to_array(btrim(path, '$[]'), ']['))
        WITH ORDINALITY AS e (element, place)
$$;

-- Members and elements of JSON that is kept as text.
CREATE FUNCTION json_member(document TEXT, name TEXT) RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CAST(document AS JSONB) -> name $$;
CREATE FUNCTION json_element(document TEXT, place INTEGER) RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CAST(document AS JSONB) -> place $$;
CREATE FUNCTION json_member_text(document TEXT, name TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CAST(document AS JSONB) ->> name $$;
CREATE FUNCTION json_element_text(document TEXT, place INTEGER) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CAST(document AS JSONB) ->> place $$;
CREATE OPERATOR -> (LEFTARG = TEXT, RIGHTARG = TEXT, FUNCTION = json_member);
CREATE OPERATOR -> (LEFTARG = TEXT, RIGHTARG = INTEGER, FUNCTION = json_element);
CREATE OPERATOR ->> (LEFTARG = TEXT, RIGHTARG = TEXT, FUNCTION = json_member_text);
CREATE OPERATOR ->> (LEFTARG = TEXT, RIGHTARG = INTEGER, FUNCTION = json_element_text);

-- JSON without members that are named like `$.salt`.
CREATE FUNCTION json_remove(document TEXT, VARIADIC paths TEXT[]) RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CAST(document AS JSONB) - ARRAY(SELECT substr(path, 3) FROM unnest(paths) AS path) $$;
CREATE FUNCTION json_whole(elements JSON[]) RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CAST(array_to_json(elements) AS JSONB) $$;
CREATE AGGREGATE json_group_array(JSON) (SFUNC = array_append, STYPE = JSON[], INITCOND = '{}', FINALFUNC = json_whole);

CREATE FUNCTION iif(condition BOOLEAN, met anycompatible, otherwise anycompatible) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN condition THEN met ELSE otherwise END $$;
CREATE FUNCTION max(one BIGINT, other BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN one IS NULL OR other IS NULL THEN NULL ELSE greatest(one, other) END $$;
CREATE FUNCTION min(one BIGINT, other BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN one IS NULL OR other IS NULL THEN NULL ELSE least(one, other) END $$;
CREATE FUNCTION hex(bytes BYTEA) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT upper(encode(bytes, 'hex')) $$;
CREATE FUNCTION unhex(digits TEXT) RETURNS BYTEA LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT decode(digits, 'hex') $$;
CREATE FUNCTION substr(bytes BYTEA, first BIGINT, length BIGINT) RETURNS BYTEA LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT substr(bytes, CAST(first AS INTEGER), CAST(length AS INTEGER)) $$;
-- Text that came as the bytes of its UTF-8.
CREATE FUNCTION concat(bytes BYTEA) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT convert_from(bytes, 'UTF8') $$;
-- The day of a time in seconds since 1970.
CREATE FUNCTION date(seconds BIGINT, unit TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT to_char(to_timestamp(seconds) AT TIME ZONE 'UTC', 'YYYY-MM-DD') $$;

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$;

-- What draws run on, and who may commit. Every write transaction changes this row first, and so waits for the one before: another
-- host that opens the database raises the fence, after which the older one finds no row with its own.
CREATE TABLE committer (
    id BIGINT PRIMARY KEY CHECK (id = 0),
    fence BIGINT NOT NULL,
    activation BIGINT NOT NULL,
    -- Of the latest draw in the feed; gap-free.
    position BIGINT NOT NULL,
    -- Of the host's latest write: where its connection was lost while it committed, it looks here for what came of it. What is
    -- written beside a host, by who makes a token, has no number.
    write BIGINT NOT NULL DEFAULT 0,
    -- Where it was begun: the server's own name, the database's, and the server's history, which is another one after a promotion or
    -- a restore. Null before the first host.
    origin TEXT COLLATE "C"
);
INSERT INTO committer (id, fence, activation, position) VALUES (0, 0, 0, 0);

-- Operators' writes, append-only; each stands here in the transaction that did it.
CREATE TABLE operations (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    actor TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C",
    request BYTEA NOT NULL CHECK (length(request) = 32),
    what TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    -- Why, what was there before and since, and the campaign that an operation concerns where it is one alone.
    reason TEXT COLLATE "C" NOT NULL DEFAULT '',
    before BYTEA CHECK (length(before) = 32),
    after BYTEA CHECK (length(after) = 32),
    campaign TEXT COLLATE "C"
);
CREATE UNIQUE INDEX operations_by_key ON operations (actor, key) WHERE key IS NOT NULL;
CREATE INDEX operations_by_campaign ON operations (campaign, number) WHERE campaign IS NOT NULL;
CREATE TRIGGER operations_are_not_changed BEFORE UPDATE ON operations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER operations_are_not_deleted BEFORE DELETE ON operations FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE campaigns (
    name TEXT COLLATE "C" PRIMARY KEY,
    live BIGINT NOT NULL,
    -- A paused campaign takes no draws, whatever revision is live.
    paused BIGINT NOT NULL DEFAULT 0 CHECK (paused IN (0, 1))
);

CREATE TABLE revisions (
    campaign TEXT COLLATE "C" NOT NULL REFERENCES campaigns (name) DEFERRABLE INITIALLY DEFERRED,
    number BIGINT NOT NULL CHECK (number > 0),
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    document TEXT COLLATE "C" NOT NULL,
    published_by TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (campaign, number)
);
ALTER TABLE campaigns
    ADD FOREIGN KEY (name, live) REFERENCES revisions (campaign, number) DEFERRABLE INITIALLY DEFERRED;

-- There is one committer, so a prize has one bucket, and it holds the whole stock.
CREATE TABLE stock (
    campaign TEXT COLLATE "C" NOT NULL,
    prize TEXT COLLATE "C" NOT NULL,
    allotted BIGINT NOT NULL CHECK (allotted BETWEEN 0 AND 9007199254740991),
    issued BIGINT NOT NULL DEFAULT 0 CHECK (issued >= 0),
    mark_version BIGINT NOT NULL DEFAULT 0,
    sold_out BIGINT NOT NULL DEFAULT 0 CHECK (sold_out IN (0, 1)),
    PRIMARY KEY (campaign, prize),
    CHECK (issued <= allotted)
);

CREATE TABLE participations (
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    draws BIGINT NOT NULL CHECK (draws >= 0),
    month BIGINT NOT NULL,
    month_count BIGINT NOT NULL CHECK (month_count >= 0),
    day BIGINT NOT NULL,
    day_count BIGINT NOT NULL CHECK (day_count >= 0),
    -- Chances that came in and chances that were used, rather than what is left.
    chances_initial BIGINT CHECK (chances_initial >= 0),
    chances_added BIGINT NOT NULL DEFAULT 0 CHECK (chances_added >= 0),
    chances_used BIGINT NOT NULL DEFAULT 0
        CHECK (chances_used BETWEEN 0 AND coalesce(chances_initial, 0) + chances_added),
    -- Of `chances_used` those that were taken out of lots, or were of none; and when the soonest of the lots lapses.
    chances_settled BIGINT NOT NULL DEFAULT 0 CHECK (chances_settled BETWEEN 0 AND chances_used),
    chances_lapse_at BIGINT,
    PRIMARY KEY (player, campaign)
);

-- Keyed by the position in the feed, so that the widest rows are appended rather than scattered; the same holds for what
-- hangs on a draw. A key is unique together with the draw's place in its series, from 0.
CREATE TABLE draws (
    position BIGINT PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    part BIGINT NOT NULL CHECK (part >= 0),
    request BYTEA NOT NULL CHECK (length(request) = 32),
    ordinal BIGINT NOT NULL CHECK (ordinal > 0),
    revision BIGINT NOT NULL,
    prize TEXT COLLATE "C",
    title TEXT COLLATE "C",
    data TEXT COLLATE "C",
    amount BIGINT,
    receipt BYTEA NOT NULL CHECK (length(receipt) = 32),
    drawn_at BIGINT NOT NULL,
    CHECK ((prize IS NULL) = (title IS NULL) AND (prize IS NULL) = (amount IS NULL)),
    UNIQUE (player, campaign, key, part),
    UNIQUE (player, campaign, ordinal)
);

CREATE TABLE receipts (
    position BIGINT PRIMARY KEY REFERENCES draws (position),
    bytes BYTEA NOT NULL
);

-- Beside the receipts, since erasing a person deletes rows here and leaves those untouched.
CREATE TABLE disclosures (
    position BIGINT PRIMARY KEY REFERENCES draws (position),
    content TEXT COLLATE "C" NOT NULL
);

CREATE TABLE wins (
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    prize TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL CHECK (total > 0),
    day BIGINT NOT NULL,
    day_count BIGINT NOT NULL CHECK (day_count > 0),
    PRIMARY KEY (player, campaign, prize)
);

CREATE TABLE refusals (
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (player, campaign)
);

-- The host's signature under each batch of draws or rebates. The receipts that it covers are those at its positions.
CREATE TABLE seals (
    first BIGINT PRIMARY KEY,
    size BIGINT NOT NULL CHECK (size > 0),
    key BYTEA NOT NULL CHECK (length(key) = 32),
    signature BYTEA NOT NULL CHECK (length(signature) = 64)
);

-- Every key that this database's draws were sealed with, so that the keys can be told without reading all seals.
CREATE TABLE signing_keys (
    key BYTEA PRIMARY KEY CHECK (length(key) = 32),
    since BIGINT NOT NULL
);

-- Epochs end, and the next one is announced before it begins.
CREATE TABLE epochs (
    number BIGINT PRIMARY KEY CHECK (number > 0),
    commitment BYTEA NOT NULL CHECK (length(commitment) = 32),
    sealed BYTEA NOT NULL,
    began_at BIGINT,
    ended_at BIGINT,
    -- Shown once it has ended; never where it was abandoned.
    secret BYTEA CHECK (length(secret) = 32),
    CHECK (secret IS NULL OR began_at IS NOT NULL AND ended_at IS NOT NULL)
);
-- One epoch is current.
CREATE UNIQUE INDEX epochs_current ON epochs ((ended_at IS NULL)) WHERE began_at IS NOT NULL AND ended_at IS NULL;

-- The members of a list are those of its generation, so that a new content can be staged beside the old one and take its
-- place at once. What nothing names any more is garbage, and is deleted little by little.
CREATE TABLE list_generations (
    -- Never used twice: what is left of one must not come back in another.
    generation BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('staging', 'current', 'garbage'))
);
CREATE INDEX list_generations_by_state ON list_generations (state) WHERE state <> 'current';

CREATE TABLE lists (
    name TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL CHECK (version > 0),
    size BIGINT NOT NULL CHECK (size >= 0),
    generation BIGINT NOT NULL UNIQUE REFERENCES list_generations (generation),
    -- Of the content.
    digest BYTEA CHECK (length(digest) = 32)
);

CREATE TABLE list_members (
    generation BIGINT NOT NULL,
    player TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (generation, player)
);

CREATE TABLE modules (
    digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
    name TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    summary TEXT COLLATE "C" NOT NULL,
    kinds TEXT COLLATE "C" NOT NULL,
    config_schema TEXT COLLATE "C",
    size BIGINT NOT NULL,
    uploaded_by TEXT COLLATE "C" NOT NULL,
    uploaded_at BIGINT NOT NULL,
    -- The identity that a rule's name belongs to; the server itself has none.
    owner BYTEA CHECK (length(owner) = 32),
    UNIQUE (name, version)
);

CREATE TABLE components (
    digest BYTEA PRIMARY KEY REFERENCES modules (digest),
    bytes BYTEA NOT NULL
);

-- Failed runs of rules, the latest of each module. They name no player.
CREATE TABLE faults (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    module BYTEA NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    revision BIGINT,
    node TEXT COLLATE "C" NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    facts TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX faults_by_module ON faults (module, id);

CREATE TABLE tokens (
    hash BYTEA PRIMARY KEY CHECK (length(hash) = 32),
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    campaigns TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    -- What belongs to a token outlives its name: a later token of the same name is somebody else, unless it was made to succeed
    -- the one before.
    identity BYTEA CHECK (length(identity) = 32)
);
CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE revoked_at IS NULL;

-- The ledger. Whose an account is, what for, and which of those: see `tombola_domain::ledger::Account`.
CREATE TABLE units (
    name TEXT COLLATE "C" PRIMARY KEY,
    title TEXT COLLATE "C" NOT NULL,
    -- Null is for ever.
    lifetime_days BIGINT CHECK (lifetime_days > 0)
);
-- What a document means that gives points of no named unit.
INSERT INTO units (name, title) VALUES ('points', 'Points');

CREATE TABLE accounts (
    owner TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('player', 'held', 'debt', 'budget', 'prize', 'house')),
    part TEXT COLLATE "C" NOT NULL,
    unit TEXT COLLATE "C" NOT NULL REFERENCES units (name),
    balance BIGINT NOT NULL CHECK (balance BETWEEN -9007199254740991 AND 9007199254740991),
    PRIMARY KEY (owner, kind, part, unit),
    CHECK (CASE WHEN kind = 'debt' OR kind = 'house' AND part IN ('issue', 'loss') THEN balance <= 0 ELSE balance >= 0 END)
);

-- What players have, by when it lapses; 9223372036854775807 is never.
CREATE TABLE lots (
    player TEXT COLLATE "C" NOT NULL,
    unit TEXT COLLATE "C" NOT NULL REFERENCES units (name),
    lapses_at BIGINT NOT NULL,
    "left" BIGINT NOT NULL CHECK ("left" > 0),
    PRIMARY KEY (player, unit, lapses_at)
);
CREATE INDEX lots_by_lapse ON lots (lapses_at) WHERE lapses_at < 9223372036854775807;

-- Append-only; what stands behind one has a business key, which belongs to a player or, where it is empty, to the house.
CREATE TABLE postings (
    number BIGINT PRIMARY KEY,
    player TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request BYTEA NOT NULL CHECK (length(request) = 32),
    why TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    -- What was posted stands in the feed as well.
    position BIGINT,
    UNIQUE (player, key)
);
CREATE UNIQUE INDEX postings_by_position ON postings (position);

CREATE TABLE transfers (
    number BIGINT PRIMARY KEY,
    posting BIGINT NOT NULL REFERENCES postings (number),
    unit TEXT COLLATE "C" NOT NULL REFERENCES units (name),
    from_owner TEXT COLLATE "C" NOT NULL,
    from_kind TEXT COLLATE "C" NOT NULL,
    from_part TEXT COLLATE "C" NOT NULL,
    to_owner TEXT COLLATE "C" NOT NULL,
    to_kind TEXT COLLATE "C" NOT NULL,
    to_part TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    -- What became of the player's lots: [[lapses_at or null, change], …].
    lots TEXT COLLATE "C" NOT NULL
);
CREATE INDEX transfers_by_posting ON transfers (posting);
CREATE INDEX transfers_from_players ON transfers (from_owner, unit, number)
    WHERE from_kind IN ('player', 'held', 'debt');
CREATE INDEX transfers_to_players ON transfers (to_owner, unit, number) WHERE to_kind IN ('player', 'held', 'debt');
CREATE TRIGGER transfers_are_not_changed BEFORE UPDATE ON transfers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_are_not_deleted BEFORE DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Every chance that was added, once for what it stands for. Their sum is `participations.chances_added`.
CREATE TABLE chance_grants (
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    -- Below zero where an order was voided.
    amount BIGINT NOT NULL CHECK (amount <> 0),
    at BIGINT NOT NULL,
    -- When an operator took back what an operator gave. Nothing may have been left of it, so that no row below zero need tell.
    voided_at BIGINT CHECK (voided_at IS NULL OR why = 'operator'),
    -- When what came in lapses; null is never.
    lapses_at BIGINT CHECK (lapses_at IS NULL OR amount > 0),
    PRIMARY KEY (player, campaign, key)
);

-- Chances that lapse. A draw counts no more than that it used one, so that what is used comes out of the lots when something
-- else happens to them: see `tombola_domain::chance::Holding`.
CREATE TABLE chance_lots (
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    lapses_at BIGINT NOT NULL,
    "left" BIGINT NOT NULL CHECK ("left" > 0),
    PRIMARY KEY (player, campaign, lapses_at)
);
CREATE INDEX chance_lots_by_lapse ON chance_lots (lapses_at);

CREATE TABLE orders (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request BYTEA NOT NULL CHECK (length(request) = 32),
    sku TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    -- Whether it took units of a stock.
    stocked BIGINT NOT NULL CHECK (stocked IN (0, 1)),
    chances BIGINT NOT NULL CHECK (chances > 0),
    unit TEXT COLLATE "C" NOT NULL REFERENCES units (name),
    price BIGINT NOT NULL CHECK (price > 0),
    posting BIGINT NOT NULL UNIQUE REFERENCES postings (number),
    ordered_at BIGINT NOT NULL,
    voided_at BIGINT,
    UNIQUE (player, campaign, key)
);
CREATE INDEX orders_by_player ON orders (player, campaign, number);

-- What is set aside of what players have, at a client's request.
CREATE TABLE holds (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    player TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request BYTEA NOT NULL CHECK (length(request) = 32),
    unit TEXT COLLATE "C" NOT NULL REFERENCES units (name),
    amount BIGINT NOT NULL CHECK (amount > 0),
    posting BIGINT NOT NULL UNIQUE REFERENCES postings (number),
    held_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL CHECK (expires_at > held_at),
    state TEXT COLLATE "C" NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'released', 'expired')),
    -- How much was taken of it, once it has ended.
    taken BIGINT CHECK (CASE WHEN state = 'taken' THEN taken BETWEEN 1 AND amount ELSE taken = 0 END),
    ended_at BIGINT,
    CHECK ((state = 'open') = (taken IS NULL) AND (state = 'open') = (ended_at IS NULL)),
    UNIQUE (player, key)
);
CREATE INDEX holds_open_by_player ON holds (player) WHERE state = 'open';
CREATE INDEX holds_open_by_expiry ON holds (expires_at) WHERE state = 'open';

-- Awards that go on from where they were won.
CREATE TABLE awards (
    position BIGINT PRIMARY KEY,
    prize TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    -- How it reaches its player, as documents say it; null where telling of it is all.
    deliver TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'voided', 'to_do', 'in_progress'))
);
-- Of the awards, those that somebody may look for are few.
CREATE INDEX awards_by_state ON awards (state, position) WHERE state <> 'delivered';

-- What happened to an award since it was won. Each change has a position of its own in the feed, as a draw has.
CREATE TABLE award_changes (
    position BIGINT PRIMARY KEY,
    award BIGINT NOT NULL REFERENCES awards (position),
    state TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    -- Null is the host.
    actor TEXT COLLATE "C",
    note TEXT COLLATE "C" NOT NULL
);
CREATE INDEX award_changes_by_award ON award_changes (award, position);

CREATE TABLE stock_changes (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    campaign TEXT COLLATE "C" NOT NULL,
    prize TEXT COLLATE "C" NOT NULL,
    change BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    -- The award whose voiding put a unit back. Where the host did that by itself, the actor is empty.
    award BIGINT REFERENCES awards (position),
    FOREIGN KEY (campaign, prize) REFERENCES stock (campaign, prize)
);
CREATE INDEX stock_changes_by_prize ON stock_changes (campaign, prize, number);

-- Work to be done, in the order in which it is due. While a task is claimed it is due when the claim ends.
CREATE TABLE tasks (
    queue TEXT COLLATE "C" NOT NULL,
    due BIGINT NOT NULL,
    -- The position in the feed of what it is for.
    number BIGINT NOT NULL,
    since BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    fence BIGINT NOT NULL DEFAULT 0 CHECK (fence >= 0),
    owner TEXT COLLATE "C",
    reason TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (queue, due, number)
);
-- A task that was never touched is found where it was put; any other one here.
CREATE INDEX tasks_touched ON tasks (queue, since, number) WHERE due <> since;

-- Tasks that were given up, until an operator has them tried again.
CREATE TABLE dead_letters (
    queue TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    since BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (queue, number)
);

CREATE TABLE destinations (
    name TEXT COLLATE "C" PRIMARY KEY,
    url TEXT COLLATE "C" NOT NULL,
    -- Its secrets, under the host's key.
    sealed BYTEA NOT NULL,
    connect_ms BIGINT NOT NULL CHECK (connect_ms > 0),
    call_ms BIGINT NOT NULL CHECK (call_ms > 0),
    calls BIGINT NOT NULL CHECK (calls > 0),
    version BIGINT NOT NULL CHECK (version > 0),
    changed_at BIGINT NOT NULL
);

-- What players did. The id is the client's, once for each player.
CREATE TABLE events (
    number BIGINT PRIMARY KEY,
    player TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    request BYTEA NOT NULL CHECK (length(request) = 32),
    type TEXT COLLATE "C" NOT NULL,
    referrer TEXT COLLATE "C",
    -- JSON: what the event says of itself.
    attributes TEXT COLLATE "C" NOT NULL,
    occurred_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    -- An event that reverses another one of its player's, or a part of it.
    reverses BIGINT REFERENCES events (number),
    part BIGINT CHECK (part IS NULL OR part > 0 AND reverses IS NOT NULL),
    part_of BIGINT CHECK (part_of >= part),
    UNIQUE (player, id)
);
-- Erasing a referrer's values finds the events that name them.
CREATE INDEX events_by_referrer ON events (referrer) WHERE referrer IS NOT NULL;

-- The campaigns that an event goes to and that have given nothing for it: those where it waits to be decided, and those that
-- refused it.
CREATE TABLE event_campaigns (
    event BIGINT NOT NULL REFERENCES events (number),
    campaign TEXT COLLATE "C" NOT NULL,
    -- When a waiting one is looked at next.
    due BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Of a refusal.
    code TEXT COLLATE "C",
    message TEXT COLLATE "C",
    PRIMARY KEY (event, campaign),
    CHECK ((due IS NULL) = (code IS NOT NULL) AND (code IS NULL) = (message IS NULL))
);
CREATE INDEX event_campaigns_by_due ON event_campaigns (campaign, due) WHERE due IS NOT NULL;

-- What one campaign gave for one event, with its receipt. The position is in the feed.
CREATE TABLE rebates (
    position BIGINT PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    event BIGINT NOT NULL REFERENCES events (number),
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL CHECK (ordinal > 0),
    revision BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    receipt BYTEA NOT NULL CHECK (length(receipt) = 32),
    bytes BYTEA NOT NULL,
    -- JSON: the values behind the receipt's commitments; null once they were erased.
    disclosure TEXT COLLATE "C",
    -- JSON: what is handed over to the referrer besides points and chances; null where nothing is.
    referrals TEXT COLLATE "C",
    -- How much of its event was reversed so far, and of how much; the reversing events say both.
    reversed BIGINT NOT NULL DEFAULT 0 CHECK (reversed >= 0),
    reversed_of BIGINT CHECK (reversed <= reversed_of),
    UNIQUE (event, campaign),
    UNIQUE (player, campaign, ordinal)
);

-- What a reversing event took back where.
CREATE TABLE reversals (
    event BIGINT NOT NULL REFERENCES events (number),
    campaign TEXT COLLATE "C" NOT NULL,
    -- Of the whole that the rebate's row names; 0 where the reversed event waited, and so had earned nothing.
    amount BIGINT NOT NULL CHECK (amount >= 0),
    -- JSON: of the player's, the points by unit (taken in all, owed, lost), chances, and the awards that were voided.
    taken TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (event, campaign)
);

-- A player's events of one type that rules of a campaign ran for.
CREATE TABLE tallies (
    player TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL CHECK (total > 0),
    day BIGINT NOT NULL,
    day_count BIGINT NOT NULL,
    streak_days BIGINT NOT NULL,
    PRIMARY KEY (player, campaign, type)
);

-- Prizes among what was given for events: what an award of a draw has its draw for.
CREATE TABLE rebate_awards (
    position BIGINT PRIMARY KEY REFERENCES awards (position),
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    rebate BIGINT NOT NULL REFERENCES rebates (position),
    -- The reward's among the rebate's, from 0.
    place BIGINT NOT NULL CHECK (place >= 0),
    campaign TEXT COLLATE "C" NOT NULL,
    player TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    data TEXT COLLATE "C",
    won_at BIGINT NOT NULL
);
CREATE INDEX rebate_awards_by_rebate ON rebate_awards (rebate);
-- What a player won by events, where a draw has its player in itself.
CREATE INDEX rebate_awards_by_player ON rebate_awards (player, campaign);

-- Every award with what its draw or its rebate knows of it.
CREATE VIEW award_details AS
SELECT a.*, coalesce(d.id || '-1', r.id) AS id, d.id AS draw, b.id AS rebate, coalesce(d.campaign, r.campaign) AS campaign,
       coalesce(d.player, r.player) AS player, coalesce(d.title, r.title) AS title, coalesce(d.data, r.data) AS data,
       coalesce(d.drawn_at, r.won_at) AS won_at
FROM awards a LEFT JOIN draws d USING (position)
LEFT JOIN rebate_awards r USING (position) LEFT JOIN rebates b ON b.position = r.rebate;

-- Coupon codes. A pool is the stock of every prize that names it, and is never deleted.
CREATE TABLE code_pools (
    -- The number of its bucket in receipts: those of stock have 0.
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY CHECK (number BETWEEN 1 AND 4294967295),
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    low_water BIGINT NOT NULL CHECK (low_water >= 0),
    -- Codes of its current loads that no award has; those among them that have expired are taken out little by little.
    free BIGINT NOT NULL DEFAULT 0 CHECK (free >= 0),
    given BIGINT NOT NULL DEFAULT 0 CHECK (given >= 0),
    expired BIGINT NOT NULL DEFAULT 0 CHECK (expired >= 0),
    withdrawn BIGINT NOT NULL DEFAULT 0 CHECK (withdrawn >= 0),
    mark_version BIGINT NOT NULL DEFAULT 0,
    sold_out BIGINT NOT NULL DEFAULT 0 CHECK (sold_out IN (0, 1))
);

-- Codes that came together. Those of a load that is staging are nobody's yet, and those of one that is garbage are nobody's any
-- more, unless an award has them: so a million come into a pool, or leave it, by one row.
CREATE TABLE code_loads (
    -- Never used twice: what is left of one must not come back in another.
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    pool BIGINT NOT NULL REFERENCES code_pools (number),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('staging', 'current', 'garbage')),
    free BIGINT NOT NULL DEFAULT 0 CHECK (free >= 0)
);
CREATE INDEX code_loads_free ON code_loads (pool) WHERE state = 'current' AND free > 0;
CREATE INDEX code_loads_by_state ON code_loads (state) WHERE state <> 'current';

CREATE TABLE codes (
    -- In the order in which they were loaded.
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    pool BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    load BIGINT NOT NULL,
    -- The largest integer is never, so that what expires soonest comes first.
    expires_at BIGINT NOT NULL DEFAULT 9223372036854775807,
    -- Null while nobody has it.
    award BIGINT REFERENCES awards (position),
    UNIQUE (pool, code)
);
-- Of each load the next ones to be given, which are appended to and taken from at the ends. The number settles ties, as SQLite's
-- indices do by themselves.
CREATE INDEX codes_free ON codes (load, expires_at, number) WHERE award IS NULL;
CREATE UNIQUE INDEX codes_by_award ON codes (award) WHERE award IS NOT NULL;

-- What was found to differ from what it should be the same as.
CREATE TABLE differences (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    -- What was compared, of what, and whose; empty where it is nobody's.
    comparison TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    player TEXT COLLATE "C" NOT NULL,
    found BIGINT NOT NULL,
    expected BIGINT NOT NULL,
    -- JSON: what both sides say.
    evidence TEXT COLLATE "C" NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    repaired_at BIGINT,
    -- When a pass no longer found it.
    gone_at BIGINT
);
-- What is found again is the same, until it was gone.
CREATE UNIQUE INDEX differences_by_subject ON differences (comparison, subject, player) WHERE gone_at IS NULL;
CREATE INDEX differences_open ON differences (number) WHERE repaired_at IS NULL AND gone_at IS NULL;

-- What operators set for all hosts. Each host reads all of it every second: there are a handful of switches, and a row for each
-- that was ever set.
CREATE TABLE switches (
    switch TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    setting TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    set_at BIGINT NOT NULL
);

-- What lapsed of a player's lots, and was taken back of that: looked up where something is taken back.
CREATE INDEX transfers_lapsed ON transfers (from_owner, unit) WHERE to_kind = 'house' AND to_part = 'lapsed';
CREATE INDEX transfers_of_lapsed ON transfers (to_owner, unit) WHERE from_kind = 'house' AND from_part = 'lapsed';

-- The events that reverse one, for what compares what they took back.
CREATE INDEX events_reversing ON events (reverses) WHERE reverses IS NOT NULL;

-- A player's holds in the order in which they were placed.
CREATE INDEX holds_by_player ON holds (player, number);
