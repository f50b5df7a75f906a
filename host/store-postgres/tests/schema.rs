//! The tables of this store are those of the embedded one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, SqliteConnection};
use tombola_servers::Database;
use tombola_store_postgres::Settings;

/// What is only here, and why.
const ONLY_HERE: &[&str] = &[
    // A connection to a file can't be lost.
    "committer: column write bigint not null",
    // A file says in its header whether it is a copy.
    "committer: column origin text",
    // A file is served by one host.
    "hosts: column number bigint not null",
    "hosts: column name text not null",
    "hosts: column state text not null",
    "hosts: column write bigint not null",
    "hosts: key number",
    "hosts: checks 1",
    "pulses: column host bigint not null",
    "pulses: column beat bigint not null",
    "pulses: column seen_at bigint not null",
    "pulses: column activation bigint not null",
    "pulses: key host",
    "pulses: reference host -> hosts",
    "pulses: checks 0",
    "list_generations: column host bigint",
    "preparations: column number bigint not null",
    "preparations: column host bigint not null",
    "preparations: column campaign text not null",
    "preparations: column document text not null",
    "preparations: column digest bytea not null",
    "preparations: key number",
    "preparations: checks 1",
    "prepared: column preparation bigint not null",
    "prepared: column host bigint not null",
    "prepared: key preparation,host",
    "prepared: reference preparation -> preparations",
    "prepared: checks 0",
    "code_loads: column host bigint",
    // SQLite's indices end with the row's own number by themselves.
    "codes: index load,expires_at,number where",
];
/// What stands in the embedded store instead.
const ONLY_THERE: &[&str] = &[
    "codes: index load,expires_at where",
    // Whoever drops a partition would lock the draws that its rows refer to.
    "receipts: reference position -> draws",
    "disclosures: reference position -> draws",
];

/// Keys by which rows could not be spread over several servers by their player or campaign, and why none of them has to be.
const KEYS_OF_THE_HOUSE: &[(&str, &[&str])] = &[
    (
        "one committer gives the positions of the feed, one after the other; what hangs on a row of it goes where that is",
        &[
            "award_changes: key position",
            "award_changes: reference award -> awards",
            "awards: key position",
            "disclosures: key position",
            "draws: key position",
            "postings: unique position",
            "rebate_awards: key position",
            "rebate_awards: reference position -> awards",
            "rebate_awards: reference rebate -> rebates",
            "rebates: key position",
            "receipts: key position",
            "seals: key first",
        ],
    ),
    (
        "numbers that the committer, or the database, gives one after the other",
        &[
            "differences: key number",
            "event_campaigns: key event,campaign",
            "event_campaigns: reference event -> events",
            "events: key number",
            "events: reference reverses -> events",
            "holds: key number",
            "holds: reference posting -> postings",
            "holds: unique posting",
            "operations: key number",
            "orders: key number",
            "orders: reference posting -> postings",
            "orders: unique posting",
            "postings: key number",
            "rebates: reference event -> events",
            "rebates: unique event,campaign",
            "reversals: key event,campaign",
            "reversals: reference event -> events",
            "stock_changes: key number",
            "stock_changes: reference award -> awards",
            "transfers: key number",
            "transfers: reference posting -> postings",
        ],
    ),
    (
        "ids carry a hash of their player",
        &[
            "draws: unique id",
            "holds: unique id",
            "orders: unique id",
            "rebate_awards: unique id",
            "rebates: unique id",
        ],
    ),
    ("the owner of an account of a player's is the player", &["accounts: key owner,kind,part,unit"]),
    ("the campaign itself", &["campaigns: key name", "campaigns: reference name,live -> revisions"]),
    (
        "the house's own, few and read by every host",
        &[
            "accounts: reference unit -> units",
            "committer: key id",
            "components: key digest",
            "components: reference digest -> modules",
            "dead_letters: key queue,number",
            "destinations: key name",
            "differences: unique comparison,subject,player where",
            "epochs: key number",
            "epochs: unique ? where",
            "faults: key id",
            "hosts: key number",
            "holds: reference unit -> units",
            "lots: reference unit -> units",
            "modules: key digest",
            "modules: unique name,version",
            "operations: unique actor,key where",
            "orders: reference unit -> units",
            "preparations: key number",
            "prepared: key preparation,host",
            "prepared: reference preparation -> preparations",
            "pulses: key host",
            "pulses: reference host -> hosts",
            "signing_keys: key key",
            "switches: key switch",
            "tasks: key queue,due,number",
            "tokens: key hash",
            "tokens: unique name where",
            "transfers: reference unit -> units",
            "units: key name",
        ],
    ),
    (
        "what a list or a pool holds comes and goes as one",
        &[
            "code_loads: key number",
            "code_loads: reference pool -> code_pools",
            "code_pools: key number",
            "code_pools: unique name",
            "codes: key number",
            "codes: reference award -> awards",
            "codes: unique award where",
            "codes: unique pool,code",
            "list_generations: key generation",
            "list_members: key generation,player",
            "lists: key name",
            "lists: reference generation -> list_generations",
            "lists: unique generation",
        ],
    ),
];

type Facts = BTreeSet<String>;

async fn in_postgres() -> (Database, PgConnection) {
    let database = Database::empty().await;
    tombola_store_postgres::migrate(&Settings::new(&database.url()).unwrap()).await.unwrap();
    let options: PgConnectOptions = database.url().parse().unwrap();
    let connection = options.options([("search_path", "tombola")]).connect().await.unwrap();
    (database, connection)
}

/// One line each: columns, keys, indices, references, and how many checks and rows there are.
async fn facts_of_postgres(connection: &mut PgConnection) -> Facts {
    let facts: Vec<String> = sqlx::query_scalar(
        "
        WITH tables AS (
            SELECT oid, relname FROM pg_class
            WHERE relnamespace = 'tombola'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
                  AND relname <> '_sqlx_migrations'
        ),
        names AS (SELECT attrelid, attnum, attname::text AS name FROM pg_attribute),
        indices AS (
            SELECT i.indrelid, i.indisprimary, i.indisunique, i.indpred IS NOT NULL AS is_partial, (
                SELECT string_agg(coalesce(n.name, '?'), ',' ORDER BY k.place)
                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
                LEFT JOIN names n ON n.attrelid = i.indrelid AND n.attnum = k.attnum
            ) AS columns
            FROM pg_index i
        )
        SELECT relname || ': column ' || attname || ' ' || format_type(atttypid, NULL) || CASE WHEN attnotnull THEN ' not null' ELSE '' END
        FROM tables JOIN pg_attribute ON attrelid = oid WHERE attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT relname || ': ' || CASE WHEN indisprimary THEN 'key' WHEN indisunique THEN 'unique' ELSE 'index' END || ' ' || columns
               || CASE WHEN is_partial THEN ' where' ELSE '' END
        FROM tables JOIN indices ON indrelid = oid
        UNION ALL
        SELECT t.relname || ': reference ' || (
                   SELECT string_agg(n.name, ',' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
                   JOIN names n ON n.attrelid = c.conrelid AND n.attnum = k.attnum
               ) || ' -> ' || c.confrelid::regclass::text
        FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid WHERE c.contype = 'f'
        UNION ALL
        SELECT t.relname || ': checks ' || (SELECT count(*) FROM pg_constraint WHERE conrelid = t.oid AND contype = 'c') FROM tables t
        UNION ALL
        SELECT t.relname || ': trigger ' || tgname FROM tables t JOIN pg_trigger ON tgrelid = t.oid WHERE NOT tgisinternal
        UNION ALL
        SELECT relname || ': view' FROM pg_class WHERE relnamespace = 'tombola'::regnamespace AND relkind = 'v'
        ",
    )
    .fetch_all(connection)
    .await
    .unwrap();
    facts.into_iter().collect()
}

async fn facts_of_sqlite(connection: &mut SqliteConnection) -> Facts {
    let facts: Vec<String> = sqlx::query_scalar(
        r#"
        WITH tables AS (
            SELECT name AS relname, sql FROM sqlite_schema
            WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> '_sqlx_migrations'
        )
        SELECT relname || ': column ' || c.name || ' ' || CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE lower(c.type) END
               || CASE WHEN c."notnull" OR c.pk > 0 THEN ' not null' ELSE '' END
        FROM tables, pragma_table_info(relname) c
        UNION ALL
        SELECT relname || ': key ' || (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_table_info(relname) WHERE pk > 0 ORDER BY pk))
        FROM tables
        UNION ALL
        SELECT relname || ': ' || CASE WHEN i."unique" THEN 'unique' ELSE 'index' END || ' '
               || (SELECT group_concat(coalesce(name, '?'), ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
               || CASE WHEN i.partial THEN ' where' ELSE '' END
        FROM tables, pragma_index_list(relname) i WHERE i.origin <> 'pk'
        UNION ALL
        SELECT relname || ': reference ' || group_concat("from", ',') || ' -> ' || "table"
        FROM (SELECT relname, f.* FROM tables, pragma_foreign_key_list(relname) f ORDER BY f.seq) GROUP BY relname, id
        UNION ALL
        SELECT relname || ': checks ' || ((length(sql) - length(replace(sql, 'CHECK (', ''))) / length('CHECK (')) FROM tables
        UNION ALL
        SELECT tbl_name || ': trigger ' || name FROM sqlite_schema WHERE type = 'trigger'
        UNION ALL
        SELECT name || ': view' FROM sqlite_schema WHERE type = 'view'
        "#,
    )
    .fetch_all(connection)
    .await
    .unwrap();
    facts.into_iter().collect()
}

#[tokio::test]
async fn the_tables_are_those_of_the_embedded_store() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    tombola_store_sqlite::open(tombola_store_sqlite::Settings::new(&path)).await.unwrap().close().await;
    let mut sqlite = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let mut embedded = facts_of_sqlite(&mut sqlite).await;
    let (_database, mut connection) = in_postgres().await;
    let mut here = facts_of_postgres(&mut connection).await;
    for (facts, only) in [(&mut here, ONLY_HERE), (&mut embedded, ONLY_THERE)] {
        for fact in only {
            assert!(facts.remove(*fact), "{fact} is no difference any more");
        }
    }
    let missing: Vec<_> = embedded.difference(&here).collect();
    let unknown: Vec<_> = here.difference(&embedded).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "only in SQLite: {missing:#?}\nonly in Postgres: {unknown:#?}");
    for (table, _) in here.iter().filter_map(|fact| fact.split_once(": checks ")) {
        let count = || AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let there: i64 = sqlx::query_scalar(count()).fetch_one(&mut sqlite).await.unwrap();
        let here: i64 = sqlx::query_scalar(count()).fetch_one(&mut connection).await.unwrap();
        assert_eq!(there, here, "rows of {table}");
    }
}

#[tokio::test]
async fn keys_begin_with_the_player_or_the_campaign() {
    let (_database, mut connection) = in_postgres().await;
    let facts = facts_of_postgres(&mut connection).await;
    let listed = || KEYS_OF_THE_HOUSE.iter().flat_map(|(_, keys)| keys.iter().copied());
    let is_key = |fact: &str| [": key ", ": unique ", ": reference "].iter().any(|kind| fact.contains(kind));
    let is_spread = |fact: &str| {
        let columns = fact.splitn(3, ' ').nth(2).unwrap_or_default();
        ["player", "campaign"].iter().any(|column| columns.split([',', ' ']).next() == Some(*column))
    };
    let of_the_house: BTreeSet<_> =
        facts.iter().map(String::as_str).filter(|fact| is_key(fact) && !is_spread(fact)).collect();
    let missing: Vec<_> = of_the_house.iter().filter(|fact| !listed().any(|key| key == **fact)).collect();
    let needless: Vec<_> = listed().filter(|key| !of_the_house.contains(key)).collect();
    assert!(
        missing.is_empty() && needless.is_empty(),
        "unexplained: {missing:#?}\nexplained for nothing: {needless:#?}"
    );
}

#[tokio::test]
async fn text_is_ordered_by_its_bytes() {
    let (_database, mut connection) = in_postgres().await;
    let others: Vec<String> = sqlx::query_scalar(
        r#"SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
           WHERE relnamespace = 'tombola'::regnamespace AND relkind = 'r' AND relname <> '_sqlx_migrations'
                 AND attcollation NOT IN (0, '"C"'::regcollation)"#,
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(others, [] as [String; 0]);
    let first: String = sqlx::query_scalar("SELECT min(n COLLATE \"default\") FROM (VALUES ('B'), ('a')) v (n)")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(first, "a", "the test's own database orders otherwise, or the test would prove nothing");
}

#[tokio::test]
async fn elements_of_arrays_are_found_as_in_the_embedded_store() {
    let (_database, mut connection) = in_postgres().await;
    let elements: Vec<(i64, Option<String>)> =
        sqlx::query_as("SELECT q.key, q.value ->> 'name' FROM json_each($1) q ORDER BY q.key")
            .bind(r#"[{"name": "alice"}, {"name": null}, {}]"#)
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(elements, [(0, Some("alice".to_owned())), (1, None), (2, None)]);
    let none: i64 = sqlx::query_scalar("SELECT count(*) FROM json_each($1) q")
        .bind(None::<String>)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(none, 0);
}

#[tokio::test]
async fn what_is_append_only_stays() {
    let (_database, mut connection) = in_postgres().await;
    let write = "INSERT INTO operations (actor, request, what, subject, result, at)
                 VALUES ('alice', sha256(''), 'publish', 'spring', '{}', 0)";
    sqlx::query(write).execute(&mut connection).await.unwrap();
    for change in ["UPDATE operations SET actor = 'bob'", "DELETE FROM operations"] {
        let refused = sqlx::query(change).execute(&mut connection).await.unwrap_err();
        assert!(refused.to_string().contains("operations are append-only"), "{refused}");
    }
}
