use tombola_domain::chance::{TooMany, TooManyLots};
use tombola_store::codes::{CODE_POOLS_MAX, LOADS_MAX};
use tombola_store::destinations::DESTINATIONS_MAX;

/// What there is no room for.
#[derive(Debug, thiserror::Error)]
pub enum Full {
    /// There are as many destinations as there can be.
    #[error("there are {DESTINATIONS_MAX} destinations, which is all there can be; change one of them instead")]
    Destinations,
    /// There are as many pools of codes as there can be.
    #[error("there are {CODE_POOLS_MAX} code pools, which is all there can be; use one of them instead")]
    CodePools,
    /// A pool of codes has as many loads with free codes as there can be.
    #[error(
        "{LOADS_MAX} loads of the code pool '{0}' have free codes, which is all there can be; withdraw them and load larger ones"
    )]
    CodeLoads(String),
    /// An account would come to more than 2^53 - 1.
    #[error("an account would come to more than 2^53 - 1; nothing was posted")]
    Ledger,
    /// See [`TooMany`].
    #[error("{0}; give fewer")]
    Chances(#[from] TooMany),
    /// See [`TooManyLots`].
    #[error("{0}; say one of these, or give chances that lapse as the campaign says")]
    ChanceLots(#[from] TooManyLots),
}

impl Full {
    /// A stable code for clients.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Destinations => "destinations-full",
            Self::CodePools => "code-pools-full",
            Self::CodeLoads(_) => "code-loads-full",
            Self::Ledger => "ledger-full",
            Self::Chances(_) => "chances-full",
            Self::ChanceLots(_) => "chance-lots-full",
        }
    }
}
