//! Damage in one row harms that row alone.

use std::sync::Arc;

use tombola_domain::id::PlayerId;
use tombola_domain::ledger::Lapse;
use tombola_domain::task::Queue;

use super::Backend;
use super::event_wish::event;
use super::fixture::{CAMPAIGN, commit_batch, draw, draw_undelivered, minute, operation, publish, wish};
use super::holds::{has, new, place, rich};
use super::reconciliation::pass;
use crate::Store;
use crate::awards::InHouse;
use crate::chances::ChanceGrant;
use crate::outbox::HandedOver;
use crate::reconciliation::Comparison::{self, ChanceLapse, Damage, Held, Lot, Lots, Posting, Stock, Wins};

/// What is `b`'s is damaged.
const PLAYERS: [&str; 3] = ["a", "b", "z"];
/// When chances lapse that are given.
const LAPSE: i64 = 100;

fn id(player: &str) -> PlayerId {
    player.parse().unwrap()
}

/// Each player has points, some of them set aside, has drawn a phone and coins, and has chances that lapse.
pub(super) async fn furnish(backend: &impl Backend) -> (Arc<dyn Store>, u64) {
    let store = rich(backend, &PLAYERS, &[(9, Lapse::Never)]).await;
    let activation = publish(&store, &[("phone", 5)]).await.activation;
    for player in PLAYERS {
        place(&store, &new(player, "cart", 4)).await.unwrap();
        draw(&store, activation, &wish(player, "1").stocked("phone")).await.unwrap();
        draw(&store, activation, &wish(player, "2").unlimited("points").amount(1)).await.unwrap();
        let (campaign, lapse) = (CAMPAIGN.parse().unwrap(), Lapse::At(minute(LAPSE)));
        let grant = ChanceGrant { campaign, player: id(player), amount: 3, granted: Some(0), lapse, lots_max: None };
        store.grant_chances(&operation(player, player), &grant).await.unwrap();
    }
    (store, activation)
}

/// Plants damage, and drift of one unit in two other places; one pass finds both, and once they are mended the next finds nothing.
pub(super) async fn check(backend: &impl Backend, damage: [&'static str; 2], expected: &[(Comparison, i64, i64)]) {
    const DRIFT: [&str; 2] = [
        "UPDATE wins SET total = total + 1 WHERE player = 'z' AND prize = 'phone'; UPDATE stock SET issued = issued + 1",
        "UPDATE wins SET total = total - 1 WHERE player = 'z' AND prize = 'phone'; UPDATE stock SET issued = issued - 1",
    ];
    let [harm, mend] = damage;
    backend.plant(harm).await;
    backend.plant(DRIFT[0]).await;
    let store = backend.open().await;
    let found = pass(&store).await;
    let mut told: Vec<_> = found.iter().map(|finding| (finding.comparison, finding.found, finding.expected)).collect();
    let mut expected = [&[(Wins, 2, 1)], expected].concat();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected, "{harm}: {found:#?}");
    let names_nobody = |subject: &str| !subject.split('/').any(|word| word == "b" || word == "pläyer");
    assert!(found.iter().all(|finding| names_nobody(&finding.subject)), "{harm}: {found:#?}");
    let kept = store.settle(&found, minute(200)).await.unwrap();
    assert_eq!(kept.len(), found.len(), "each is another one: {kept:#?}");
    backend.plant(mend).await;
    backend.plant(DRIFT[1]).await;
    assert_eq!(pass(&store).await, [], "after {mend}");
}

/// Whosever a row was.
pub async fn a_pass_goes_on_past_damaged_names(backend: &impl Backend) {
    furnish(backend).await;
    let lapse = minute(LAPSE).as_millis();
    check(
        backend,
        [
            "UPDATE lots SET player = 'pläyer' WHERE player = 'b'",
            "UPDATE lots SET player = 'b' WHERE player = 'pläyer'",
        ],
        &[(Damage, 0, 1), (Damage, 0, 1), (Lot, 0, 6), (Lots, 0, 6), (Stock, 4, 3)],
    )
    .await;
    check(
        backend,
        [
            "UPDATE chance_lots SET player = 'pläyer' WHERE player = 'b'",
            "UPDATE chance_lots SET player = 'b' WHERE player = 'pläyer'",
        ],
        &[(Damage, 0, 1), (Damage, 0, 1), (Damage, 0, 1), (ChanceLapse, lapse, 0), (Stock, 4, 3)],
    )
    .await;
    check(
        backend,
        [
            "UPDATE holds SET player = 'pläyer' WHERE player = 'b'",
            "UPDATE holds SET player = 'b' WHERE player = 'pläyer'",
        ],
        &[(Damage, 0, 1), (Damage, 0, 1), (Posting, 0, 1), (Held, 4, 0), (Stock, 4, 3)],
    )
    .await;
}

/// A receipt may stand for one unit, and for no more.
pub async fn a_pass_goes_on_past_what_does_not_decode(backend: &impl Backend) {
    furnish(backend).await;
    check(
        backend,
        [
            "CREATE TABLE spare AS SELECT position, bytes FROM receipts;
             UPDATE receipts SET bytes = substr(bytes, 2) WHERE position = (SELECT min(position) FROM draws WHERE player = 'b')",
            "UPDATE receipts SET bytes = (SELECT bytes FROM spare WHERE spare.position = receipts.position); DROP TABLE spare",
        ],
        &[(Damage, 0, 1), (Stock, 4, 2)],
    )
    .await;
    check(
        backend,
        [
            "CREATE TABLE spare AS SELECT position, bytes FROM receipts;
             UPDATE stock SET issued = issued - 1; UPDATE receipts SET bytes = substr(bytes, 2) WHERE position = (SELECT min(position) FROM draws WHERE player = 'b')",
            "UPDATE receipts SET bytes = (SELECT bytes FROM spare WHERE spare.position = receipts.position); DROP TABLE spare;
             UPDATE stock SET issued = issued + 1",
        ],
        &[(Damage, 0, 1)],
    )
    .await;
    check(
        backend,
        [
            "CREATE TABLE spare AS SELECT position, deliver FROM awards;
             UPDATE awards SET deliver = '{' WHERE position = (SELECT max(position) FROM draws WHERE player = 'b')",
            "UPDATE awards SET deliver = (SELECT deliver FROM spare WHERE spare.position = awards.position); DROP TABLE spare",
        ],
        &[(Damage, 0, 1), (Stock, 4, 3)],
    )
    .await;
    check(
        backend,
        [
            "CREATE TABLE spare AS SELECT document FROM revisions; UPDATE revisions SET document = '{'",
            "UPDATE revisions SET document = (SELECT document FROM spare); DROP TABLE spare",
        ],
        &[(Damage, 0, 1), (Stock, 4, 3)],
    )
    .await;
}

/// A batch fails as a whole, and nothing of it is there; what is damaged in it fails alone.
pub async fn what_is_damaged_spoils_nothing_else(backend: &impl Backend) {
    let (store, activation) = furnish(backend).await;
    // The next draw has an ordinal that is there.
    backend.plant("UPDATE participations SET draws = draws - 1 WHERE player = 'b'").await;
    let mut batch = Vec::new();
    for player in PLAYERS {
        batch.push(wish(player, "3").unlimited("mug").decide(&store, activation).await);
    }
    let failed = store.commit_draws(&batch).await.unwrap_err();
    assert!(failed.is_damage(), "{failed:?}");
    for player in PLAYERS {
        assert_eq!(store.snapshot(&wish(player, "3").query()).await.unwrap().known, None);
    }
    let alone = store.commit_draws(&batch[1..2]).await.unwrap_err();
    assert!(alone.is_damage(), "{alone:?}");
    batch.remove(1);
    assert!(commit_batch(&store, batch).await.iter().all(Result::is_ok));
    store.check().await.unwrap();
    backend.plant("UPDATE participations SET draws = draws + 1 WHERE player = 'b'").await;
}

/// What is due behind it is handed over, and it is as well once it is mended and tried again.
pub async fn what_is_damaged_is_given_up_alone(backend: &impl Backend) {
    let (store, activation) = furnish(backend).await;
    for player in PLAYERS {
        draw_undelivered(&store, activation, &wish(player, "3").unlimited("points").amount(9)).await.unwrap();
    }
    backend
        .plant(
            "CREATE TABLE spare AS SELECT position, deliver FROM awards;
             UPDATE awards SET deliver = '{' WHERE position = (SELECT max(position) FROM draws WHERE player = 'b')",
        )
        .await;
    let mut handed = HandedOver::default();
    for _ in PLAYERS {
        let HandedOver { delivered, given_up } = store.deliver_in_house(InHouse::Points, minute(2), 9).await.unwrap();
        handed = HandedOver { delivered: handed.delivered + delivered, given_up: handed.given_up + given_up };
    }
    assert_eq!(handed, HandedOver { delivered: 2, given_up: 1 });
    let left = async |player| has(&store, player, minute(2)).await.0.iter().map(|(_, left)| left).sum::<i64>();
    assert_eq!([left("a").await, left("b").await, left("z").await], [15, 6, 15]);
    let load = store.load(&Queue::Points).await.unwrap();
    assert_eq!((load.waiting, load.dead), (0, 1));
    backend
        .plant(
            "UPDATE awards SET deliver = (SELECT deliver FROM spare WHERE spare.position = awards.position); DROP TABLE spare",
        )
        .await;
    let again = store.revive_tasks(&operation("again", "again"), &Queue::Points).await.unwrap().result;
    assert_eq!(again.revived, 1);
    assert_eq!(store.deliver_in_house(InHouse::Points, minute(3), 9).await.unwrap().delivered, 1);
    assert_eq!(left("b").await, 15);
}

/// It is put off like one that can't be decided yet.
pub async fn a_damaged_event_keeps_no_other_waiting(backend: &impl Backend) {
    let store = backend.open().await;
    let activation = publish(&store, &[]).await.activation;
    for player in PLAYERS {
        event(player, "e").waits("autumn").report(&store, activation).await.unwrap();
    }
    backend.plant("UPDATE events SET id = 'ï' WHERE player = 'b'").await;
    let waiting = async |by| store.waiting_events(&["autumn".parse().unwrap()], minute(by), 9).await.unwrap();
    let listed = waiting(9).await;
    let mut told: Vec<_> = listed.iter().map(|waiting| (waiting.number, waiting.event.is_ok())).collect();
    told.sort_unstable();
    assert_eq!(told, [(1, true), (2, false), (3, true)], "{listed:?}");
    store.put_off_event(2, minute(20)).await.unwrap();
    assert_eq!((waiting(19).await.len(), waiting(20).await.len()), (2, 3));
}
