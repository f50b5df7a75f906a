//! Bearer tokens: who calls, and what they may do.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE32_NOPAD;
use tombola_domain::digest::Digest;
use tombola_domain::id::CampaignId;
use tombola_domain::time::Timestamp;
use tombola_store::Store;
use tombola_store::tokens::Token;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::{App, Result};

/// How long an identity is believed before the store is asked again: how long a revoked token may go on.
const BELIEVED_MILLIS: u64 = 1_000;
/// Identities that are remembered. Beyond it all are forgotten, which costs one read each.
const REMEMBERED_MAX: usize = 10_000;

/// What a token may do. Each role of an operator may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// For servers: draws, and what players may see.
    Client,
    /// Operators who look.
    Viewer,
    /// Operators who check documents, and change lists and stock.
    Editor,
    /// Operators who upload, publish and roll back.
    Publisher,
}

impl Role {
    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Publisher => "publisher",
        }
    }
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role is client, viewer, editor or publisher")]
pub struct ParseRoleError;

impl FromStr for Role {
    type Err = ParseRoleError;

    fn from_str(word: &str) -> Result<Self, ParseRoleError> {
        [Self::Client, Self::Viewer, Self::Editor, Self::Publisher]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or(ParseRoleError)
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The campaigns that it is for; empty is all.
    pub campaigns: Vec<CampaignId>,
}

impl Caller {
    /// Whether the token is for this campaign.
    pub fn may_see(&self, campaign: &CampaignId) -> bool {
        self.campaigns.is_empty() || self.campaigns.contains(campaign)
    }
}

/// A wish for a token.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its name, for records.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The campaigns that it is for; empty is all.
    pub campaigns: Vec<CampaignId>,
    /// When it ceases to work, if ever.
    pub expires_at: Option<Timestamp>,
}

/// Makes a token and answers its secret, which is nowhere kept.
pub async fn create(store: &dyn Store, clock: &dyn Clock, entropy: &dyn Entropy, new: NewToken) -> Result<String> {
    let secret = format!("tombola_{}", BASE32_NOPAD.encode(&entropy.bytes()).to_lowercase());
    let token = Token {
        name: new.name,
        hash: hash(&secret),
        role: new.role.as_str().to_owned(),
        campaigns: new.campaigns,
        created_at: clock.now(),
        expires_at: new.expires_at,
        revoked_at: None,
    };
    store.create_token(&token).await?;
    Ok(secret)
}

/// The secrets carry 256 random bits, so that one fast hash is enough.
fn hash(secret: &str) -> Digest {
    Digest::tagged("tombola/token/v1", &[secret.as_bytes()])
}

/// Tokens that were looked up lately.
#[derive(Debug, Default)]
pub(crate) struct Identities(Mutex<HashMap<Digest, Known>>);

/// What a look-up came to.
#[derive(Debug, Clone)]
struct Known {
    since: Timestamp,
    /// `None` is nobody, which is remembered too.
    caller: Option<Caller>,
}

impl App {
    /// Who presents this secret; `None` is nobody known, or no longer.
    pub async fn identify(&self, secret: &str) -> Result<Option<Caller>> {
        let (hash, now) = (hash(secret), self.clock.now());
        if let Some(known) = self.identities.get(&hash, now) {
            return Ok(known.caller);
        }
        let token = self.store.token(&hash).await?;
        let is_valid =
            |token: &Token| token.revoked_at.is_none() && token.expires_at.is_none_or(|expires_at| now < expires_at);
        let caller = token.filter(is_valid).and_then(|token| {
            let role = token.role.parse().ok()?;
            Some(Caller { name: token.name, role, campaigns: token.campaigns })
        });
        self.identities.put(hash, now, caller.clone());
        Ok(caller)
    }
}

impl Identities {
    fn get(&self, hash: &Digest, now: Timestamp) -> Option<Known> {
        let identities = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = identities.get(hash)?;
        (now.as_millis().abs_diff(known.since.as_millis()) < BELIEVED_MILLIS).then(|| known.clone())
    }

    fn put(&self, hash: Digest, now: Timestamp, caller: Option<Caller>) {
        let mut identities = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if identities.len() >= REMEMBERED_MAX {
            identities.clear();
        }
        identities.insert(hash, Known { since: now, caller });
    }
}
