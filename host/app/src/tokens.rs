//! Bearer tokens: who calls, and what they may do.

pub mod player;

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE32_NOPAD;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdempotencyKey, PlayerId};
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;
use tombola_store::Store;
use tombola_store::tokens::Token;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::intent::Intent;
use crate::{App, Error, Result};
use player::{Claims, NewPlayerToken};

/// Who makes tokens at the machine itself, in records. No token may have this name. Whoever can open the database there can
/// do anything to it; a user's name that the machine says would prove no more.
pub const LOCAL: &str = "local";

/// How long an identity is believed before the store is asked again: how long a revoked token may go on.
const BELIEVED_MILLIS: u64 = 1_000;
/// Identities that are remembered. Beyond it all are forgotten, which costs one read each.
const REMEMBERED_MAX: usize = 10_000;
/// The longest secret of a token that is kept; a longer one is nobody's, whatever it is.
const SECRET_BYTES_MAX: usize = 128;

/// What a token may do. Each role of an operator may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// For one player, in whose stead a server's client calls. Made by a client's token, and nowhere kept.
    Player,
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
            Self::Player => "player",
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
    /// What is the token's own belongs to this, rather than to its name.
    pub identity: Digest,
    /// What it may do.
    pub role: Role,
    /// The campaigns that it is for; empty is all.
    pub campaigns: Vec<CampaignId>,
    /// The player that it is for; `None` is all, which is so with every role but [`Role::Player`].
    pub player: Option<PlayerId>,
    /// The hash of its secret, or of its maker's.
    token: Digest,
}

impl Caller {
    /// What the caller wants written, under a key and for a reason.
    pub fn intent(self, key: IdempotencyKey, reason: Reason) -> Intent {
        Intent { actor: self.name, identity: Some(self.identity), key: Some(key), reason }
    }

    /// The same of what is done anew each time it is asked for.
    pub fn unkeyed_intent(self, reason: Reason) -> Intent {
        Intent { actor: self.name, identity: Some(self.identity), key: None, reason }
    }

    /// Whether the token is for this campaign.
    pub fn may_see(&self, campaign: &CampaignId) -> bool {
        self.campaigns.is_empty() || self.campaigns.contains(campaign)
    }

    /// Whether the token is for this player.
    pub fn is_for(&self, player: &PlayerId) -> bool {
        self.player.as_ref().is_none_or(|own| own == player)
    }

    /// Whose requests count as this caller's.
    pub(crate) const fn limited_as(&self) -> (&Digest, Option<&PlayerId>) {
        (&self.token, self.player.as_ref())
    }

    /// This caller as one of their players; `None` where no campaign is left that both tokens are for.
    fn acting_for(self, claims: Claims) -> Option<Self> {
        let Claims { player, campaigns: claimed, .. } = claims;
        let campaigns = match (self.campaigns.is_empty(), claimed.is_empty()) {
            (_, true) => self.campaigns,
            (true, false) => claimed,
            (false, false) => {
                let both: Vec<_> = claimed.into_iter().filter(|campaign| self.campaigns.contains(campaign)).collect();
                if both.is_empty() {
                    return None;
                }
                both
            }
        };
        Some(Self { role: Role::Player, campaigns, player: Some(player), ..self })
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
    /// Whether it takes over what belongs to the latest revoked token of its name, such as the names of rules.
    pub is_successor: bool,
}

/// Makes a token and answers its secret, which is nowhere kept.
pub async fn create(
    store: &dyn Store,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    intent: Intent,
    new: NewToken,
) -> Result<String> {
    let secret = format!("tombola_{}", BASE32_NOPAD.encode(&entropy.bytes()).to_lowercase());
    let hash = hash(&secret);
    let token = Token {
        identity: if new.is_successor { predecessor(store, &new.name).await? } else { hash },
        name: new.name,
        hash,
        role: new.role.as_str().to_owned(),
        campaigns: new.campaigns,
        created_at: clock.now(),
        expires_at: new.expires_at,
        revoked_at: None,
    };
    let operation = intent.operation(&[b"create-token", token.description().as_bytes()], token.created_at);
    store.create_token(&operation, &token).await?;
    Ok(secret)
}

/// Revokes the token of this name; `false` where none was there to revoke.
pub async fn revoke(store: &dyn Store, clock: &dyn Clock, intent: Intent, name: &str) -> Result<bool> {
    let operation = intent.operation(&[b"revoke-token", name.as_bytes()], clock.now());
    Ok(store.revoke_token(&operation, name).await?)
}

/// The identity of the latest revoked token of this name.
async fn predecessor(store: &dyn Store, name: &str) -> Result<Digest> {
    let tokens = store.tokens().await?;
    let revoked = tokens.into_iter().filter(|token| token.name == name && token.revoked_at.is_some());
    revoked.max_by_key(|token| token.revoked_at).map(|token| token.identity).ok_or(Error::TokenUnknown)
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

/// A player token, as it was made.
#[derive(Debug)]
pub struct PlayerToken {
    /// The text that the player's client sends.
    pub secret: String,
    /// When it ceases to work.
    pub expires_at: Timestamp,
}

impl App {
    /// Who presents this secret; `None` is nobody known, or no longer.
    pub async fn identify(&self, secret: &str) -> Result<Option<Caller>> {
        match secret.strip_prefix(player::PREFIX) {
            Some(sealed) => self.identify_player(sealed).await,
            None if secret.len() > SECRET_BYTES_MAX => Ok(None),
            None => self.look_up(hash(secret)).await,
        }
    }

    /// Makes a token with which one player acts alone. Whoever makes it sees to it that it is for no campaign that their own
    /// token isn't for; one that is for such a campaign can't be used there.
    pub fn create_player_token(&self, maker: &Caller, new: NewPlayerToken) -> PlayerToken {
        let claims = new.claims(maker.token, self.clock.now());
        PlayerToken { secret: self.player_tokens.seal(&claims), expires_at: claims.expires_at }
    }

    /// A player's token works as long as the one that made it, and within what that one is for.
    async fn identify_player(&self, sealed: &str) -> Result<Option<Caller>> {
        let now = self.clock.now();
        let Some(claims) = self.player_tokens.open(sealed).filter(|claims| now < claims.expires_at) else {
            return Ok(None);
        };
        let maker = self.look_up(claims.maker).await?.filter(|maker| maker.role == Role::Client);
        Ok(maker.and_then(|maker| maker.acting_for(claims)))
    }

    async fn look_up(&self, hash: Digest) -> Result<Option<Caller>> {
        let now = self.clock.now();
        if let Some(known) = self.identities.get(&hash, now) {
            return Ok(known.caller);
        }
        let token = self.store.token(&hash).await?;
        let is_valid =
            |token: &Token| token.revoked_at.is_none() && token.expires_at.is_none_or(|expires_at| now < expires_at);
        let caller = token.filter(is_valid).and_then(|token| {
            let role = token.role.parse().ok()?;
            let (name, identity, campaigns) = (token.name, token.identity, token.campaigns);
            Some(Caller { name, identity, role, campaigns, player: None, token: hash })
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
