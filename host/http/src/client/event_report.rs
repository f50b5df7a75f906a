use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use tombola_app::events::{New, Report, Reported, What};
use tombola_app::model::{Reverses, Scalar};
use tombola_domain::amount::AMOUNT_MAX;
use tombola_domain::event;
use tombola_domain::id::PlayerId;
use utoipa::ToSchema;

use super::event::shown;
use crate::body::JsonBody;
use crate::caller::Client;
use crate::observe::to_its_end;
use crate::once::{Created, created};
use crate::problem::{Code, Problem};
use crate::rates::Rates;
use crate::route::Route;
use crate::router::Shared;
use crate::wire::event::{Event, Part};

/// What a player did.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = EventReport)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The caller's name for it, once for each player: 1 to 128 printable ASCII characters. Reporting it again does nothing.
    id: String,
    /// What campaigns declare under `events`. Of a reversal it may be left out, and is the reversed event's.
    #[serde(rename = "type")]
    event_type: Option<String>,
    player: String,
    /// Who brought the player, for rebates that give them something.
    referrer: Option<String>,
    /// What it says of itself: texts, integers within ±(2^53 - 1), and booleans. A campaign looks at what it declares, and ignores the rest.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    attributes: BTreeMap<String, Scalar>,
    /// Instead of earning something, take back what this earlier event of the player's earned. Neither `referrer` nor `attributes` go
    /// with it.
    reverses: Option<String>,
    /// How much of the reversed event, such as the returned goods of a purchase; all that is left of it where nothing is said.
    part: Option<Part>,
    /// RFC 3339, at most five minutes ahead and 31 days late; now where it is left out.
    occurred_at: Option<String>,
}

fn invalid(field: &str, reason: impl Display) -> Problem {
    Problem::new(Code::BodyInvalid, format!("{field}: {reason}"))
}

/// A member of the body as what it stands for.
fn member<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error| invalid(field, error))
}

impl Body {
    pub(super) fn report(self) -> Result<Report, Problem> {
        let occurred_at = self.occurred_at.as_deref().map(|at| member("occurred_at", at)).transpose()?;
        let (id, player) = (member("id", &self.id)?, member("player", &self.player)?);
        let what = match &self.reverses {
            Some(reverses) => self.reversal(reverses)?,
            None => What::New(self.new_event(&player)?),
        };
        Ok(Report { id, player, what, occurred_at })
    }

    fn new_event(self, player: &PlayerId) -> Result<New, Problem> {
        if self.part.is_some() {
            return Err(invalid("part", "it goes with `reverses` alone"));
        }
        let event_type = self.event_type.ok_or_else(|| invalid("type", "it is missing"))?;
        let referrer = self.referrer.as_deref().map(|referrer| member("referrer", referrer)).transpose()?;
        if referrer.as_ref() == Some(player) {
            return Err(invalid("referrer", "nobody brings themselves"));
        }
        let is_inexact = |(_, value): &(&String, &Scalar)| matches!(value, Scalar::Integer(value) if value.unsigned_abs() > AMOUNT_MAX.unsigned_abs());
        if let Some((name, _)) = self.attributes.iter().find(is_inexact) {
            return Err(invalid(&format!("attributes.{name}"), "integers are within ±(2^53 - 1)"));
        }
        Ok(New { event_type: member("type", &event_type)?, referrer, attributes: self.attributes })
    }

    fn reversal(&self, reverses: &str) -> Result<What, Problem> {
        if self.referrer.is_some() || !self.attributes.is_empty() {
            return Err(invalid("reverses", "neither `referrer` nor `attributes` go with it"));
        }
        let part = |Part { amount, of }| {
            event::Part::new(amount, of).ok_or_else(|| invalid("part", "1 <= amount <= of <= 2^53 - 1 is possible"))
        };
        let reverses = Reverses { event: member("reverses", reverses)?, part: self.part.map(part).transpose()? };
        let event_type = self.event_type.as_deref().map(|name| member("type", name)).transpose()?;
        Ok(What::Reverses { reverses, event_type })
    }
}

/// Reports an event. It goes to every open campaign of the token's that has rebates for its type, and each gives what its rules
/// say. One that `reverses` an earlier event of the player's takes back what that one earned, in proportion to its `part`: of each
/// reward its share, rounded down, also from the referrer. Points that were spent become a debt, or a loss of the house, as the
/// campaign says; of chances those are taken that are left; prizes are voided once the whole is reversed.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "client",
    request_body = Body,
    responses(
        (status = 201, description = "It is taken.", body = Event),
        (status = 200, description = "What became of it when it was reported before (`Idempotency-Replayed: true`).", body = Event),
        (status = 403, description = "The token is not a client's.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no event to be reversed that went to a campaign of the token's.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Less of the event is left to be reversed; or a part is, while it waits somewhere.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The player has another event of this id, it is reported too early or too late, or a reversal does not fit its event.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing is known to be committed: report it again.", body = Problem, content_type = "application/problem+json"),
    ),
    security(("token" = ["client"])),
)]
pub(crate) async fn handle(
    State(shared): State<Shared>,
    Client(caller): Client,
    rates: Rates,
    JsonBody(body): JsonBody<Body>,
) -> Result<(Route, Created<Event>), Problem> {
    let report = body.report()?;
    rates.admit_player(&shared.app, &report.player)?;
    let (app, route) = (Arc::clone(&shared.app), Route::of(&report.player));
    let Reported { event, replayed } =
        to_its_end("event", async move { app.report(report, &caller.campaigns).await }).await?;
    Ok((route, created(replayed, shown(&shared.app, &event).await?)))
}
