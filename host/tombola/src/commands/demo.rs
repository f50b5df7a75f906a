mod campaign;
mod tokens;

use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use tombola_app::admission;

use self::tokens::Tokens;
use crate::config::{Delivery, DeliveryFlags, Format, Log, LogFlags, Storage};
use crate::environment;
use crate::exit::Ended;
use crate::host::{Host, HostSettings};
use crate::{logs, runtime};

/// Start with a sample campaign, and print how to draw
///
/// The host is for this machine alone. All of it is kept in one folder, so that it goes on where it ended; to begin anew,
/// delete the folder. On a terminal, log lines are warnings alone, as text.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Port to listen on, at 127.0.0.1; 0 is any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of everything that is kept
    #[arg(long, value_name = "FOLDER", env = environment::DATA, default_value = "tombola-data")]
    data: PathBuf,
    /// Print address and tokens as one line of JSON once requests are answered, and nothing else
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    delivery: DeliveryFlags,
    #[command(flatten)]
    log: LogFlags,
}

impl Demo {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { port, data, json, delivery, log } = self;
        logs::install(&log.over(log_defaults()))?;
        let reach = delivery.over(Delivery::default()).reach()?;
        let storage = Storage { data: data.clone(), ..Storage::default() };
        let settings = HostSettings::of_this_machine(storage, reach, admission::Settings::default())?;
        let prepare = async |host: &Host| {
            campaign::publish_if_missing(host).await?;
            tokens::read_or_make(host, &data).await
        };
        let listen = (Ipv4Addr::LOCALHOST, port).into();
        runtime::block_on(super::run::run(settings, listen, prepare, |address, tokens| say(address, &tokens, json)))?;
        Ok(Ended::Done)
    }
}

/// Whoever looks at a terminal reads what to do next there, and only trouble beside it.
fn log_defaults() -> Log {
    if io::stderr().is_terminal() { Log { filter: "warn".to_owned(), format: Format::Text } } else { Log::default() }
}

fn say(address: SocketAddr, tokens: &Tokens, as_json: bool) -> anyhow::Result<()> {
    let url = format!("http://{address}");
    let text = if as_json { ready(&url, tokens)? } else { guide(&url, tokens) };
    // In one piece: whoever reads it may act on its first line.
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// The line that programs wait for.
fn ready(url: &str, tokens: &Tokens) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Ready<'a> {
        url: &'a str,
        #[serde(flatten)]
        tokens: &'a Tokens,
    }
    Ok(serde_json::to_string(&Ready { url, tokens })? + "\n")
}

/// What people paste.
fn guide(url: &str, tokens: &Tokens) -> String {
    let Tokens { client_token, operator_token } = tokens;
    format!(
        "Tombola is ready at {url}

  client token    {client_token}
  operator token  {operator_token}

Draw for the player alice. The same Idempotency-Key gives the same draw again; another one draws once more.

  curl -s {url}/v1/campaigns/spring/draws \\
    -H 'Authorization: Bearer {client_token}' \\
    -H 'Idempotency-Key: first' -H 'Content-Type: application/json' \\
    -d '{{\"player\": \"alice\"}}'

Its receipt, by the id in the answer:

  curl -s {url}/v1/draws/ID/receipt -H 'Authorization: Bearer {client_token}'

What can be won, and the exact odds of a new player through the whole pipeline:

  curl -s {url}/v1/campaigns/spring -H 'Authorization: Bearer {client_token}'
  curl -s {url}/v1/operator/campaigns/spring/odds \\
    -H 'Authorization: Bearer {operator_token}' -H 'Content-Type: application/json' -d '{{}}'

Ctrl-C ends it.
"
    )
}
