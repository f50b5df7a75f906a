//! Copies between a real file and a real server: interrupted anywhere, refused where they would do harm, and proven.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixture;

use sqlx::Row;
use tombola_copy::{CopyError, Limits};
use tombola_store_postgres::{Contents, Settings};
use tombola_store_sqlite::OpenError;

use crate::fixture::{Fixture, run_on_file, run_on_server};

/// So few rows that most tables take several ranges.
const NARROW: Limits = Limits { rows: 7, bytes: 2_000 };

#[tokio::test]
async fn whatever_the_moment_of_an_interruption_the_next_copy_goes_on() {
    let fixture = Fixture::new().await;
    let whole = fixture.copy_until(NARROW, u64::MAX).await.unwrap();
    assert!(!whole.is_again && whole.rows > 300, "{whole:?}");
    let (mut seed, mut cuts) = (1_u64, 0);
    for round in 0..6 {
        let fixture = Fixture::new().await;
        let copied = loop {
            // Any number that differs from one to the next (Knuth's MMIX generator).
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let steps = (seed >> 33) % 150;
            match fixture.copy_until(NARROW, steps).await {
                Some(report) => break report,
                None => cuts += 1,
            }
            assert!(fixture.is_unserved().await, "round {round}, cut {cuts} after {steps} steps");
        };
        assert_eq!(copied.tables, whole.tables, "round {round}");
        // Proven again, also after an interruption that nobody knows of.
        let again = fixture.copy_until(NARROW, u64::MAX).await.unwrap();
        assert!(again.is_again);
        assert_eq!(again.tables, whole.tables);
    }
    assert!(cuts > 6, "{cuts}");
}

#[tokio::test]
async fn every_table_has_its_rows_and_numbers_go_on() {
    let fixture = Fixture::new().await;
    fixture.copy().await.unwrap();
    let mut server = fixture.server().await;
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'";
    let mut rows = 0;
    for table in run_on_file(&fixture.path(), tables).await {
        let count = format!("SELECT CAST(count(*) AS TEXT) FROM \"{}\"", table.get::<String, _>(0));
        let here = run_on_file(&fixture.path(), &count).await;
        let there = run_on_server(&mut server, &count).await;
        assert_eq!(here[0].get::<String, _>(0), there[0].get::<String, _>(0), "{count}");
        rows += here[0].get::<String, _>(0).parse::<u64>().unwrap();
    }
    assert!(rows > 300, "{rows}");
    // A number that was given is not given again, though its row is gone.
    let numbered =
        run_on_server(&mut server, "INSERT INTO list_generations (state) VALUES ('garbage') RETURNING generation");
    assert_eq!(numbered.await[0].get::<i64, _>(0), 6);
    let numbered = "INSERT INTO operations (actor, request, what, subject, result, at)
                    VALUES ('alice', sha256(''), 'publish', 'spring', '{}', 0) RETURNING number";
    assert_eq!(run_on_server(&mut server, numbered).await[0].get::<i64, _>(0), 4);
    let numbered = "INSERT INTO code_pools (name, low_water) VALUES ('first', 0) RETURNING number";
    assert_eq!(run_on_server(&mut server, numbered).await[0].get::<i64, _>(0), 2, "one pool is there");
    let numbered = "INSERT INTO faults (module, campaign, node, origin, kind, message, facts, at)
                    VALUES ('', '', '', '', '', '', '', 0) RETURNING id";
    assert_eq!(run_on_server(&mut server, numbered).await[0].get::<i64, _>(0), 1, "there was none");
}

#[tokio::test]
async fn what_is_not_the_same_is_named_by_the_proof() {
    for (change, table, key, difference) in [
        (
            "UPDATE draws SET title = 'Mugg' WHERE position = 17",
            "draws",
            "position 17",
            "differs on the server in: title",
        ),
        ("DELETE FROM receipts WHERE position = 60", "receipts", "position 60", "is not on the server"),
        (
            "INSERT INTO wins VALUES ('player-3', 'spring', 'tea', 1, 1, 1)",
            "wins",
            "player player-3, campaign spring, prize tea",
            "is only on the server",
        ),
        ("UPDATE stock SET sold_out = 1", "stock", "campaign spring, prize mug", "differs on the server in: sold_out"),
    ] {
        // In a copy that is whole, and in one that is not.
        for steps in [u64::MAX, 90] {
            let fixture = Fixture::new().await;
            let first = fixture.copy_until(NARROW, steps).await;
            run_on_server(&mut fixture.server().await, change).await;
            let refused = fixture.copy().await;
            if first.is_none() && refused.is_ok() {
                // It had not come there yet.
                continue;
            }
            match refused.unwrap_err() {
                CopyError::Differs { table: found_table, key: found_key, difference: found } => {
                    assert_eq!((&found_table[..], &found_key[..], &found[..]), (table, key, difference));
                }
                other => panic!("{change}: {other}"),
            }
            assert_eq!(fixture.is_unserved().await, first.is_none(), "{change}");
        }
    }
}

#[tokio::test]
async fn nothing_is_copied_where_it_would_do_harm() {
    let fixture = Fixture::new().await;
    run_on_server(&mut fixture.migrated_server().await, "INSERT INTO switches VALUES ('reads-only', 'on', 1, 0)").await;
    assert!(matches!(fixture.copy().await, Err(CopyError::Used { table, .. }) if table == "switches"));
    assert!(tombola_store_sqlite::open_beside(fixture.file_settings()).await.is_ok(), "the file is as it was");

    let (first, second) = (Fixture::new().await, Fixture::new().await);
    run_on_file(&second.path(), "UPDATE committer SET fence = 4").await;
    first.copy_until(NARROW, 20).await;
    assert!(matches!(second.copy_to(&first).await, Err(CopyError::OtherSource { .. })));
    assert!(matches!(first.copy_to(&second).await, Err(CopyError::Moved(_))));
    // Served meanwhile, it is another one.
    first.take_back().await;
    tombola_store_sqlite::open(first.file_settings()).await.unwrap().close().await;
    assert!(matches!(first.copy().await, Err(CopyError::OtherSource { .. })));
    first.copy_to(&second).await.unwrap();
    let opened = tombola_store_sqlite::open(first.file_settings()).await;
    assert!(matches!(opened.err().unwrap(), OpenError::Moved(_)));
    // Once a host has opened it, it is not what was copied any more.
    tombola_store_postgres::open(Settings::new(&second.url()).unwrap()).await.unwrap();
    assert!(matches!(first.copy_to(&second).await, Err(CopyError::Differs { table, .. }) if table == "committer"));
}

#[tokio::test]
async fn what_a_server_can_t_keep_is_named_and_a_wrong_ledger_is_not_copied() {
    let fixture = Fixture::new().await;
    run_on_file(&fixture.path(), "UPDATE draws SET title = 'M' || char(0) WHERE position = 9").await;
    let refused = fixture.copy().await.unwrap_err().to_string();
    assert!(refused.starts_with("draws (position 9): title can't be copied: it has the character U+0000"), "{refused}");
    assert!(matches!(fixture.contents().await, Contents::Part(_)));

    let fixture = Fixture::new().await;
    run_on_file(&fixture.path(), "UPDATE accounts SET balance = balance + 1 WHERE kind = 'player'").await;
    let refused = fixture.copy().await.unwrap_err().to_string();
    assert!(refused.contains("all accounts of points come to 20 rather than 0"), "{refused}");
    assert_eq!(fixture.contents().await, Contents::Nothing);
}
