//! The contract's suite on Postgres.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::{Mutex, OnceCell};
use tombola_domain::signature::Signer;
use tombola_servers::Database;
use tombola_store::Store;
use tombola_store::conformance::Backend;
use tombola_store_postgres::{PostgresStore, Settings};

#[derive(Default)]
struct Server {
    database: OnceCell<Database>,
    /// Hosts don't take each other's place here: what was opened before has to end.
    former: Mutex<Option<Arc<PostgresStore>>>,
}

#[async_trait]
impl Backend for Server {
    async fn open(&self) -> Arc<dyn Store> {
        let mut former = self.former.lock().await;
        if let Some(former) = former.take() {
            former.close().await;
        }
        let database = self.database.get_or_init(Database::migrated).await;
        let settings = Settings::new(&database.url()).expect("it is an address").sealed_by(Signer::from_seed(&[1; 32]));
        let store = Arc::new(tombola_store_postgres::open(settings).await.expect("it opens"));
        *former = Some(Arc::clone(&store));
        store
    }

    async fn plant(&self, statements: &'static str) {
        let database = self.database.get().expect("it was opened");
        let mut connection = PgConnection::connect(&database.url()).await.expect("it is there");
        connection.execute("SET session_replication_role = replica").await.expect("it is a superuser's");
        connection.execute(statements).await.expect("it can be planted");
    }
}

tombola_store::conformance!(Server::default());

/// Tables that grow with what players do, without the two that cases read whole to prove the ledger.
const GROWING: &str = "
    SELECT relname::text, seq_scan FROM pg_stat_user_tables
    WHERE seq_scan > 0 AND relname ~ '^(draws|participations|receipts|disclosures|wins|seals|lots|postings|chance_grants|chance_lots|orders|holds|awards|award_changes|tasks|events|event_campaigns|rebates|reversals|tallies|rebate_awards|codes|list_members|operations)(_[0-9]+)?$'
    ORDER BY relname";

/// Which of the growing tables were gone through, once all that was done is told: what a connection did is told as it ends.
async fn gone_through(server: &Server) -> Vec<(String, i64)> {
    if let Some(store) = server.former.lock().await.take() {
        store.close().await;
    }
    let database = server.database.get().expect("it was opened");
    let mut connection = PgConnection::connect(&database.url()).await.expect("it is there");
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut connection).await.expect("it tells") > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sqlx::query_as(GROWING).fetch_all(&mut connection).await.expect("it tells")
}

macro_rules! each_by_an_index {
    ($($subject:ident: $($case:ident),+;)+) => {$($(
        let server = Server::default();
        tombola_store::conformance::$subject::$case(&server).await;
        assert_eq!(gone_through(&server).await, [], "{}", stringify!($subject::$case));
    )+)+};
}

/// Whatever the server knew of a table when it planned a statement: a plan that goes through a table is kept as the table grows, and what
/// was read of it once is gone through again for each row of a batch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_grows_is_gone_through() {
    each_by_an_index! {
        draws: a_key_finds_its_draw, what_drops_out_spoils_nothing, wins_are_counted_in_all_and_by_day;
        series: draws_of_one_key_are_read_back_in_order;
        stock: concurrent_batches_issue_exactly_the_stock;
        points: points_are_there_with_their_draw, points_that_wait_are_delivered_once;
        orders: an_order_is_paid_and_brings_its_chances, a_voided_order_gives_everything_back;
        holds: a_hold_is_taken_once, who_holds_anew_gets_back_what_has_expired;
        events: what_an_event_earns_is_there_at_once, a_waiting_event_is_decided_later;
        reversals: a_whole_event_is_reversed;
        outbox: racing_claims_get_different_tasks;
        awards: chances_are_delivered_once;
        voids: a_voided_award_gives_its_unit_back;
        codes: a_code_comes_with_its_draw;
        lapses: lapses_go_on_in_steps;
    }
}
