//! The sandbox as the engine sees it: a factory that admits uploads and prepares rules.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_engine::rule::{
    AdmitError, FaultKind, Kind, Manifest, PrepareError, Problem, Rule, RuleFactory, Unavailable,
};

use crate::admit::manifest;
use crate::cache::Cache;
use crate::class::{Class, ClassError, compatibility};
use crate::fault::{describe, fault};
use crate::interface::Interface;
use crate::native::Baked;
use crate::residents::{Key, Residents};
use crate::rule::Resident;
use crate::settings::Settings;
use crate::worker::message::{BakeError, Job, Outcome};
use crate::workers::{JobError, Workers};

/// Why a sandbox can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The class can't.
    #[error(transparent)]
    Class(#[from] ClassError),
    /// The folder for native code can't be used.
    #[error("the folder for native code can't be used")]
    Cache(#[source] std::io::Error),
}

/// Runs the rules of one class. Needs a Tokio runtime with its IO and time drivers to admit and prepare; evaluating is
/// synchronous and needs none.
#[derive(Debug)]
pub struct Sandbox {
    class: Arc<Class>,
    workers: Workers,
    cache: Option<Arc<Cache>>,
    residents: Residents,
}

impl Sandbox {
    /// Sets the sandbox up: its engine, the address space of its pool, its clock and the folder of its native code.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let cache = settings.cache.map(Cache::open).transpose().map_err(SetupError::Cache)?;
        Ok(Self {
            class: Arc::new(Class::new(settings.class)?),
            workers: Workers::new(settings.worker),
            cache: cache.map(Arc::new),
            residents: Residents::default(),
        })
    }

    /// The rule behind `key`, from the cache or from a compiling process.
    async fn make(&self, key: &Key, component: &[u8], config: String) -> Result<Arc<Resident>, PrepareError> {
        let name = self.cache_name(key);
        if let Some(rule) = self.cached(name, key.interface).await? {
            return Ok(rule);
        }
        if Digest::of(component) != key.module {
            return Err(unavailable("the bytes of the module don't have its digest".to_owned()).into());
        }
        let baked = self.bake(key.interface, component, config).await?;
        let (class, cache, interface) = (Arc::clone(&self.class), self.cache.clone(), key.interface);
        blocking(move || {
            let rule = resident(class, &baked, interface)?;
            if let Some(cache) = cache {
                cache.put(name, &baked.to_cache());
            }
            Ok(rule)
        })
        .await?
    }

    async fn cached(&self, name: Digest, interface: Interface) -> Result<Option<Arc<Resident>>, PrepareError> {
        let Some(cache) = self.cache.clone() else {
            return Ok(None);
        };
        let class = Arc::clone(&self.class);
        // A file that is authentic and still can't be used is of no harm: it is made again and written over.
        let load = move || {
            let baked = Baked::from_cache(&cache.get(name)?)?;
            resident(class, &baked, interface).ok()
        };
        Ok(blocking(load).await?)
    }

    async fn bake(&self, interface: Interface, component: &[u8], config: String) -> Result<Baked, PrepareError> {
        let job = Job::Bake(interface, config);
        match self.workers.run(self.class.settings(), job, component).await {
            Ok((Outcome::Baked(Ok(needs)), code)) => Ok(Baked::from_worker(needs, code)),
            Ok((Outcome::Baked(Err(error)), _)) => Err(match error {
                BakeError::Problems(problems) => PrepareError::Problems(problems.into_iter().map(Into::into).collect()),
                BakeError::WrongKind => PrepareError::WrongKind,
                BakeError::Fault(fault) => PrepareError::Fault(fault),
                BakeError::Host(reason) => unavailable(reason).into(),
            }),
            Ok((Outcome::Checked(_), _)) => Err(unavailable(CROSSED.to_owned()).into()),
            Err(JobError::Costly(excess)) => {
                Err(PrepareError::Fault(fault(FaultKind::Trap, format!("too costly to make ready: {excess}"))))
            }
            Err(JobError::Unavailable(unavailable)) => Err(unavailable.into()),
        }
    }

    /// The name of a rule's native code: everything that the code depends on.
    fn cache_name(&self, key: &Key) -> Digest {
        let class = serde_json::to_vec(self.class.settings()).expect("settings are plain numbers");
        let engine = crate::engine_version();
        let parts: [&[u8]; 6] = [
            key.module.as_bytes(),
            key.interface.name().as_bytes(),
            key.config.as_bytes(),
            engine.as_bytes(),
            &compatibility(self.class.engine()).to_be_bytes(),
            &class,
        ];
        Digest::tagged("tombola native rule", &parts)
    }
}

#[async_trait]
impl RuleFactory for Sandbox {
    async fn admit(&self, component: &[u8]) -> Result<Manifest, AdmitError> {
        let class = self.class.settings();
        let (size, limit) = (component.len(), class.upload_bytes_max);
        if size > limit {
            return Err(AdmitError::TooLarge { size, limit });
        }
        match self.workers.run(class, Job::Check, component).await {
            Ok((Outcome::Checked(Ok((described, inspection))), _)) => manifest(described, inspection),
            Ok((Outcome::Checked(Err(error)), _)) => Err(error.into()),
            Ok((Outcome::Baked(_), _)) => Err(unavailable(CROSSED.to_owned()).into()),
            Err(JobError::Costly(excess)) => Err(AdmitError::Compile(excess)),
            Err(JobError::Unavailable(unavailable)) => Err(unavailable.into()),
        }
    }

    async fn prepare(
        &self,
        digest: Digest,
        component: &[u8],
        kind: Kind,
        config: &serde_json::Value,
    ) -> Result<Arc<dyn Rule>, PrepareError> {
        let config = config.to_string();
        let config_bytes_max = self.class.settings().config_bytes_max;
        if config.len() > config_bytes_max {
            return Err(PrepareError::Problems(vec![too_long(config.len(), config_bytes_max)]));
        }
        let key = Key { module: digest, interface: kind.into(), config: Digest::of(config.as_bytes()) };
        let place = self.residents.place(key.clone());
        let mut place = place.lock().await;
        if let Some(rule) = Weak::upgrade(&place) {
            return Ok(rule);
        }
        let rule = self.make(&key, component, config).await?;
        *place = Arc::downgrade(&rule);
        Ok(rule)
    }
}

const CROSSED: &str = "the compiling process answered another question";

fn resident(class: Arc<Class>, baked: &Baked, interface: Interface) -> Result<Arc<Resident>, PrepareError> {
    let needs = baked.needs.clone().try_into().map_err(|error| {
        PrepareError::Fault(fault(FaultKind::Undeclared, format!("it declares an outcome that is none: {error}")))
    })?;
    let component = baked.load(&class).map_err(|error| unavailable(describe(&error)))?;
    Ok(Arc::new(Resident::new(class, &component, interface, needs)?))
}

fn too_long(bytes: usize, bytes_max: usize) -> Problem {
    Problem {
        place: String::new(),
        message: format!("the config has {bytes} bytes; {bytes_max} are allowed"),
        hint: "keep long lists as lists of their own, and name them".to_owned(),
    }
}

fn unavailable(reason: String) -> Unavailable {
    Unavailable::Host(reason)
}

/// Runs what would hold up the runtime elsewhere.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unavailable> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Unavailable::Host(format!("the work broke off: {error}")))
}
