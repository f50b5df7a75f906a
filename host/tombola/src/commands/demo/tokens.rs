//! The two tokens of the demo, kept in clear in its folder so that they stay the same over restarts.

use std::io;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tombola_app::clock::SystemClock;
use tombola_app::intent::Intent;
use tombola_app::tokens::{NewToken, Role, create, revoke};

use crate::entropy::OsEntropy;
use crate::host::Host;
use crate::private;
use crate::standard::PUBLISHER;

/// The file in the data folder.
const FILE: &str = "tokens.json";
const CLIENT: &str = "demo-client";
const OPERATOR: &str = "demo-operator";

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tokens {
    pub(super) client_token: String,
    pub(super) operator_token: String,
}

/// The tokens of the last start where both still work, and new ones otherwise.
pub(super) async fn read_or_make(host: &Host, folder: &Path) -> anyhow::Result<Tokens> {
    let path = folder.join(FILE);
    if let Some(tokens) = read(&path).with_context(|| format!("reading {}", path.display()))?
        && works(host, &tokens.client_token, Role::Client).await?
        && works(host, &tokens.operator_token, Role::Publisher).await?
    {
        return Ok(tokens);
    }
    let tokens = Tokens {
        client_token: make(host, CLIENT, Role::Client).await?,
        operator_token: make(host, OPERATOR, Role::Publisher).await?,
    };
    let content = serde_json::to_vec_pretty(&tokens).expect("two texts");
    private::write(&path, &content).with_context(|| format!("writing {}", path.display()))?;
    Ok(tokens)
}

/// What the file holds; nothing where it isn't there or holds something else.
fn read(path: &Path) -> io::Result<Option<Tokens>> {
    match std::fs::read(path) {
        Ok(content) => Ok(serde_json::from_slice(&content).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn works(host: &Host, secret: &str, role: Role) -> anyhow::Result<bool> {
    let caller = host.app().identify(secret).await.context("looking a token up")?;
    Ok(caller.is_some_and(|caller| caller.role == role))
}

async fn make(host: &Host, name: &str, role: Role) -> anyhow::Result<String> {
    let intent = || Intent::of(PUBLISHER);
    revoke(host.store(), &SystemClock, intent(), name).await.context("revoking a lost token")?;
    let new = NewToken { name: name.to_owned(), role, campaigns: Vec::new(), expires_at: None, is_successor: false };
    create(host.store(), &SystemClock, &OsEntropy, intent(), new).await.context("making a token")
}
