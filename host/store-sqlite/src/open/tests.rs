use std::os::unix::fs::PermissionsExt;

use sqlx::migrate::Migrate;
use tempfile::TempDir;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::list_digest::ListDigest;
use tombola_store::audit::{Audit, Query};
use tombola_store::lists::{ListState, Lists};
use tombola_store::modules::Modules;
use tombola_store::reconciliation::{Comparison, Cursor, Reconciliation};

use super::migrations::{MIGRATIONS, back_up, run_first, version};
use super::*;

#[tokio::test]
async fn the_copy_before_a_migration_is_whole_and_replaces_no_older_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    let mut opened = open(&Settings::new(&path)).await.unwrap();
    for (expected, name) in [(2, ".version-1.backup"), (3, ".version-1.backup-2"), (4, ".version-1.backup-3")] {
        take_over(&mut opened.writer).await.unwrap();
        // As a copy that was interrupted leaves it.
        std::fs::write(beside(&path, ".version-1.partial"), "half").unwrap();
        back_up(&path, 1, &mut opened.writer).await.unwrap();
        let copy = SqliteConnectOptions::new().filename(beside(&path, name));
        let mut copy = connect(&copy).await.unwrap();
        assert_eq!(pragma(&mut copy, "SELECT fence FROM committer").await.unwrap(), expected);
        assert_eq!(pragma(&mut copy, "PRAGMA application_id").await.unwrap(), COPY);
        assert_eq!(pragma(&mut copy, "PRAGMA user_version").await.unwrap(), version());
        copy.close().await.unwrap();
        assert_eq!(std::fs::metadata(beside(&path, name)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!beside(&path, ".version-1.partial").exists());
}

#[tokio::test]
async fn a_migration_that_fails_at_each_start_makes_one_copy_of_what_is_there() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    run_first(&path).await;
    let mut older = connect(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let in_the_way = format!("CREATE TABLE faults (x); PRAGMA application_id = {ORIGINAL}; PRAGMA user_version = 1;");
    sqlx::raw_sql(sqlx::AssertSqlSafe(in_the_way)).execute(&mut older).await.unwrap();
    let settings = Settings::new(&path);
    let is_there = |ending: &str| beside(&path, &format!(".version-1.{ending}")).exists();
    for _ in 0..3 {
        assert!(matches!(open(&settings).await, Err(OpenError::Migration { .. })));
    }
    assert!(is_there("backup") && !is_there("backup-2") && is_there("unfinished"));
    // Somebody went on with the program before.
    sqlx::raw_sql("UPDATE committer SET position = position + 1").execute(&mut older).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(open(&settings).await, Err(OpenError::Migration { .. })));
    }
    assert!(is_there("backup-2") && !is_there("backup-3"));
    take_over(&mut older).await.unwrap();
    assert!(open(&settings).await.is_err());
    assert!(is_there("backup-3") && !is_there("backup-4"));
    sqlx::raw_sql("DROP TABLE faults; UPDATE committer SET position = 0").execute(&mut older).await.unwrap();
    older.close().await.unwrap();
    open(&settings).await.unwrap();
    assert!(is_there("backup-4") && !is_there("unfinished"));
}

#[tokio::test]
async fn a_crash_between_the_migrations_and_their_number_is_made_good() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    let mut opened = open(&Settings::new(&path)).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 0").execute(&mut opened.writer).await.unwrap();
    drop(opened);
    let mut opened = open(&Settings::new(&path)).await.unwrap();
    assert_eq!(pragma(&mut opened.writer, "PRAGMA user_version").await.unwrap(), version());
    assert_eq!(opened.fence, 2);
}

/// Draws with all that hangs on them, as hosts wrote them when a key made one draw.
const DRAWS_OF_ONE_KEY_EACH: &str = "
    INSERT INTO draws (position, id, player, campaign, key, request, ordinal, revision, prize, title, amount, receipt, drawn_at)
    VALUES (1, 'one', 'alice', 'spring', 'k', zeroblob(32), 1, 1, 'phone', 'Phone', 1, zeroblob(32), 0),
           (2, 'two', 'alice', 'spring', 'l', zeroblob(32), 2, 1, NULL, NULL, NULL, zeroblob(32), 0);
    INSERT INTO receipts (position, bytes) VALUES (1, x'01'), (2, x'02');
    INSERT INTO disclosures (position, content) VALUES (1, '{}');
    INSERT INTO awards (position, prize, amount, state) VALUES (1, 'phone', 1, 'pending');
    UPDATE committer SET position = 2;";

/// Awards of points, as hosts wrote them when nothing was delivered yet.
const UNDELIVERED: &str = "
    INSERT INTO draws (position, id, player, campaign, key, request, ordinal, revision, prize, title, amount, receipt, drawn_at)
    VALUES (3, 'three', 'bob', 'spring', 'k', zeroblob(32), 1, 1, 'points', 'Points', 5, zeroblob(32), 70),
           (4, 'four', 'bob', 'spring', 'l', zeroblob(32), 2, 1, 'points', 'Points', 5, zeroblob(32), 60);
    INSERT INTO awards (position, prize, amount, deliver, state)
    VALUES (3, 'points', 5, '{\"points\":1}', 'pending'), (4, 'points', 5, '{\"points\":1}', 'pending');
    UPDATE committer SET position = 4;";

#[tokio::test]
async fn draws_of_one_key_each_become_series_of_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    let settings = Settings::new(&path);
    let mut older = connect(&connections(&settings).1.create_if_missing(true)).await.unwrap();
    older.ensure_migrations_table("_sqlx_migrations").await.unwrap();
    for migration in MIGRATIONS.iter().filter(|migration| migration.version < 9) {
        older.apply("_sqlx_migrations", migration).await.unwrap();
    }
    sqlx::raw_sql(DRAWS_OF_ONE_KEY_EACH).execute(&mut older).await.unwrap();
    sqlx::raw_sql(UNDELIVERED).execute(&mut older).await.unwrap();
    let marks = format!("PRAGMA application_id = {ORIGINAL}; PRAGMA user_version = 8");
    sqlx::raw_sql(sqlx::AssertSqlSafe(marks)).execute(&mut older).await.unwrap();
    older.close().await.unwrap();

    let mut opened = open(&settings).await.unwrap();
    for (question, expected) in [
        (
            "SELECT count(*) FROM draws JOIN receipts USING (position) WHERE part = 0 AND bytes = unhex('0' || position)",
            2,
        ),
        ("SELECT count(*) FROM draws JOIN awards USING (position) WHERE draws.prize = awards.prize", 3),
        ("SELECT count(*) FROM awards WHERE state = 'delivered' AND position = 1", 1),
        ("SELECT count(*) FROM awards WHERE state = 'pending'", 2),
        ("SELECT count(*) FROM tasks JOIN draws ON position = number AND due = drawn_at AND since = drawn_at", 2),
        ("SELECT number FROM tasks WHERE queue = 'points' ORDER BY due LIMIT 1", 4),
        ("SELECT count(*) FROM sqlite_schema WHERE name = 'awards_before'", 0),
        ("SELECT count(*) FROM disclosures JOIN draws USING (position) WHERE ordinal = 1", 1),
        ("SELECT count(*) FROM pragma_foreign_key_check", 0),
        ("SELECT count(*) FROM sqlite_schema WHERE name = 'draws_before'", 0),
        ("PRAGMA foreign_keys", 1),
    ] {
        assert_eq!(pragma(&mut opened.writer, question).await.unwrap(), expected, "{question}");
    }
    let again = "INSERT INTO draws SELECT 9, 'nine', player, campaign, key, part, request, 3, revision, prize, title, data, \
                 amount, receipt, drawn_at FROM draws WHERE position = 1";
    assert!(sqlx::raw_sql(again).execute(&mut opened.writer).await.is_err(), "a key and a part are for one draw");
    let orphan = "DELETE FROM draws WHERE position = 1";
    assert!(sqlx::raw_sql(orphan).execute(&mut opened.writer).await.is_err(), "receipts hang on draws");
}

#[tokio::test]
async fn what_older_programs_wrote_is_brought_up_to_date() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    run_first(&path).await;
    let mut older = connect(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let digest = format!("x'{}'", "07".repeat(32));
    let rows = format!(
        "INSERT INTO tokens (hash, name, role, campaigns, created_at, revoked_at) VALUES
            ({digest}, 'ci', 'publisher', '[]', 5, 20), (x'{}', 'ci', 'publisher', '[]', 30, NULL);
         INSERT INTO modules (digest, name, version, summary, kinds, size, uploaded_by, uploaded_at) VALUES
            ({digest}, 'mine', '1.0.0', '', '[]', 1, 'ci', 10), (x'{}', 'unlock', '1.0.0', '', '[]', 1, 'tombola', 10);
         INSERT INTO operations (actor, request, what, subject, result, at) VALUES
            ('ci', {digest}, 'publish', 'spring', '{{}}', 10), ('ci', {digest}, 'adjust_stock', 'spring/phone', '{{}}', 10),
            ('ci', {digest}, 'change_list', 'vip', '{{}}', 10);
         INSERT INTO lists (name, version, size) VALUES ('vip', 3, 2), ('none', 1, 0);
         INSERT INTO list_members (player, list) VALUES ('alice', 'vip'), ('bob', 'vip');
         PRAGMA application_id = {ORIGINAL}; PRAGMA user_version = 1;",
        "08".repeat(32),
        "09".repeat(32),
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(&mut older).await.unwrap();
    older.close().await.unwrap();

    let store = crate::open(Settings::new(&path)).await.unwrap();
    let of = |names: &[&str]| -> ListDigest { names.iter().map(|name| ListDigest::of(&name.parse().unwrap())).sum() };
    let state = |version, names: &[&str]| ListState { version, size: names.len() as u64, digest: of(names).digest() };
    let list = async |name: &str| store.list(&name.parse().unwrap()).await.unwrap();
    assert_eq!(list("vip").await, Some(state(3, &["bob", "alice"])));
    assert_eq!(list("none").await, Some(state(1, &[])));
    let owner = async |name: &str| {
        let digest = store.versions(name).await.unwrap()[0].digest;
        store.module(&digest).await.unwrap().unwrap().owner
    };
    assert_eq!(owner("mine").await, Some(Digest::from_bytes([7; 32])), "of the token that had the name then");
    assert_eq!(owner("unlock").await, None);
    let entries = store.audit(&Query::default(), 9).await.unwrap();
    let campaigns: Vec<_> = entries.iter().map(|entry| entry.campaign.as_ref().map(CampaignId::as_str)).collect();
    assert_eq!(campaigns, [None, Some("spring"), Some("spring")]);
    assert!(beside(&path, ".version-1.backup").exists());
}

#[tokio::test]
async fn what_an_earlier_process_left_in_the_log_is_carried_over() {
    let [before, after] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let path = |folder: &TempDir| folder.path().join("tombola.db");
    let mut opened = open(&Settings::new(path(&before))).await.unwrap();
    sqlx::query("UPDATE committer SET position = 7").execute(&mut opened.writer).await.unwrap();
    for ending in ["", "-wal"] {
        std::fs::copy(beside(&path(&before), ending), beside(&path(&after), ending)).unwrap();
    }
    let _opened = open(&Settings::new(path(&after))).await.unwrap();
    // The file alone, without its log.
    let copy = after.path().join("copy.db");
    std::fs::copy(path(&after), &copy).unwrap();
    let mut copy = connect(&SqliteConnectOptions::new().filename(copy)).await.unwrap();
    assert_eq!(pragma(&mut copy, "SELECT position FROM committer").await.unwrap(), 7);
}

/// Revisions of a campaign, of which the first counts chances; and draws by when it was forgotten how many were used.
const BEFORE_USED_WERE_COUNTED: &str = r#"
    BEGIN;
    INSERT INTO campaigns (name, live) VALUES ('spring', 2);
    INSERT INTO revisions (campaign, number, digest, document, published_by, published_at) VALUES
        ('spring', 1, zeroblob(32), '{"document": {"chances": {"granted": 9}}}', '', 0), ('spring', 2, zeroblob(32), '{"document": {}}', '', 0);
    INSERT INTO draws (position, id, player, campaign, key, part, request, ordinal, revision, receipt, drawn_at)
    SELECT q.value ->> 0, 'early-' || (q.value ->> 0), q.value ->> 1, 'spring', q.value ->> 0, 0, zeroblob(32), q.value ->> 2, q.value ->> 3,
           zeroblob(32), 5
    FROM json_each('[[1, "alice", 1, 1], [2, "alice", 2, 1], [3, "alice", 3, 1], [4, "alice", 4, 2], [5, "bob", 1, 2], [6, "carol", 1, 1]]') q;
    INSERT INTO participations (player, campaign, version, draws, month, month_count, day, day_count, chances) VALUES
        ('alice', 'spring', 4, 4, 0, 4, 0, 4, 6), ('bob', 'spring', 1, 1, 0, 1, 0, 1, NULL), ('carol', 'spring', 1, 1, 0, 1, 0, 1, 8);
    UPDATE committer SET position = 6;
    COMMIT;"#;

/// Draws since: `alice`'s and `dave`'s were counted, one of `carol`'s and `erin`'s was not.
const SINCE: &str = r#"
    INSERT INTO draws (position, id, player, campaign, key, part, request, ordinal, revision, receipt, drawn_at)
    SELECT q.value ->> 0, 'late-' || (q.value ->> 0), q.value ->> 1, 'spring', q.value ->> 0, 0, zeroblob(32), q.value ->> 2, 1,
           zeroblob(32), 4102444800000
    FROM json_each('[[7, "alice", 5], [8, "alice", 6], [9, "carol", 2], [10, "dave", 1], [11, "erin", 1], [12, "erin", 2]]') q;
    UPDATE participations SET draws = draws + 2, chances_used = 2 WHERE player = 'alice';
    UPDATE participations SET draws = draws + 1 WHERE player = 'carol';
    INSERT INTO participations (player, campaign, version, draws, month, month_count, day, day_count, chances_initial, chances_used) VALUES
        ('dave', 'spring', 1, 1, 0, 1, 0, 1, 9, 1), ('erin', 'spring', 1, 2, 0, 2, 0, 2, 9, 1);
    UPDATE committer SET position = 12;"#;

#[tokio::test]
async fn chances_that_were_used_long_ago_are_counted_again() {
    let folder = TempDir::new().unwrap();
    let settings = Settings::new(folder.path().join("tombola.db"));
    let mut older = connect(&connections(&settings).1.create_if_missing(true)).await.unwrap();
    older.ensure_migrations_table("_sqlx_migrations").await.unwrap();
    for (versions, rows) in [(1..10, BEFORE_USED_WERE_COUNTED), (10..17, SINCE)] {
        for migration in MIGRATIONS.iter().filter(|migration| versions.contains(&migration.version)) {
            older.apply("_sqlx_migrations", migration).await.unwrap();
        }
        sqlx::raw_sql(rows).execute(&mut older).await.unwrap();
    }
    let marks = format!("PRAGMA application_id = {ORIGINAL}; PRAGMA user_version = 16");
    sqlx::raw_sql(sqlx::AssertSqlSafe(marks)).execute(&mut older).await.unwrap();
    older.close().await.unwrap();

    let mut opened = open(&settings).await.unwrap();
    let counts: Vec<(String, Option<i64>, i64)> =
        sqlx::query_as("SELECT player, chances_initial, chances_used FROM participations ORDER BY player")
            .fetch_all(&mut opened.writer)
            .await
            .unwrap();
    let counts: Vec<_> = counts.iter().map(|(player, initial, used)| (player.as_str(), *initial, *used)).collect();
    let untouched = [("bob", None, 0), ("carol", Some(8), 0), ("dave", Some(9), 1), ("erin", Some(9), 1)];
    assert_eq!((counts[0], &counts[1..]), (("alice", Some(9), 5), &untouched[..]));
    drop(opened);

    let store = crate::open(settings).await.unwrap();
    let (mut next, mut found) = (Some(Cursor::default()), Vec::new());
    while let Some(cursor) = next {
        let compared = store.compare(cursor).await.unwrap();
        found.extend(compared.findings.into_iter().filter(|finding| finding.comparison == Comparison::ChancesUsed));
        next = compared.next;
    }
    let told = found.iter().map(|finding| (finding.player.as_ref().unwrap().as_str(), finding.found, finding.expected));
    assert_eq!(told.collect::<Vec<_>>(), [("carol", 0, 2), ("erin", 1, 2)]);
}

/// One order that stands and one that was voided when its units went back by being issued no more. What such orders are paid by is not looked
/// at here.
const VOIDED_THE_OLD_WAY: &str = "
    PRAGMA foreign_keys = OFF;
    INSERT INTO stock (campaign, prize, allotted, issued) VALUES ('spring', 'five', 9, 1), ('spring', 'mug', 4, 0);
    INSERT INTO stock_changes (campaign, prize, change, reason, actor, at)
    VALUES ('spring', 'five', 9, 'opening stock', 'ann', 0), ('spring', 'mug', 4, 'opening stock', 'ann', 0);
    INSERT INTO orders (id, player, campaign, key, request, sku, quantity, stocked, chances, unit, price, posting, ordered_at, voided_at)
    VALUES ('one', 'alice', 'spring', '1', zeroblob(32), 'five', 1, 1, 5, 'points', 30, 1, 0, NULL),
           ('two', 'alice', 'spring', '2', zeroblob(32), 'five', 2, 1, 10, 'points', 60, 2, 0, 7),
           ('three', 'alice', 'spring', '3', zeroblob(32), 'endless', 3, 0, 15, 'points', 90, 3, 0, 7)";

#[tokio::test]
async fn orders_that_were_voided_keep_their_units_from_now_on() {
    let folder = TempDir::new().unwrap();
    let settings = Settings::new(folder.path().join("tombola.db"));
    let mut older = connect(&connections(&settings).1.create_if_missing(true)).await.unwrap();
    older.ensure_migrations_table("_sqlx_migrations").await.unwrap();
    for migration in MIGRATIONS.iter().filter(|migration| migration.version < 26) {
        older.apply("_sqlx_migrations", migration).await.unwrap();
    }
    sqlx::raw_sql(VOIDED_THE_OLD_WAY).execute(&mut older).await.unwrap();
    let marks = format!("PRAGMA application_id = {ORIGINAL}; PRAGMA user_version = 25");
    sqlx::raw_sql(sqlx::AssertSqlSafe(marks)).execute(&mut older).await.unwrap();
    older.close().await.unwrap();

    let mut opened = open(&settings).await.unwrap();
    let levels: Vec<(String, i64, i64)> = sqlx::query_as("SELECT prize, allotted, issued FROM stock ORDER BY prize")
        .fetch_all(&mut opened.writer)
        .await
        .unwrap();
    assert_eq!(levels, [("five".to_owned(), 11, 3), ("mug".to_owned(), 4, 0)]);
    drop(opened);
    let store = crate::open(settings).await.unwrap();
    let (mut next, mut found) = (Some(Cursor::default()), Vec::new());
    while let Some(cursor) = next {
        let compared = store.compare(cursor).await.unwrap();
        let of_stock = [Comparison::Stock, Comparison::StockAllotted];
        found.extend(compared.findings.into_iter().filter(|finding| of_stock.contains(&finding.comparison)));
        next = compared.next;
    }
    assert_eq!(found, []);
}
