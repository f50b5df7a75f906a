//! Receivers that are sick: nothing is lost, they are hardly called, and others don't notice.

use std::collections::BTreeSet;
use std::time::Duration;

use tombola_domain::award::State;
use tombola_domain::id::AwardId;

use crate::house::{House, limits, until};
use crate::receiver::{Mood, Receiver};

/// Awards for the one that is sick, and for the other.
const AWARDS: usize = 60;
/// Retries that a budget has saved up before anything came, and two, since it learns by and by how much comes.
const SAVED: usize = 10 + 2;

struct Ground {
    house: House,
    sick: Receiver,
    well: Receiver,
    of_sick: Vec<AwardId>,
    of_well: Vec<AwardId>,
}

impl Ground {
    async fn lay(mood: Mood) -> Self {
        let house = House::new().await;
        let (sick, well) = (Receiver::start(mood).await, Receiver::start(Mood::Answer(200)).await);
        house.put("crm", &sick.url, limits(300, 8)).await;
        house.put("bi", &well.url, limits(10_000, 8)).await;
        house.publish("spring", "{webhook: crm}").await;
        house.publish("autumn", "{webhook: bi}").await;
        let of_sick = house.win("spring", AWARDS).await;
        let of_well = house.win("autumn", AWARDS).await;
        Self { house, sick, well, of_sick, of_well }
    }

    /// Ten minutes go by.
    async fn suffer(&mut self) {
        self.house.deliver();
        // Whatever the other does, and without the clock's going on.
        self.house.all(&self.of_well, State::Delivered).await;
        assert_eq!((self.well.count(), self.well.taken().len()), (AWARDS, AWARDS));
        until(async || self.sick.count() > 0).await;
        for _ in 0..20 {
            self.house.pass(30);
            // Longer than the time between two looks, so that some are called.
            tokio::time::sleep(Duration::from_millis(350)).await;
        }
        let calls = self.sick.count();
        assert!(calls <= AWARDS * 12 / 10, "{calls} calls");
        assert_eq!(self.sick.taken().len(), 0);
        assert_eq!(self.house.count(&self.of_sick, State::Pending).await, AWARDS, "none is given up");
        self.others_are_not_slowed().await;
    }

    /// Awards that were won meanwhile are told at once.
    async fn others_are_not_slowed(&mut self) {
        let more = self.house.win("autumn", AWARDS).await;
        self.house.all(&more, State::Delivered).await;
        assert_eq!((self.well.count(), self.well.taken().len()), (2 * AWARDS, 2 * AWARDS));
    }

    /// It is well again, and gets everything.
    async fn heal(&mut self) {
        self.sick.set_mood(Mood::Answer(200));
        self.house.all_in_time(&self.of_sick).await;
        let ids: BTreeSet<_> = self.of_sick.iter().map(ToString::to_string).collect();
        assert_eq!(self.sick.taken(), ids, "none is lost, and each has one id");
        self.house.stop().await;
        assert_eq!(self.house.waiting("crm").await, 0);
    }
}

async fn check(mood: Mood) {
    let mut ground = Ground::lay(mood).await;
    ground.suffer().await;
    ground.heal().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_answers_500() {
    check(Mood::Answer(500)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs() {
    check(Mood::Hang).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_up() {
    check(Mood::Reset).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_sends_its_callers_elsewhere() {
    let inner = Receiver::start(Mood::Answer(200)).await;
    check(Mood::Redirect(inner.url.clone())).await;
    assert_eq!(inner.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_whose_answers_drip() {
    check(Mood::Dripping).await;
}

/// Not so sick that it is left alone, and called for little: what is told again is a fifth of what is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_now_and_then() {
    const AT_ONCE: usize = 2;
    const STEPS: usize = 75;
    let mut house = House::new().await;
    let receiver = Receiver::start(Mood::Failing).await;
    house.put("crm", &receiver.url, limits(10_000, 1)).await;
    house.publish("spring", "{webhook: crm}").await;
    house.deliver();
    let mut awards = vec![];
    for _ in 0..STEPS {
        awards.extend(house.win("spring", AT_ONCE).await);
        until(async || first_tries(&receiver) == awards.len()).await;
        house.pass(12);
    }
    let calls = receiver.count();
    assert!(calls > awards.len(), "what failed is tried again");
    assert!(calls <= awards.len() * 12 / 10 + SAVED, "{calls} calls of {} awards", awards.len());
    receiver.set_mood(Mood::Answer(200));
    house.all_in_time(&awards).await;
    house.stop().await;
}

/// Messages that came, whatever became of them, each once.
fn first_tries(receiver: &Receiver) -> usize {
    receiver.seen().iter().map(|seen| seen.id().to_owned()).collect::<BTreeSet<_>>().len()
}

/// It takes what comes, at its own pace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_answers_slowly() {
    let mut ground = Ground::lay(Mood::Slow(Duration::from_millis(60))).await;
    ground.house.deliver();
    ground.house.all(&ground.of_well, State::Delivered).await;
    ground.house.all(&ground.of_sick, State::Delivered).await;
    assert_eq!((ground.sick.count(), ground.sick.taken().len()), (AWARDS, AWARDS));
    ground.others_are_not_slowed().await;
}

/// For minutes, and whoever is called beside it notices nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `make soak`"]
async fn soak_a_receiver_that_answers_slowly_for_minutes() {
    const SLOW: Duration = Duration::from_secs(2);
    let mut house = House::new().await;
    let (slow, well) = (Receiver::start(Mood::Slow(SLOW)).await, Receiver::start(Mood::Answer(200)).await);
    house.put("crm", &slow.url, limits(10_000, 8)).await;
    house.put("bi", &well.url, limits(10_000, 8)).await;
    house.publish("spring", "{webhook: crm}").await;
    house.publish("autumn", "{webhook: bi}").await;
    let of_slow = house.win("spring", 8 * AWARDS).await;
    house.deliver();
    let mut of_well = 0;
    while slow.count() < of_slow.len() {
        let awards = house.win("autumn", AWARDS).await;
        house.all(&awards, State::Delivered).await;
        of_well += awards.len();
        tokio::time::sleep(SLOW).await;
    }
    house.all(&of_slow, State::Delivered).await;
    assert_eq!((slow.count(), slow.taken().len()), (of_slow.len(), of_slow.len()), "each is told once");
    assert_eq!(well.count(), of_well);
    house.stop().await;
}

/// What it answers with counts, and its body is let go by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_answers_without_end() {
    let mut ground = Ground::lay(Mood::Endless).await;
    ground.house.deliver();
    ground.house.all(&ground.of_sick, State::Delivered).await;
    assert_eq!((ground.sick.count(), ground.sick.taken().len()), (AWARDS, AWARDS));
    ground.others_are_not_slowed().await;
}
