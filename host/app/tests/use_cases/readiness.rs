use std::sync::Arc;
use std::sync::atomic::Ordering;

use tombola_app::App;

use crate::fixture::{GATE, House, Room, campaign, change, code, request};

#[tokio::test]
async fn what_could_not_be_made_ready_is_tried_again() {
    let house = House::new().await;
    house.publish(&campaign(GATE)).await;
    let room = Arc::new(Room { none_to_prepare: true.into(), ..Room::default() });
    let app = house.crowded_app(&room).await;
    assert_eq!(code(app.ready().await), "campaign-not-ready");
    assert_eq!(app.retry_unready().await.unwrap(), 1);
    assert_eq!(code(app.ready().await), "campaign-not-ready");
    room.none_to_prepare.store(false, Ordering::SeqCst);
    assert_eq!(app.retry_unready().await.unwrap(), 0);
    app.ready().await.unwrap();
    assert_eq!(app.campaign(&"spring".parse().unwrap()).await.unwrap().revision, 1);
}

#[tokio::test]
async fn a_task_sees_to_it() {
    let house = House::new().await;
    house.publish(&campaign(GATE)).await;
    let room = Arc::new(Room { none_to_prepare: true.into(), ..Room::default() });
    let app = Arc::new(house.crowded_app(&room).await);
    App::keep_ready(&app);
    room.none_to_prepare.store(false, Ordering::SeqCst);
    // However long it takes: a test that hangs fails.
    while app.ready().await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_is_ready_is_left_alone() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    assert_eq!(house.app.retry_unready().await.unwrap(), 0);
    house.app.publish(change("next"), &campaign("chances: {total: 3}")).await.unwrap();
    assert_eq!(house.draw("alice", "1").await.revision, 2);
}

#[tokio::test]
async fn rules_that_can_not_be_run_are_left_alone_for_a_while() {
    let house = House::new().await;
    house.publish(&campaign(GATE)).await;
    let room = Arc::new(Room::default());
    let app = house.crowded_app(&room).await;
    app.draw(request("alice", "before")).await.unwrap();
    room.none_to_run.store(true, Ordering::SeqCst);
    let runs = room.runs.load(Ordering::SeqCst);
    for key in 0..200 {
        assert_eq!(code(app.draw(request("alice", &format!("{key}"))).await), "rule-not-runnable");
    }
    // The first few find out; then there are single probes, ever less often.
    let runs = room.runs.load(Ordering::SeqCst) - runs;
    assert!(runs < 100, "{runs}");
    room.none_to_run.store(false, Ordering::SeqCst);
    while app.draw(request("alice", "after")).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    for key in ["one", "two", "three"] {
        app.draw(request("alice", key)).await.unwrap();
    }
}

/// Whoever asked may be gone before the rules answer, as an event is after a second. What they came to counts all the same.
#[tokio::test]
async fn trials_count_though_nobody_waits_for_them_any_more() {
    let house = House::new().await;
    house.publish(&campaign(GATE)).await;
    let room = Arc::new(Room { is_slow: true.into(), ..Room::default() });
    let app = Arc::new(house.crowded_app(&room).await);
    let runs = || room.runs.load(Ordering::SeqCst);
    room.none_to_run.store(true, Ordering::SeqCst);
    for key in 0..10 {
        assert_eq!(code(app.draw(request("alice", &format!("{key}"))).await), "rule-not-runnable");
    }
    room.none_to_run.store(false, Ordering::SeqCst);
    for key in ["one", "two", "three"] {
        let before = runs();
        room.held.store(before + 1, Ordering::SeqCst);
        // However long it takes until a trial is let through: a test that hangs fails.
        while runs() == before {
            let of_task = Arc::clone(&app);
            let asking = tokio::spawn(async move { of_task.draw(request("alice", key)).await });
            while !asking.is_finished() && runs() == before {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            asking.abort();
            drop(asking.await);
        }
        room.held.store(0, Ordering::SeqCst);
    }
    // Another failure would open a breaker that was not closed.
    room.none_to_run.store(true, Ordering::SeqCst);
    let before = runs();
    while runs() == before {
        assert_eq!(code(app.draw(request("alice", "fails")).await), "rule-not-runnable");
    }
    room.none_to_run.store(false, Ordering::SeqCst);
    app.draw(request("alice", "after")).await.unwrap();
}
