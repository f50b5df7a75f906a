//! Rules that gave no answer: kept for those who mend them, written behind once a second or less, and counted by the hour.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tombola_domain::causes::Causes;
use tombola_domain::digest::Digest;
use tombola_domain::fact::Value;
use tombola_domain::id::CampaignId;
use tombola_domain::time::Timestamp;
use tombola_engine::decide::{Observer, RuleRun, Watch};
use tombola_engine::rule::Unavailable;
use tombola_store::Store;
use tombola_store::faults::{Fault, KEPT_MAX};

use crate::behind::{self, pause};
use crate::switches::Flags;
use crate::{App, Result};

/// The kind of a failure that is the host's own, beside those of faults.
const UNAVAILABLE: &str = "unavailable";
/// How long a flood of faults waits to be written; who asks for them has that done at once.
const PAUSE_MAX: Duration = Duration::from_mins(1);
/// Modules whose faults wait to be written; those of others are only counted.
const MODULES_MAX: usize = 256;
/// Bytes of one text among a fault's facts; what is longer is cut.
const TEXT_BYTES_MAX: usize = 256;
const MINUTES: usize = 60;

/// What a rule failed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Draw,
    Odds,
    Check,
    Try,
    Event,
}

impl Origin {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Draw => "draw",
            Self::Odds => "odds",
            Self::Check => "check",
            Self::Try => "try",
            Self::Event => "event",
        }
    }
}

/// Collects faults.
#[derive(Clone)]
pub(crate) struct Faults(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    /// The latest of each module.
    new: HashMap<Digest, VecDeque<Fault>>,
    writing: VecDeque<Fault>,
    /// Of each campaign in which a draw met a fault since this host started.
    hours: HashMap<CampaignId, Hour>,
}

impl Faults {
    /// Starts the task that writes; it ends when the last of these is dropped.
    pub(crate) fn start(store: Arc<dyn Store>, flags: Arc<Flags>) -> Self {
        let faults = Self(Arc::default());
        let behind = Arc::downgrade(&faults.0);
        tokio::spawn(async move {
            let mut written = 0;
            loop {
                tokio::time::sleep(pause(written, PAUSE_MAX)).await;
                let Some(waiting) = behind.upgrade() else { break };
                written = if flags.writes() { Self(waiting).flush(&*store).await } else { 0 };
            }
        });
        faults
    }

    /// Writes what waits, on a task of its own: what was taken out to be written is not to be lost with whoever asked for it.
    pub(crate) async fn flush_apart(&self, store: &Arc<dyn Store>) {
        let (faults, store) = (self.clone(), Arc::clone(store));
        let written = tokio::spawn(async move { faults.flush(&*store).await }).await;
        if let Err(error) = written {
            tracing::error!(error = %Causes(&error), "faults of rules could not be kept");
        }
    }

    /// Writes what waits, and answers how many there were. What comes in meanwhile waits for the next time, or this would not end
    /// while rules fail.
    pub(crate) async fn flush(&self, store: &dyn Store) -> usize {
        let all = {
            let Waiting { new, writing, .. } = &mut *self.lock();
            writing.extend(std::mem::take(new).into_values().flatten());
            writing.len()
        };
        let mut written = 0;
        while written < all {
            let faults = behind::piece(&mut self.lock().writing);
            if faults.is_empty() {
                break;
            }
            if let Err(error) = store.record_faults(&faults).await {
                // They are for people who look into something, and a store that fails has no room for them.
                let left = std::mem::take(&mut self.lock().writing).len();
                let error = Causes(&error);
                tracing::warn!(%error, faults = faults.len() + left, "faults of rules could not be kept");
                break;
            }
            written += faults.len();
        }
        written
    }

    /// Faults of rules in draws of the campaign in the hour before `now`, as far as this host has seen it.
    pub(crate) fn last_hour(&self, campaign: &CampaignId, now: Timestamp) -> u32 {
        self.lock().hours.get(campaign).map_or(0, |hour| hour.total(minute(now)))
    }

    /// What sees the rules run that run in `origin`.
    pub(crate) const fn watch<'a>(
        &'a self,
        campaign: &'a CampaignId,
        revision: Option<u64>,
        origin: Origin,
        at: Timestamp,
    ) -> Scene<'a> {
        Scene { met: Vec::new(), faults: self, campaign, revision, origin, at }
    }

    fn add(&self, fault: Fault) {
        let mut waiting = self.lock();
        if waiting.new.len() >= MODULES_MAX && !waiting.new.contains_key(&fault.module) {
            return;
        }
        let of_module = waiting.new.entry(fault.module).or_default();
        if of_module.len() >= KEPT_MAX as usize {
            of_module.pop_front();
        }
        of_module.push_back(fault);
    }

    fn count(&self, campaign: &CampaignId, now: Timestamp) {
        let mut waiting = self.lock();
        match waiting.hours.get_mut(campaign) {
            Some(hour) => hour.add(minute(now)),
            None => waiting.hours.entry(campaign.clone()).or_default().add(minute(now)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where rules run. Those that answer leave no trace here, nor does a draw that is stopped early, since it is begun anew.
pub(crate) struct Scene<'a> {
    /// What a draw under way has met.
    met: Vec<Fault>,
    faults: &'a Faults,
    campaign: &'a CampaignId,
    revision: Option<u64>,
    origin: Origin,
    at: Timestamp,
}

impl Watch for Scene<'_> {
    fn ran(&mut self, run: RuleRun<'_>) {
        let (kind, message) = match run.answer {
            Ok(Ok(_)) => return,
            Ok(Err(fault)) => (fault.kind.to_string(), fault.message.clone()),
            Err(Unavailable::Host(reason)) => (UNAVAILABLE.to_owned(), reason.clone()),
            Err(Unavailable::Unfinished) => return self.met.clear(),
        };
        self.met.push(Fault {
            module: run.rule.module,
            campaign: self.campaign.clone(),
            revision: self.revision,
            node: run.rule.path.clone(),
            origin: self.origin.as_str().to_owned(),
            kind,
            message,
            facts: facts(run),
            at: self.at,
        });
        if self.origin != Origin::Draw {
            self.tell();
        }
    }
}

impl Scene<'_> {
    fn tell(&mut self) {
        for fault in self.met.drain(..) {
            if self.origin == Origin::Draw && fault.kind != UNAVAILABLE {
                self.faults.count(self.campaign, self.at);
            }
            self.faults.add(fault);
        }
    }
}

impl Drop for Scene<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}

impl Observer for Scene<'_> {
    type Stop = Unavailable;
}

fn facts(run: RuleRun<'_>) -> String {
    let names = run.rule.rule.needs().facts.iter().map(|need| need.name.clone());
    let facts: serde_json::Map<_, _> = names.zip(run.facts.iter().map(json)).collect();
    serde_json::Value::from(facts).to_string()
}

fn json(value: &Value) -> serde_json::Value {
    let cut = |text: &String| text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned();
    match value {
        Value::None => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Integers(values) => values.clone().into(),
        Value::Text(text) => cut(text).into(),
        Value::Texts(texts) => texts.iter().map(cut).collect::<Vec<_>>().into(),
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(60)
}

/// How many there were in each of the last sixty minutes.
struct Hour {
    /// The latest minute that is counted.
    latest: i64,
    /// By minute, at its remainder of sixty.
    counts: [u32; MINUTES],
}

impl Default for Hour {
    fn default() -> Self {
        Self { latest: i64::MIN, counts: [0; MINUTES] }
    }
}

impl Hour {
    fn add(&mut self, minute: i64) {
        self.pass(minute);
        let count = &mut self.counts[place(minute)];
        *count = count.saturating_add(1);
    }

    fn total(&self, minute: i64) -> u32 {
        let is_within = |counted: i64| minute.saturating_sub(counted) < 60;
        let minutes = (0..60).map(|ago| self.latest.saturating_sub(ago)).filter(|counted| is_within(*counted));
        minutes.fold(0, |sum, counted| sum.saturating_add(self.counts[place(counted)]))
    }

    /// Empties the minutes that come anew. A clock that steps back goes on in the latest.
    fn pass(&mut self, minute: i64) {
        for passed in self.latest.max(minute.saturating_sub(60)).saturating_add(1)..=minute {
            self.counts[place(passed)] = 0;
        }
        self.latest = self.latest.max(minute);
    }
}

fn place(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(60)).expect("a remainder of sixty")
}

impl App {
    /// The faults of a module that are kept, latest first, in these campaigns; none is all.
    pub async fn faults(&self, module: &Digest, campaigns: &[CampaignId]) -> Result<Vec<Fault>> {
        self.module(module).await?;
        if self.writes() {
            self.faults.flush_apart(&self.store).await;
        }
        Ok(self.store.faults(module, campaigns).await?)
    }
}

#[cfg(test)]
mod tests {
    use tombola_domain::fact::FactType;
    use tombola_engine::native::NativeRule;
    use tombola_engine::pipeline::PlacedRule;
    use tombola_engine::rule::{FactNeed, Fault as RuleFault, FaultKind, Needs};

    use super::*;

    fn placed() -> PlacedRule {
        let need = FactNeed { name: "attribute.name".to_owned(), expected: FactType::Text };
        let fault = RuleFault { kind: FaultKind::Trap, message: String::new() };
        let rule =
            NativeRule::new(Needs { facts: vec![need], outcomes: vec![] }, Box::new(move |_| Err(fault.clone())));
        PlacedRule {
            path: "guards/g".to_owned(),
            place: "/guards/0".to_owned(),
            reference: "g@1".to_owned(),
            config: Arc::default(),
            module: Digest::of(b"g"),
            rule: Arc::new(rule),
            facts: vec![0],
        }
    }

    #[test]
    fn what_this_host_could_not_run_is_told_apart() {
        let (faults, campaign, at) = (Faults(Arc::default()), "spring".parse().unwrap(), Timestamp::from_millis(0));
        let mut watch = faults.watch(&campaign, Some(1), Origin::Draw, at);
        let (rule, seen) = (placed(), [Value::Text("é".repeat(200))]);
        let answer = Err(&Unavailable::Host("no slot".to_owned()));
        watch.ran(RuleRun { rule: &rule, facts: &seen, answer, fuel: 0 });
        drop(watch);
        assert_eq!(faults.last_hour(&campaign, at), 0, "it is no fault of the rule's");
        let mut watch = faults.watch(&campaign, Some(1), Origin::Draw, at);
        let fault = RuleFault { kind: FaultKind::Fuel, message: "all fuel was used up".to_owned() };
        watch.ran(RuleRun { rule: &rule, facts: &seen, answer: Ok(Err(&fault)), fuel: 9 });
        drop(watch);
        assert_eq!(faults.last_hour(&campaign, at), 1);
        let waiting = faults.lock();
        let told: Vec<_> = waiting.new[&rule.module].iter().map(|fault| (&*fault.kind, &*fault.message)).collect();
        assert_eq!(told, [("unavailable", "no slot"), ("fuel", "all fuel was used up")]);
        let cut = serde_json::json!({ "attribute.name": "é".repeat(128) }).to_string();
        assert_eq!(waiting.new[&rule.module][0].facts, cut);
    }

    #[test]
    fn a_draw_that_is_stopped_early_has_met_nothing() {
        let (faults, campaign, at) = (Faults(Arc::default()), "spring".parse().unwrap(), Timestamp::from_millis(0));
        let fault = RuleFault { kind: FaultKind::Trap, message: "unreachable".to_owned() };
        for (is_stopped, expected) in [(true, 0), (false, 1)] {
            let mut watch = faults.watch(&campaign, Some(1), Origin::Draw, at);
            watch.ran(RuleRun { rule: &placed(), facts: &[Value::None], answer: Ok(Err(&fault)), fuel: 9 });
            if is_stopped {
                let answer = Err(&Unavailable::Unfinished);
                watch.ran(RuleRun { rule: &placed(), facts: &[Value::None], answer, fuel: 0 });
            }
            drop(watch);
            assert_eq!(faults.last_hour(&campaign, at), expected);
            assert_eq!(faults.lock().new.len(), expected as usize);
        }
    }

    #[test]
    fn what_waits_is_bounded_and_the_latest_stay() {
        let (faults, campaign, at) = (Faults(Arc::default()), "spring".parse().unwrap(), Timestamp::from_millis(0));
        let mut rule = placed();
        for number in 0..=KEPT_MAX {
            let fault = RuleFault { kind: FaultKind::Trap, message: number.to_string() };
            let mut watch = faults.watch(&campaign, None, Origin::Check, at);
            watch.ran(RuleRun { rule: &rule, facts: &[Value::None], answer: Ok(Err(&fault)), fuel: 0 });
        }
        for other in 0..MODULES_MAX as u64 {
            rule.module = Digest::of(&other.to_be_bytes());
            let mut watch = faults.watch(&campaign, None, Origin::Check, at);
            let answer = Err(&Unavailable::Host(String::new()));
            watch.ran(RuleRun { rule: &rule, facts: &[Value::None], answer, fuel: 0 });
        }
        let waiting = faults.lock();
        let noisy = &waiting.new[&Digest::of(b"g")];
        assert_eq!((noisy.len(), noisy[0].message.as_str()), (KEPT_MAX as usize, "1"));
        assert_eq!((waiting.new.len(), waiting.hours.len()), (MODULES_MAX, 0));
    }

    #[tokio::test]
    async fn what_was_taken_out_to_be_written_is_written_though_who_asked_hangs_up() {
        let folder = tempfile::TempDir::new().unwrap();
        let settings = tombola_store_sqlite::Settings::new(folder.path().join("tombola.db"));
        let store: Arc<dyn Store> = Arc::new(tombola_store_sqlite::open(settings).await.unwrap());
        let (faults, rule) = (Faults(Arc::default()), placed());
        let (campaign, at) = ("spring".parse().unwrap(), Timestamp::from_millis(0));
        let fault = RuleFault { kind: FaultKind::Trap, message: String::new() };
        let mut watch = faults.watch(&campaign, Some(1), Origin::Draw, at);
        watch.ran(RuleRun { rule: &rule, facts: &[Value::None], answer: Ok(Err(&fault)), fuel: 0 });
        drop(watch);
        {
            // Begun, and given up before it can have ended.
            let mut asked = std::pin::pin!(faults.flush_apart(&store));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(asked.as_mut().poll(&mut context).is_pending());
        }
        // However long it takes: a test that hangs fails.
        while store.faults(&rule.module, &[]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn an_hour_has_sixty_minutes() {
        let mut hour = Hour::default();
        assert_eq!(hour.total(1_000), 0);
        for minute in [100, 100, 130, 159] {
            hour.add(minute);
        }
        let check = |hour: &Hour, minute, expected| assert_eq!(hour.total(minute), expected, "at {minute}");
        check(&hour, 159, 4);
        check(&hour, 160, 2);
        check(&hour, 190, 1);
        check(&hour, 219, 0);
        hour.add(161);
        check(&hour, 161, 3);
        hour.add(10_000);
        check(&hour, 10_000, 1);
        // The clock was set back.
        hour.add(9_999);
        check(&hour, 10_000, 2);
        check(&hour, i64::MAX, 0);
    }
}
