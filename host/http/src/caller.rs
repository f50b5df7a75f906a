//! Who calls. Each role has an extractor, so that a handler's signature says whom it lets in.

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};
use tombola_app::Error;
use tombola_app::model::{Award, Draw, Rebate};
use tombola_app::tokens::{Caller, Role};
use tombola_domain::id::{CampaignId, IdError, PlayerId};

use crate::problem::{Code, Problem};
use crate::rates::Rates;
use crate::router::Shared;

macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident: $allows:expr, $who:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name(pub(crate) Caller);

        impl FromRequestParts<Shared> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
                let caller = identify(parts, shared).await?;
                let allows: fn(Role) -> bool = $allows;
                if allows(caller.role) {
                    Ok(Self(caller))
                } else {
                    let role = caller.role.as_str();
                    Err(Problem::new(Code::Forbidden, format!("{} may do this; this token is a {role}'s", $who)))
                }
            }
        }
    )*};
}

callers! {
    /// A server that acts for players.
    Client: |role| role == Role::Client, "a client";
    /// A server that acts for players, or one of them.
    Drawer: |role| role <= Role::Client, "a client or a player";
    /// Anyone with a token. One for a player alone sees that player alone: [`for_player`].
    Anyone: |_| true, "anyone";
    /// An operator who may look.
    Viewer: |role| role >= Role::Viewer, "a viewer, editor or publisher";
    /// An operator who may change lists and stock.
    Editor: |role| role >= Role::Editor, "an editor or publisher";
    /// An operator who may change what draws run on.
    Publisher: |role| role >= Role::Publisher, "a publisher";
}

async fn identify(parts: &Parts, shared: &Shared) -> Result<Caller, Problem> {
    let missing = || Problem::new(Code::Unauthenticated, "send a token: `Authorization: Bearer <token>`");
    let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(missing)?;
    let (scheme, secret) = value.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing());
    }
    let caller = shared.app.identify(secret.trim()).await?;
    let unknown = || Problem::new(Code::Unauthenticated, "this token is not known, has expired or was revoked");
    let caller = caller.ok_or_else(unknown)?;
    Rates::of_request(parts).admit_token(&shared.app, &caller)?;
    Ok(caller)
}

/// The caller, unless the token is for other campaigns.
pub(crate) fn in_campaign(caller: Caller, campaign: &CampaignId) -> Result<Caller, Problem> {
    if caller.may_see(campaign) {
        Ok(caller)
    } else {
        Err(Problem::new(Code::Forbidden, "this token is for other campaigns"))
    }
}

/// The campaign that was asked for, or all that the token is for; `None` where these are all there are.
pub(crate) fn campaigns(caller: Caller, wanted: Option<CampaignId>) -> Result<Option<Vec<CampaignId>>, Problem> {
    match wanted {
        Some(campaign) => in_campaign(caller, &campaign).map(|_| Some(vec![campaign])),
        None if caller.campaigns.is_empty() => Ok(None),
        None => Ok(Some(caller.campaigns)),
    }
}

/// Refuses a token that is for another player.
pub(crate) fn for_player(caller: &Caller, player: &PlayerId) -> Result<(), Problem> {
    if caller.is_for(player) { Ok(()) } else { Err(Problem::new(Code::Forbidden, "this token is for another player")) }
}

/// The player whom a body names, or the one whose token calls.
pub(crate) fn who(caller: &Caller, named: Option<String>) -> Result<PlayerId, Problem> {
    let invalid = |detail: String| Problem::new(Code::BodyInvalid, format!("player: {detail}"));
    match (named, &caller.player) {
        (None, Some(own)) => Ok(own.clone()),
        (None, None) => Err(invalid("say who it is".to_owned())),
        (Some(named), _) => {
            let player = named.parse().map_err(|error: IdError| invalid(error.to_string()))?;
            for_player(caller, &player).map(|()| player)
        }
    }
}

/// Refuses a draw that the token is not for as if there were none: ids are secrets of those who drew.
pub(crate) fn sees_draw(caller: &Caller, draw: &Draw) -> Result<(), Problem> {
    if caller.may_see(&draw.campaign) && caller.is_for(&draw.player) { Ok(()) } else { Err(Error::DrawUnknown.into()) }
}

/// Refuses what was given for an event that the token is not for as if there were none.
pub(crate) fn sees_rebate(caller: &Caller, rebate: &Rebate) -> Result<(), Problem> {
    if caller.may_see(&rebate.campaign) && caller.is_for(&rebate.player) {
        Ok(())
    } else {
        Err(Error::RebateUnknown.into())
    }
}

/// Refuses an award that the token is not for as if there were none.
pub(crate) fn sees_award(caller: &Caller, award: &Award) -> Result<(), Problem> {
    if caller.may_see(&award.campaign) { Ok(()) } else { Err(Error::AwardUnknown.into()) }
}

/// Refuses a token that is for some campaigns, where something is changed that all of them see.
pub(crate) fn all_campaigns(caller: &Caller) -> Result<(), Problem> {
    if caller.campaigns.is_empty() {
        Ok(())
    } else {
        Err(Problem::new(Code::Forbidden, "this belongs to all campaigns, and this token is for some"))
    }
}
