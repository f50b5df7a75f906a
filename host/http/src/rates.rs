//! Limits of requests, and what answers tell of them: the fields `RateLimit` and `RateLimit-Policy` of the IETF's
//! [draft-ietf-httpapi-ratelimit-headers-10](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/).

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tombola_app::admission::{NotAdmitted, Standing};
use tombola_app::tokens::Caller;
use tombola_app::{App, Error};
use tombola_domain::id::{CampaignId, PlayerId};

use crate::problem::Problem;
use crate::router::Shared;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Counts a request where requests are limited, and keeps what its answer tells of that; otherwise it costs nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rates(Option<Arc<Mutex<Vec<Standing>>>>);

impl Rates {
    pub(crate) fn of(app: &App) -> Self {
        Self(app.is_limiting().then(Arc::default))
    }

    /// For the handlers of a request.
    pub(crate) fn lend(&self, extensions: &mut axum::http::Extensions) {
        if self.0.is_some() {
            extensions.insert(self.clone());
        }
    }

    /// Those of the request under way.
    pub(crate) fn of_request(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }

    pub(crate) fn admit_token(&self, app: &App, caller: &Caller) -> Result<(), Problem> {
        self.note(|| app.admit_token(caller))
    }

    /// The player's limit comes first: whoever is above it takes nothing of their campaign's.
    pub(crate) fn admit(&self, app: &App, player: &PlayerId, campaign: &CampaignId) -> Result<(), Problem> {
        self.admit_player(app, player)?;
        self.note(|| app.admit_campaign(campaign))
    }

    /// Of what is in no campaign alone.
    pub(crate) fn admit_player(&self, app: &App, player: &PlayerId) -> Result<(), Problem> {
        self.note(|| app.admit_player(player))
    }

    fn note(&self, admit: impl FnOnce() -> Result<Option<Standing>, Error>) -> Result<(), Problem> {
        let Some(noted) = &self.0 else { return Ok(()) };
        let admitted = admit();
        let standing = match &admitted {
            Ok(standing) => *standing,
            Err(Error::NotAdmitted(NotAdmitted::Limited(standing))) => Some(*standing),
            Err(_) => None,
        };
        if let Some(standing) = standing {
            let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
            // Where one request counts for several players, whoever has the least left is told of.
            match noted.iter_mut().find(|other| other.limited == standing.limited) {
                Some(other) if other.left <= standing.left => {}
                Some(other) => *other = standing,
                None => noted.push(standing),
            }
        }
        Ok(admitted.map(drop)?)
    }

    /// Tells it with an answer.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let Some(noted) = &self.0 else { return };
        let noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        let list = |item: fn(&Standing) -> String| {
            let items: Vec<_> = noted.iter().map(item).collect();
            HeaderValue::try_from(items.join(", ")).ok().filter(|_| !noted.is_empty())
        };
        for (name, value) in [(RATE_LIMIT_POLICY, list(policy)), (RATE_LIMIT, list(left))] {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
    }
}

impl FromRequestParts<Shared> for Rates {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Self::Rejection> {
        Ok(Self::of_request(parts))
    }
}

/// The quota, and its window in seconds.
fn policy(standing: &Standing) -> String {
    format!("\"{}\";q={};w={}", standing.limited.as_str(), standing.rate.requests(), standing.rate.window_s())
}

/// What is left of it, and in how many seconds there is more.
fn left(standing: &Standing) -> String {
    format!("\"{}\";r={};t={}", standing.limited.as_str(), standing.left, standing.more_in_s)
}

#[cfg(test)]
mod tests {
    use tombola_domain::switch::{Limited, Rate};

    use super::*;

    #[test]
    fn an_answer_tells_of_each_limit_what_is_left_least() {
        let rates = Rates(Some(Arc::default()));
        let standing = |limited, left| Standing { limited, rate: Rate::new(60, 10).unwrap(), left, more_in_s: 3 };
        for standing in [standing(Limited::Token, 7), standing(Limited::Player, 0), standing(Limited::Player, 9)] {
            rates.note(|| Ok(Some(standing))).unwrap();
        }
        let mut headers = HeaderMap::new();
        rates.tell(&mut headers);
        assert_eq!(headers[RATE_LIMIT_POLICY], "\"token\";q=60;w=10, \"player\";q=60;w=10");
        assert_eq!(headers[RATE_LIMIT], "\"token\";r=7;t=3, \"player\";r=0;t=3");
    }

    #[test]
    fn where_nothing_is_limited_nothing_is_told() {
        let mut headers = HeaderMap::new();
        Rates(Some(Arc::default())).tell(&mut headers);
        Rates::default().tell(&mut headers);
        assert!(headers.is_empty());
    }
}
