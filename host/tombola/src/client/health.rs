use std::time::{Duration, UNIX_EPOCH};

use reqwest::blocking::Response;
use reqwest::header::DATE;
use serde::Deserialize;
use tombola_app::clock::{Clock, SystemClock};

use super::connect::{connecting, root};
use super::{ClientError, read};

/// What a host tells anybody about itself.
#[derive(Debug)]
pub(crate) struct Health {
    /// Why it can't serve; `None` where it can.
    pub(crate) ailment: Option<String>,
    pub(crate) version: String,
    /// How far its clock is from this machine's, to the second.
    pub(crate) clock_off: Duration,
}

#[derive(Deserialize)]
struct Description {
    info: Info,
}

#[derive(Deserialize)]
struct Info {
    version: String,
}

impl Health {
    /// Asks the host at an address.
    pub(crate) fn of(url: &str) -> Result<Self, ClientError> {
        let url = root(url)?;
        let http = connecting(&url)?;
        let ask = |path: &str| {
            let unreachable = |source| ClientError::Unreachable { url: url.clone(), source };
            http.get(format!("{url}{path}")).send().map_err(unreachable)
        };
        let body = |response: Response| {
            let broken_off = |source| ClientError::BrokenOff { url: url.clone(), source };
            read(response).map_err(broken_off)
        };
        let ready = ask("/readyz")?;
        let (status, clock_off) = (ready.status(), clock_off(&ready)?);
        let told = body(ready)?;
        let ailment = match ClientError::refused(status.as_u16(), serde_json::from_slice(&told).unwrap_or_default()) {
            _ if status.is_success() => None,
            ClientError::Refused(problem) => Some(problem.to_string()),
            error => return Err(error),
        };
        let described = serde_json::from_slice::<Description>(&body(ask("/openapi.json")?)?);
        let described = described.map_err(|error| ClientError::Answer(format!("it describes no API: {error}")))?;
        Ok(Self { ailment, version: described.info.version, clock_off })
    }
}

/// How far the clock of who answers is from this machine's.
fn clock_off(response: &Response) -> Result<Duration, ClientError> {
    let date = response.headers().get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let there = date.ok_or_else(|| ClientError::Answer("it does not say when it was made".to_owned()))?;
    let there = there.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let here = SystemClock.now().as_millis().max(0).unsigned_abs() / 1_000;
    Ok(Duration::from_secs(here.abs_diff(there)))
}
