use async_trait::async_trait;
use tombola_domain::digest::Digest;
use tombola_store::audit::Verb;
use tombola_store::modules::{Module, ModuleSummary, ModuleVersion, Modules, UploadError};
use tombola_store::{Done, Operation, Result};

use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;
use crate::writer::Write;

#[async_trait]
impl Modules for SqlStore {
    async fn uploaded(&self, operation: &Operation) -> Result<Option<Module>, UploadError> {
        self.within(async {
            let mut reader = self.readers.reader().await?;
            match earlier(&mut reader, operation).await? {
                Some(digest) => Ok(find(&mut reader, &digest).await?),
                None => Ok(None),
            }
        })
        .await
    }

    async fn put_module(
        &self,
        operation: &Operation,
        module: &Module,
        component: &[u8],
    ) -> Result<Done<Module>, UploadError> {
        let deed = Deed { what: Verb::PutModule, subject: &module.name, campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            let repeated = earlier(&mut write, operation).await?;
            if let Some(stored) = find(&mut write, &repeated.unwrap_or(module.digest)).await? {
                if repeated.is_none() {
                    let same = Change { before: Some(stored.digest), after: Some(stored.digest) };
                    operations::record(&mut write, operation, deed, same, &stored.digest).await?;
                    write.commit().await?;
                }
                return Ok(Done { result: stored, replayed: true });
            }
            check_name(&mut write, module).await?;
            insert(&mut write, module, component).await?;
            let change = Change { before: None, after: Some(module.digest) };
            operations::record(&mut write, operation, deed, change, &module.digest).await?;
            write.commit().await?;
            Ok(Done { result: module.clone(), replayed: false })
        })
        .await
    }

    async fn module(&self, digest: &Digest) -> Result<Option<Module>> {
        self.within(async { find(&mut *self.readers.reader().await?, digest).await }).await
    }

    async fn component(&self, digest: &Digest) -> Result<Option<Vec<u8>>> {
        self.within(async {
            db::query_scalar("SELECT bytes FROM components WHERE digest = $1")
                .bind(&digest.as_bytes()[..])
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)
        })
        .await
    }

    async fn versions(&self, name: &str) -> Result<Vec<ModuleVersion>> {
        self.within(async {
            let rows = db::query("SELECT name, version, digest FROM modules WHERE name = $1")
                .bind(name)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(version).collect()
        })
        .await
    }

    async fn modules(&self, after: Option<&Digest>, limit: u32) -> Result<Vec<ModuleSummary>> {
        self.within(async {
            let rows = db::query(
                "SELECT digest, name, version, summary, kinds, size, uploaded_by, uploaded_at FROM modules
                 WHERE $1 IS NULL OR digest > $1 ORDER BY digest LIMIT $2",
            )
            .bind(after.map(|digest| &digest.as_bytes()[..]))
            .bind(limit)
            .fetch_all(&mut *self.readers.reader().await?)
            .await
            .map_err(unavailable)?;
            rows.iter().map(summary).collect()
        })
        .await
    }
}

/// The module of the upload that used this key before. Its request names the bytes, and so the rule's name with them.
async fn earlier(connection: &mut Connection, operation: &Operation) -> Result<Option<Digest>, UploadError> {
    operations::replay(connection, operation, |what, _| what == Verb::PutModule).await
}

async fn find(connection: &mut Connection, digest: &Digest) -> Result<Option<Module>> {
    let row = db::query("SELECT * FROM modules WHERE digest = $1")
        .bind(&digest.as_bytes()[..])
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    row.as_ref().map(module).transpose()
}

/// A name is its first owner's, and a version of it is the same bytes for ever.
async fn check_name(write: &mut Write, module: &Module) -> Result<(), UploadError> {
    let rows = db::query("SELECT name, version, digest, uploaded_by, owner FROM modules WHERE name = $1")
        .bind(&module.name)
        .fetch_all(write)
        .await
        .map_err(unavailable)?;
    for row in &rows {
        let fields = fields(row);
        if fields.optional_digest("owner")? != module.owner {
            return Err(UploadError::NameTaken(fields.text("uploaded_by")?));
        }
        if fields.text("version")? == module.version {
            return Err(UploadError::VersionTaken(fields.digest("digest")?));
        }
    }
    Ok(())
}

async fn insert(write: &mut Write, module: &Module, component: &[u8]) -> Result<()> {
    db::query(
        "INSERT INTO modules (digest, name, version, summary, kinds, config_schema, size, uploaded_by, owner, uploaded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&module.digest.as_bytes()[..])
    .bind(&module.name)
    .bind(&module.version)
    .bind(&module.summary)
    .bind(serde_json::to_string(&module.kinds).expect("texts are JSON"))
    .bind(&module.config_schema)
    .bind(integer(module.size))
    .bind(&module.uploaded_by)
    .bind(module.owner.as_ref().map(|owner| &owner.as_bytes()[..]))
    .bind(module.uploaded_at.as_millis())
    .execute(write)
    .await
    .map_err(unavailable)?;
    db::query("INSERT INTO components (digest, bytes) VALUES ($1, $2)")
        .bind(&module.digest.as_bytes()[..])
        .bind(component)
        .execute(write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

fn fields(row: &Row) -> Fields<'_> {
    Fields { table: "modules", key: "name", row }
}

fn module(row: &Row) -> Result<Module> {
    let fields = fields(row);
    Ok(Module {
        digest: fields.digest("digest")?,
        name: fields.text("name")?,
        version: fields.text("version")?,
        summary: fields.text("summary")?,
        kinds: fields.json("kinds")?,
        config_schema: fields.get("config_schema")?,
        size: fields.count("size")?,
        uploaded_by: fields.text("uploaded_by")?,
        owner: fields.optional_digest("owner")?,
        uploaded_at: fields.time("uploaded_at")?,
    })
}

fn summary(row: &Row) -> Result<ModuleSummary> {
    let fields = fields(row);
    Ok(ModuleSummary {
        digest: fields.digest("digest")?,
        name: fields.text("name")?,
        version: fields.text("version")?,
        summary: fields.text("summary")?,
        kinds: fields.json("kinds")?,
        size: fields.count("size")?,
        uploaded_by: fields.text("uploaded_by")?,
        uploaded_at: fields.time("uploaded_at")?,
    })
}

fn version(row: &Row) -> Result<ModuleVersion> {
    let fields = fields(row);
    Ok(ModuleVersion { version: fields.text("version")?, digest: fields.digest("digest")? })
}
