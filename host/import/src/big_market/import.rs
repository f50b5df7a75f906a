use std::collections::BTreeMap;

use tombola_engine::document::{Document, Shortfall};

use super::context::Context;
use super::economy::Carried;
use super::note::{Code, Note};
use super::odds::PoolOdds;
use super::prizes::Consolations;
use super::tables::{Strategy, StrategyAward, TABLES, Tables};
use super::trees::Uses;
use super::zone::Zone;
use super::{economy, guards, odds, pools, prizes, rest, window};
use crate::dump::{self, Faults};

/// The most strategies of one dump. Each becomes a file, and is verified by itself.
const STRATEGIES_MAX: usize = 1_000;

/// What a dump came to.
#[derive(Debug)]
pub struct Import {
    /// One for each strategy, in the order of the dump.
    pub campaigns: Vec<Campaign>,
    /// What is about none of them.
    pub notes: Vec<Note>,
}

/// What a strategy came to.
#[derive(Debug)]
pub struct Campaign {
    /// The document.
    pub document: Document,
    /// Players whom the document can't hold.
    pub lists: Vec<List>,
    /// The odds of the default pool, and then of each tier.
    pub odds: Vec<PoolOdds>,
    /// What was not carried over as it was.
    pub notes: Vec<Note>,
}

/// A list of players.
#[derive(Debug, PartialEq, Eq)]
pub struct List {
    /// Its name, which is the strategy's own: lists belong to a host, not to a campaign.
    pub name: String,
    /// Ids of players.
    pub members: Vec<String>,
}

impl List {
    /// The name of its file, which holds one player's id a line.
    pub fn file(&self) -> String {
        format!("{}.txt", self.name)
    }
}

/// Why nothing can be made of a dump.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Some of it can't be read: all that is found of that.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// It holds no strategies.
    #[error("the dump holds no rows of the tables strategy and strategy_award; dump at least these")]
    NoStrategies,
    /// It holds too many.
    #[error("the dump holds {0} strategies; {STRATEGIES_MAX} are allowed, so split it")]
    TooMany(usize),
}

/// Makes a document of each strategy of a dump, whose times are in `zone`.
pub fn import(dump: &[u8], zone: &Zone) -> Result<Import, ImportError> {
    let wanted: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
    let mut faults = Faults::default();
    let dump = dump::read(dump, &wanted, &mut faults);
    let tables = Tables::read(&dump, &mut faults);
    faults.check()?;
    if tables.strategies.is_empty() || tables.strategy_awards.is_empty() {
        return Err(ImportError::NoStrategies);
    }
    if tables.strategies.len() > STRATEGIES_MAX {
        return Err(ImportError::TooMany(tables.strategies.len()));
    }
    let mut awards: BTreeMap<i64, Vec<&StrategyAward>> = BTreeMap::new();
    for award in &tables.strategy_awards {
        awards.entry(award.strategy).or_default().push(award);
    }
    let mut notes = rest::rest(&dump, &tables);
    let mut carried = Carried::default();
    let mut campaigns = Vec::new();
    for strategy in &tables.strategies {
        let awards = awards.get(&strategy.id).cloned().unwrap_or_default();
        let context = Context::new(&tables, strategy, awards, zone);
        match campaign(context, &mut carried) {
            Ok(campaign) => campaigns.push(campaign),
            Err(empty) => notes.push(empty),
        }
    }
    notes.extend(rest::economy(&tables, &carried));
    Ok(Import { campaigns, notes })
}

/// Of a strategy that draws nothing, the note that says so.
fn campaign(mut context: Context<'_>, carried: &mut Carried) -> Result<Campaign, Note> {
    let Strategy { id, .. } = *context.strategy;
    if context.awards.iter().all(|award| award.rate.is_zero()) {
        return Err(Note {
            code: Code::StrategyEmpty,
            place: context.here(),
            message: format!("strategy {id} has no award with a rate; no document was made of it"),
            hint: "Dump its rows of strategy_award too.".to_owned(),
        });
    }
    let context = &mut context;
    let activity = window::activity(context);
    let amounts = prizes::amounts(context);
    let uses = Uses::of(context, &amounts);
    let consolations = Consolations::of(context, &uses);
    let tiers = pools::tiers(context);
    let pools = pools::pools(context, &tiers);
    let odds = odds::odds(context, &tiers);
    let (guards, lists) = guards::guards(context, &tiers, &consolations);
    let skus = economy::skus(context, activity, carried);
    let (events, rebates) = economy::rebates(context, &skus, carried);
    let document = Document {
        campaign: id.to_string(),
        title: window::title(context, activity),
        window: window::window(context, activity),
        chances: window::chances(context, activity, &skus),
        budget: None,
        prizes: prizes::prizes(context, &amounts, &uses, &consolations),
        skus,
        pools,
        guards,
        attributes: BTreeMap::new(),
        trees: uses.documents(context, &consolations),
        events,
        rebates,
        shortfall: Shortfall::default(),
        examples: Vec::new(),
    };
    let notes = std::mem::take(&mut context.notes).into_vec();
    Ok(Campaign { document, lists, odds, notes })
}
