use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};
use tombola_domain::causes::Causes;
use tombola_engine::revision::Revision;
use tombola_engine::rule::RuleFactory;
use tombola_engine::verify::Units;
use tombola_store::campaigns::Revision as StoredRevision;
use tombola_store::chances::Lapsing;
use tombola_store::draws::DrawCommit;
use tombola_store::events::EventCommit;
use tombola_store::holds::HoldChange;
use tombola_store::orders::NewOrder;
use tombola_store::{Store, StoreError};

use crate::admission::{self, Limits, Load, Rates};
use crate::clock::Clock;
use crate::codes::Keeper;
use crate::committer::Committer;
use crate::courier::Courier;
use crate::entropy::Entropy;
use crate::epoch::{self, HostKey, OpenEpoch, SealError};
use crate::faults::Faults;
use crate::lane::Lane;
use crate::lapses::Lapses;
use crate::lists::REPLACEMENTS_MAX;
use crate::live::{Live, LiveCampaign, Snapshot, Unready};
use crate::preparing::Prepared;
use crate::refusals::Refusals;
use crate::sweeper::Sweeper;
use crate::switches::Flags;
use crate::turnstiles::Turnstiles;
use crate::{Error, Result, rules};

/// Draws under way at once on this host: more would only wait for the commit.
const DRAWS_MAX: usize = 2_048;
/// How long shutting down waits for draws under way.
const DRAIN_DEADLINE: Duration = Duration::from_secs(20);

/// What the wiring gives.
pub struct Parts {
    /// Everything that is kept.
    pub store: Arc<dyn Store>,
    /// Everything that rules run on.
    pub rules: Arc<dyn RuleFactory>,
    /// The engine's name and version, for receipts.
    pub engine_version: String,
    /// The way to destinations.
    pub courier: Arc<dyn Courier>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of salts and secrets.
    pub entropy: Arc<dyn Entropy>,
    /// The key that seals secrets.
    pub host_key: HostKey,
    /// What is let in where no switch says otherwise.
    pub admission: admission::Settings,
}

/// All use cases of one host.
pub struct App {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) rules: Arc<dyn RuleFactory>,
    pub(crate) courier: Arc<dyn Courier>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) engine_version: String,
    pub(crate) host_key: HostKey,
    pub(crate) live: Live,
    pub(crate) committer: Committer<DrawCommit>,
    pub(crate) order_committer: Committer<NewOrder>,
    pub(crate) event_committer: Committer<EventCommit>,
    pub(crate) hold_committer: Committer<HoldChange>,
    pub(crate) lapse_committer: Committer<Lapsing>,
    pub(crate) refusals: Refusals,
    pub(crate) faults: Faults,
    pub(crate) sweeper: Sweeper,
    /// Held for its task.
    #[expect(dead_code, reason = "dropping it ends its task")]
    lapses: Lapses,
    /// One for each list that may be replaced at once.
    pub(crate) replacements: Semaphore,
    pub(crate) keeper: Keeper,
    /// One for each load of codes that may be under way at once.
    pub(crate) code_loads: Semaphore,
    /// When a rule's fault was last logged, in seconds.
    pub(crate) fault_reported_at: AtomicI64,
    pub(crate) draws: Semaphore,
    /// How much that writes is under way, and may be.
    pub(crate) load: Load,
    pub(crate) limits: Limits,
    /// What is let in where no switch says otherwise.
    pub(crate) rates: Rates,
    pub(crate) flags: Arc<Flags>,
    /// Held while switches are taken up.
    pub(crate) switching: Mutex<()>,
    /// For what clients ask for and takes long.
    pub(crate) slow: Lane,
    /// For what operators ask for and may take longer.
    pub(crate) apart: Lane,
    pub(crate) identities: crate::tokens::Identities,
    pub(crate) player_tokens: crate::tokens::player::Sealer,
    /// Held while what draws run on is changed.
    pub(crate) activating: Mutex<()>,
    /// What this host has made ready for others that will activate it.
    pub(crate) prepared: Prepared,
    pub(crate) turnstiles: Turnstiles,
    /// Held while a pass is made.
    pub(crate) reconciling: Mutex<()>,
}

/// Why a host could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The epoch's secret stays closed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed.
    #[error("the store could not be read")]
    Store(#[source] StoreError),
    /// Threads could not be started.
    #[error("the threads for slow work could not be started")]
    Threads(#[source] std::io::Error),
    /// Something else.
    #[error("the live campaigns could not be made ready")]
    Other(#[source] Error),
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => Self::Store(error),
            Error::Sealed(error) => Self::Seal(error),
            other => Self::Other(other),
        }
    }
}

impl App {
    /// Opens the epoch, makes every live campaign ready and starts to commit. Needs a Tokio runtime.
    pub async fn start(parts: Parts) -> Result<Self, StartError> {
        let Parts { store, rules, engine_version, courier, clock, entropy, host_key, admission } = parts;
        epoch::begin(&*store, &host_key, &*entropy, &*clock).await?;
        store.record_signing_key(host_key.signer().public_key(), clock.now()).await.map_err(StartError::Store)?;
        let live = load(&*store, &*rules, &host_key, &Known::default()).await?;
        let flags = Arc::new(Flags::of(&store.switches().await.map_err(StartError::Store)?));
        let app = Self {
            live: Live::new(live),
            committer: Committer::start(Arc::clone(&store)),
            order_committer: Committer::start(Arc::clone(&store)),
            event_committer: Committer::start(Arc::clone(&store)),
            hold_committer: Committer::start(Arc::clone(&store)),
            lapse_committer: Committer::start(Arc::clone(&store)),
            refusals: Refusals::start(Arc::clone(&store), Arc::clone(&flags)),
            faults: Faults::start(Arc::clone(&store), Arc::clone(&flags)),
            sweeper: Sweeper::start(Arc::clone(&store), Arc::clone(&flags)),
            lapses: Lapses::start(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&flags)),
            replacements: Semaphore::new(REPLACEMENTS_MAX),
            keeper: Keeper::start(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&flags)),
            code_loads: Semaphore::new(crate::codes::LOADS_MAX),
            fault_reported_at: AtomicI64::new(i64::MIN),
            draws: Semaphore::new(DRAWS_MAX),
            load: Load::new(DRAWS_MAX, admission.latency),
            limits: Limits::new(host_key.derived("limits")),
            rates: admission.rates,
            flags,
            switching: Mutex::new(()),
            slow: Lane::start("tombola-slow", slow_threads(), 19).map_err(StartError::Threads)?,
            apart: Lane::start("tombola-apart", 1, 10).map_err(StartError::Threads)?,
            identities: crate::tokens::Identities::default(),
            player_tokens: crate::tokens::player::Sealer::new(host_key.derived("player-tokens")),
            activating: Mutex::new(()),
            prepared: Prepared::default(),
            turnstiles: Turnstiles::default(),
            reconciling: Mutex::new(()),
            store,
            rules,
            courier,
            clock,
            entropy,
            engine_version,
            host_key,
        };
        app.take_up_switches().await?;
        Ok(app)
    }

    /// Whether this host can serve every live campaign, and its database can be read and written.
    pub async fn ready(&self) -> Result<()> {
        self.store.check().await?;
        let snapshot = self.live.snapshot();
        match snapshot.campaigns.iter().find(|(_, campaign)| campaign.pipeline.is_none()) {
            Some((id, _)) => Err(Error::CampaignNotReady(id.to_string())),
            None => Ok(()),
        }
    }

    /// Ends when nothing more can be committed, because this host was taken over from or taken for dead, or because a commit failed
    /// and left it in doubt what is on the disk. This process must end then, and another start.
    pub async fn lost(&self) {
        self.store.lost().await;
    }

    /// Takes no more draws and waits for those under way.
    pub async fn drain(&self) {
        let all = u32::try_from(DRAWS_MAX).expect("a few thousand");
        if tokio::time::timeout(DRAIN_DEADLINE, self.draws.acquire_many(all)).await.is_err() {
            tracing::warn!("draws were still under way when the host ended");
        }
        self.draws.close();
        if self.writes() {
            self.refusals.flush(&*self.store).await;
            self.faults.flush(&*self.store).await;
        }
    }

    /// The clock that everything here goes by.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The source of identifiers for requests and tokens.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }
}

/// Threads for draws of slow rules. At least one core is for the others.
fn slow_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))
}

/// What this host has in memory of what it loads.
#[derive(Default)]
pub(crate) struct Known<'a> {
    pub(crate) live: Option<Arc<Snapshot>>,
    pub(crate) prepared: Option<&'a Prepared>,
}

impl Known<'_> {
    /// The epoch of this number.
    fn epoch(&self, number: u64) -> Option<Arc<OpenEpoch>> {
        self.live.as_ref().map(|live| Arc::clone(&live.epoch)).filter(|epoch| epoch.number == number)
    }

    /// This revision, ready to run.
    fn campaign(&self, stored: &StoredRevision) -> Option<LiveCampaign> {
        let live = self.live.as_ref().and_then(|live| live.campaigns.get(&stored.campaign));
        if let Some(live) = live
            && (live.revision, live.digest) == (stored.number, stored.digest)
            && live.pipeline.is_some()
        {
            return Some(LiveCampaign::clone(live));
        }
        let pipeline = self.prepared?.take(&stored.digest)?;
        Some(LiveCampaign::new(stored.number, stored.digest, Some(pipeline)))
    }
}

pub(crate) async fn load(
    store: &dyn Store,
    factory: &dyn RuleFactory,
    key: &HostKey,
    known: &Known<'_>,
) -> Result<Snapshot> {
    let live = store.live().await?;
    let number = live.epoch.ok_or_else(|| StoreError::Unavailable("no epoch has begun".into()))?;
    let epoch = match known.epoch(number) {
        Some(epoch) => epoch,
        None => Arc::new(epoch::open(store, key, number).await?),
    };
    let mut campaigns = HashMap::new();
    for revision in live.revisions {
        let id = revision.campaign.clone();
        let campaign = match known.campaign(&revision) {
            Some(campaign) => campaign,
            None => load_one(store, factory, &revision).await?,
        };
        let paused = live.paused.contains(&id);
        campaigns.insert(id, Arc::new(LiveCampaign { paused, ..campaign }));
    }
    Ok(Snapshot { activation: live.activation, epoch, campaigns })
}

/// A live revision, ready to run where it can be made so: the others are not its hostages.
async fn load_one(store: &dyn Store, factory: &dyn RuleFactory, revision: &StoredRevision) -> Result<LiveCampaign> {
    match make_ready(store, factory, revision).await {
        Err(Error::RuleUnavailable(error)) => {
            tracing::error!(campaign = %revision.campaign, error = %Causes(&error), "a live revision is not ready");
            let unready = serde_json::from_str::<Revision>(&revision.document).ok();
            let unready = unready.and_then(|revision| Unready::of(&revision.document)).map(Arc::new);
            Ok(LiveCampaign { unready, ..LiveCampaign::new(revision.number, revision.digest, None) })
        }
        ready => ready,
    }
}

/// A published revision, ready to run and not paused. One that can't be made ready is kept as such.
pub(crate) async fn make_ready(
    store: &dyn Store,
    factory: &dyn RuleFactory,
    stored: &StoredRevision,
) -> Result<LiveCampaign> {
    let mut unready = None;
    let pipeline = match serde_json::from_str::<Revision>(&stored.document) {
        Ok(revision) => {
            let prepared = rules::prepare(store, factory, &revision.document, &revision.modules, Units::Any).await?;
            if prepared.verified.pipeline.is_none() {
                let findings: Vec<_> = prepared.verified.findings.iter().map(ToString::to_string).collect();
                tracing::error!(campaign = %stored.campaign, revision = stored.number, ?findings, "a live revision is not ready");
                unready = Unready::of(&revision.document).map(Arc::new);
            }
            prepared.verified.pipeline.map(Arc::new)
        }
        Err(error) => {
            tracing::error!(campaign = %stored.campaign, revision = stored.number, error = %Causes(&error), "a live revision can't be read");
            None
        }
    };
    Ok(LiveCampaign { unready, ..LiveCampaign::new(stored.number, stored.digest, pipeline) })
}
