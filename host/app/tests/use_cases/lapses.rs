//! Chances that lapse by the calendar of a campaign's time zone, and can't be used from that moment on: nothing here clears them away but
//! who would use them.

use std::sync::Arc;

use tombola_app::draw::DrawAnswer;
use tombola_domain::time::Timestamp;

use crate::fixture::{House, campaign, code, intent};

/// What comes in at one moment, with a lifetime of so many days, and when it lapses: each written as in UTC.
struct Case {
    zone: &'static str,
    lifetime_days: u32,
    granted: &'static str,
    lapses: &'static str,
}

const CASES: &[Case] = &[
    // To the end of the day after, which is another than that of UTC.
    Case { zone: "Asia/Shanghai", lifetime_days: 1, granted: "2026-11-30T15:59:59Z", lapses: "2026-12-01T16:00:00Z" },
    Case { zone: "Asia/Shanghai", lifetime_days: 1, granted: "2026-11-30T16:00:00Z", lapses: "2026-12-02T16:00:00Z" },
    // The clocks go forward on 29 March: that day has 23 hours.
    Case { zone: "Europe/Berlin", lifetime_days: 1, granted: "2026-03-28T12:00:00Z", lapses: "2026-03-29T22:00:00Z" },
    // They go back on 25 October: that day has 25 hours.
    Case { zone: "Europe/Berlin", lifetime_days: 1, granted: "2026-10-24T12:00:00Z", lapses: "2026-10-25T23:00:00Z" },
    // Midnight itself is left out on the day on which Santiago's clocks go forward: it begins at one.
    Case {
        zone: "America/Santiago",
        lifetime_days: 2,
        granted: "2026-09-03T12:00:00Z",
        lapses: "2026-09-06T04:00:00Z",
    },
    // A leap year's February.
    Case { zone: "UTC", lifetime_days: 30, granted: "2028-02-01T00:00:00Z", lapses: "2028-03-03T00:00:00Z" },
];

/// Gives `alice` so many, which lapse as the campaign says or then.
async fn grant(house: &House, key: &str, amount: u64, lapses_at: Option<&str>) -> tombola_app::Result<u64> {
    let lapses_at = lapses_at.map(|at| at.parse().unwrap());
    let (campaign, player) = ("spring".parse().unwrap(), "alice".parse().unwrap());
    house.app.grant_chances(intent(key), &campaign, &player, amount, lapses_at).await.map(|given| given.result.1)
}

/// How many `alice` has left, and what of them lapses when.
async fn has(house: &House) -> (Option<u64>, Vec<(String, u64)>) {
    let view = house.app.player(&"spring".parse().unwrap(), &"alice".parse().unwrap(), None, 0).await.unwrap();
    let lots = view.lots.into_iter().map(|(lapse, left)| (lapse.to_string(), left)).collect();
    assert_eq!(view.draws_left, view.participation.chances.left());
    (view.participation.chances.left(), lots)
}

fn before(moment: &str) -> String {
    let moment: Timestamp = moment.parse().unwrap();
    Timestamp::from_millis(moment.as_millis() - 1).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn chances_lapse_by_the_calendar_of_the_campaign() {
    for Case { zone, lifetime_days, granted, lapses } in CASES {
        let house = House::new().await;
        let document = format!(
            "campaign: spring\ntitle: Spring\nwindow: {{opens: 2020-01-01T00:00:00Z, timezone: {zone}}}\n\
             chances: {{granted: 0, lifetime_days: {lifetime_days}}}\n\
             prizes: [{{id: mug, title: Mug, stock: unlimited}}]\npools: {{default: {{mug: 1}}}}\n"
        );
        house.publish(&document).await;
        house.set_clock(granted);
        grant(&house, "some", 3, None).await.unwrap();
        house.set_clock(&before(lapses));
        house.draw("alice", "last").await;
        let lapse = lapses.parse::<Timestamp>().unwrap().to_string();
        assert_eq!(has(&house).await, (Some(2), vec![(lapse, 2)]), "{zone}: {granted}");
        house.set_clock(lapses);
        assert_eq!(has(&house).await, (Some(0), vec![]), "{zone}: {granted}");
        assert_eq!(house.refusal("alice", "late").await, "chances-exhausted", "{zone}: {granted}");
        // What was drawn before is answered all the same.
        let again = house.ask("alice", "last", &[]).await.unwrap();
        assert!(matches!(again, DrawAnswer::Drawn { replayed: true, .. }), "{again:?}");
    }
}

/// At midnight many find theirs lapsed at once: each is told what they have left themselves.
#[tokio::test(flavor = "multi_thread")]
async fn many_draws_find_chances_lapsed_at_once() {
    let house = Arc::new(House::new().await);
    house.publish(&campaign("chances: {granted: 0}")).await;
    house.set_clock("2026-12-01T00:00:00Z");
    let players: Vec<_> = (0..40).map(|number| format!("player-{number}")).collect();
    for (number, player) in players.iter().enumerate() {
        let (campaign, id) = ("spring".parse().unwrap(), player.parse().unwrap());
        let mut lapses = vec![Some("2026-12-01T01:00:00Z".parse().unwrap())];
        lapses.extend((number % 2 == 0).then_some(None));
        for lapses_at in lapses {
            let key = format!("{player}-{}", lapses_at.is_some());
            house.app.grant_chances(intent(&key), &campaign, &id, 1, lapses_at).await.unwrap();
        }
    }
    house.set_clock("2026-12-01T01:00:00Z");
    let mut draws = tokio::task::JoinSet::new();
    for (number, player) in players.into_iter().enumerate() {
        let house = Arc::clone(&house);
        draws.spawn(async move { (number, house.ask(&player, "late", &[]).await) });
    }
    while let Some(draw) = draws.join_next().await {
        match draw.unwrap() {
            (number, Ok(DrawAnswer::Drawn { .. })) if number % 2 == 0 => {}
            (number, Err(error)) if number % 2 == 1 => assert_eq!(error.code(), "chances-exhausted"),
            other => panic!("{other:?}"),
        }
    }
}

/// Whoever would use what has lapsed has it taken away, and uses what is left: all of a series or none.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_lapsed_is_not_used_by_who_comes_next() {
    let house = House::new().await;
    house.publish(&campaign("chances: {granted: 2}")).await;
    house.set_clock("2026-12-01T00:00:00Z");
    assert_eq!(code(grant(&house, "gone", 1, Some("2026-12-01T00:00:00Z")).await), "grant-lapsed");
    grant(&house, "soon", 3, Some("2026-12-01T01:00:00Z")).await.unwrap();
    grant(&house, "later", 2, Some("2026-12-01T02:00:00Z")).await.unwrap();
    house.draw("alice", "1").await;
    let lot = |lapse: &str, left: u64| (format!("2026-12-01T{lapse}:00:00.000Z"), left);
    assert_eq!(has(&house).await, (Some(6), vec![lot("01", 2), lot("02", 2)]));
    house.set_clock("2026-12-01T01:00:00Z");
    let refused = house.ask_for("alice", "five", 5).await.unwrap_err();
    assert_eq!(refused.code(), "chances-exhausted");
    // What lapsed counts no more among what was given, and what is given on top lapses by itself.
    assert_eq!(grant(&house, "more", 1, None).await.unwrap(), 4);
    assert_eq!(has(&house).await, (Some(5), vec![lot("02", 2)]));
    assert_eq!(house.draws("alice", "all", 5).await.len(), 5);
    assert_eq!(house.refusal("alice", "none").await, "chances-exhausted");
    house.set_clock("2026-12-01T02:00:00Z");
    assert_eq!(house.refusal("alice", "late").await, "chances-exhausted");
    grant(&house, "last", 1, None).await.unwrap();
    house.draw("alice", "last").await;
    assert_eq!(has(&house).await, (Some(0), vec![]));
}
