use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_domain::id::{CampaignId, IdError};
use tombola_domain::time::Timestamp;
use tombola_store::audit::Verb;
use tombola_store::tokens::{Token, TokenError, Tokens};
use tombola_store::{Operation, Result};

use crate::db::{self, Row};
use crate::error::unavailable;
use crate::fields::Fields;
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;

#[async_trait]
impl Tokens for SqlStore {
    async fn create_token(&self, operation: &Operation, token: &Token) -> Result<(), TokenError> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            let done = db::query(
                "INSERT INTO tokens (hash, identity, name, role, campaigns, created_at, expires_at, revoked_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING",
            )
            .bind(&token.hash.as_bytes()[..])
            .bind(&token.identity.as_bytes()[..])
            .bind(&token.name)
            .bind(&token.role)
            .bind(campaigns(token))
            .bind(token.created_at.as_millis())
            .bind(token.expires_at.map(Timestamp::as_millis))
            .bind(token.revoked_at.map(Timestamp::as_millis))
            .execute(&mut write)
            .await
            .map_err(unavailable)?;
            if done.rows_affected() == 0 {
                return Err(TokenError::NameTaken);
            }
            let change = Change { before: None, after: Some(token.description()) };
            operations::record(&mut write, operation, deed(Verb::CreateToken, &token.name), change, &()).await?;
            Ok(write.commit().await?)
        })
        .await
    }

    async fn token(&self, hash: &Digest) -> Result<Option<Token>> {
        self.within(async {
            let row = db::query("SELECT * FROM tokens WHERE hash = $1")
                .bind(&hash.as_bytes()[..])
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            row.as_ref().map(token).transpose()
        })
        .await
    }

    async fn tokens(&self) -> Result<Vec<Token>> {
        self.within(async {
            let rows = db::query("SELECT * FROM tokens ORDER BY name, created_at")
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(token).collect()
        })
        .await
    }

    async fn revoke_token(&self, operation: &Operation, name: &str) -> Result<bool> {
        self.within(async {
            let mut write = self.writer.begin().await?;
            let revoked =
                db::query("UPDATE tokens SET revoked_at = $1 WHERE name = $2 AND revoked_at IS NULL RETURNING *")
                    .bind(operation.at.as_millis())
                    .bind(name)
                    .fetch_optional(&mut write)
                    .await
                    .map_err(unavailable)?;
            let Some(revoked) = revoked else { return Ok(false) };
            let change = Change { before: Some(token(&revoked)?.description()), after: None };
            operations::record(&mut write, operation, deed(Verb::RevokeToken, name), change, &()).await?;
            write.commit().await?;
            Ok(true)
        })
        .await
    }
}

fn deed(what: Verb, name: &str) -> Deed<'_> {
    Deed { what, subject: name, campaign: None }
}

fn campaigns(token: &Token) -> String {
    let names: Vec<&str> = token.campaigns.iter().map(CampaignId::as_str).collect();
    serde_json::to_string(&names).expect("texts are JSON")
}

fn token(row: &Row) -> Result<Token> {
    let fields = Fields { table: "tokens", key: "name", row };
    let names: Vec<String> = fields.json("campaigns")?;
    let campaigns: Result<_, IdError> = names.iter().map(|name| name.parse()).collect();
    Ok(Token {
        name: fields.text("name")?,
        hash: fields.digest("hash")?,
        identity: fields.digest("identity")?,
        role: fields.text("role")?,
        campaigns: campaigns.map_err(|error| fields.wrong("campaigns", &error))?,
        created_at: fields.time("created_at")?,
        expires_at: fields.optional_time("expires_at")?,
        revoked_at: fields.optional_time("revoked_at")?,
    })
}
