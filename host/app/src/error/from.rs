//! What the engine and the store answer instead, as an error of a use case.

use tombola_domain::id::{CampaignId, CodePoolName};
use tombola_engine::odds::Untold;
use tombola_engine::trial::Stopped;
use tombola_store::awards::MoveError;
use tombola_store::campaigns::ActivateError;
use tombola_store::codes::CodesError;
use tombola_store::destinations::DestinationError;
use tombola_store::draws::EraseError;
use tombola_store::epochs::RotateError;
use tombola_store::feed::FeedError;
use tombola_store::lists::ListError;
use tombola_store::modules::UploadError;
use tombola_store::outbox::ReviveError;
use tombola_store::reconciliation::PassError;
use tombola_store::stock::StockError;
use tombola_store::tokens::TokenError;
use tombola_store::{KeyReused, StoreError};

use super::{Error, Full};
use crate::feed::NotTold;

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Untold> for Error {
    fn from(untold: Untold) -> Self {
        match untold {
            Untold::Unavailable(error) => error.into(),
            Untold::TooManyWays(error) => error.into(),
            Untold::TooMuchFuel(error) => error.into(),
        }
    }
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Unavailable(error) => error.into(),
            Stopped::TicketTooHigh { ticket, pool, total } => Self::TicketTooHigh { ticket, pool, total },
            Stopped::NeverDrawn(pool) => Self::NeverDrawn(pool),
        }
    }
}

impl From<FeedError> for Error {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Ahead { last } => NotTold::Ahead(last).into(),
            FeedError::Damaged { position, source } => NotTold::Damaged { position, source }.into(),
            FeedError::Store(error) => error.into(),
        }
    }
}

impl From<KeyReused> for Error {
    fn from(KeyReused: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<RotateError> for Error {
    fn from(error: RotateError) -> Self {
        match error {
            RotateError::KeyReused(error) => error.into(),
            RotateError::NotCurrent => Self::EpochNotCurrent,
            RotateError::Store(error) => error.into(),
        }
    }
}

impl From<EraseError> for Error {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::KeyReused(error) => error.into(),
            EraseError::Store(error) => error.into(),
        }
    }
}

impl From<PassError> for Error {
    fn from(error: PassError) -> Self {
        match error {
            PassError::KeyReused(error) => error.into(),
            PassError::Store(error) => error.into(),
        }
    }
}

impl From<UploadError> for Error {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::KeyReused(error) => error.into(),
            UploadError::VersionTaken(digest) => Self::VersionTaken(digest),
            UploadError::NameTaken(publisher) => Self::NameTaken(publisher),
            UploadError::Store(error) => error.into(),
        }
    }
}

impl From<DestinationError> for Error {
    fn from(error: DestinationError) -> Self {
        match error {
            DestinationError::KeyReused(error) => error.into(),
            DestinationError::NoSecret => Self::DestinationWithoutSecret,
            DestinationError::TooMany => Full::Destinations.into(),
            DestinationError::Store(error) => error.into(),
        }
    }
}

impl From<MoveError> for Error {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::KeyReused(error) => error.into(),
            MoveError::NotPosted(error) => error.into(),
            MoveError::Store(error) => error.into(),
        }
    }
}

impl From<ReviveError> for Error {
    fn from(error: ReviveError) -> Self {
        match error {
            ReviveError::KeyReused(error) => error.into(),
            ReviveError::Store(error) => error.into(),
        }
    }
}

impl From<ListError> for Error {
    fn from(error: ListError) -> Self {
        match error {
            ListError::KeyReused(error) => error.into(),
            ListError::Emptied => Self::ListEmptied,
            ListError::Store(error) => error.into(),
        }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::NameTaken => Self::TokenTaken,
            TokenError::Store(error) => error.into(),
        }
    }
}

impl Error {
    pub(crate) fn activation(error: ActivateError, campaign: &CampaignId) -> Self {
        match error {
            ActivateError::KeyReused(error) => error.into(),
            ActivateError::NotExpected(live) => Self::NotExpected { live, difference: Vec::new() },
            ActivateError::UnknownRevision(number) => Self::RevisionUnknown(number),
            ActivateError::UnknownCampaign => Self::CampaignUnknown(campaign.to_string()),
            ActivateError::Store(error) => error.into(),
        }
    }

    pub(crate) fn codes(error: CodesError, pool: &CodePoolName) -> Self {
        match error {
            CodesError::KeyReused(error) => error.into(),
            CodesError::UnknownPool => Self::CodePoolUnknown(pool.to_string()),
            CodesError::TooManyPools => Full::CodePools.into(),
            CodesError::TooManyLoads => Full::CodeLoads(pool.to_string()).into(),
            CodesError::Store(error) => error.into(),
        }
    }

    pub(crate) fn stock(error: StockError, prize: &str) -> Self {
        match error {
            StockError::KeyReused(error) => error.into(),
            StockError::UnknownPrize => Self::StockUnknown(prize.to_owned()),
            StockError::OutOfBounds { stock, issued } => Self::StockBounds { stock, issued },
            StockError::Store(error) => error.into(),
        }
    }
}
