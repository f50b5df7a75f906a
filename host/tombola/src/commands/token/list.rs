use clap::Args;
use serde::Serialize;
use tombola_app::clock::{Clock, SystemClock};
use tombola_domain::time::Timestamp;
use tombola_store::tokens::{Token, Tokens};

use crate::commands::place::Place;
use crate::exit::Ended;
use crate::report::Table;

/// List all tokens, revoked and expired ones included
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Serialize)]
struct Line {
    name: String,
    role: String,
    campaigns: Vec<String>,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    /// `valid`, `expired` or `revoked`.
    state: &'static str,
}

impl List {
    pub(super) async fn run(self) -> anyhow::Result<Ended> {
        let store = self.place.open().await?;
        let tokens = store.tokens().await;
        store.close().await;
        let now = SystemClock.now();
        let lines: Vec<Line> = tokens?.into_iter().map(|token| line(token, now)).collect();
        if self.json {
            println!("{}", serde_json::to_string(&lines)?);
        } else {
            print!("{}", table(&lines));
        }
        Ok(Ended::Done)
    }
}

fn line(token: Token, now: Timestamp) -> Line {
    let state = match (token.revoked_at, token.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(expires_at)) if expires_at <= now => "expired",
        _ => "valid",
    };
    Line {
        name: token.name,
        role: token.role,
        campaigns: token.campaigns.iter().map(ToString::to_string).collect(),
        created_at: token.created_at.to_string(),
        expires_at: token.expires_at.map(|at| at.to_string()),
        revoked_at: token.revoked_at.map(|at| at.to_string()),
        state,
    }
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new(["NAME", "ROLE", "CAMPAIGNS", "CREATED", "EXPIRES", "STATE"]);
    for line in lines {
        let campaigns = if line.campaigns.is_empty() { "all".to_owned() } else { line.campaigns.join(",") };
        let expires = line.expires_at.as_deref().unwrap_or("never");
        table.add([&line.name, &line.role, &campaigns, &line.created_at, expires, line.state]);
    }
    table
}
