use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use tombola_domain::digest::Digest;
use tombola_store::modules::{Module, Modules, UploadError};
use tombola_store::{Done, Operation, Result};

use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Deed};
use crate::store::SqliteStore;
use crate::writer::Write;

#[async_trait]
impl Modules for SqliteStore {
    async fn put_module(
        &self,
        operation: &Operation,
        module: &Module,
        component: &[u8],
    ) -> Result<Done<Module>, UploadError> {
        let deed = Deed { what: "put_module", subject: &module.name };
        self.within(async {
            let mut write = self.writer.begin().await?;
            let earlier = operations::replay::<Digest, UploadError>(&mut write, operation, deed).await?;
            let is_repeated = earlier.is_some();
            if let Some(stored) = find(&mut write, &earlier.unwrap_or(module.digest)).await? {
                if !is_repeated {
                    operations::record(&mut write, operation, deed, &stored.digest).await?;
                    write.commit().await?;
                }
                return Ok(Done { result: stored, replayed: true });
            }
            check_name(&mut write, module).await?;
            insert(&mut write, module, component).await?;
            operations::record(&mut write, operation, deed, &module.digest).await?;
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
            sqlx::query_scalar("SELECT bytes FROM components WHERE digest = ?")
                .bind(&digest.as_bytes()[..])
                .fetch_optional(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)
        })
        .await
    }

    async fn versions(&self, name: &str) -> Result<Vec<Module>> {
        self.within(async {
            let rows = sqlx::query("SELECT * FROM modules WHERE name = ?")
                .bind(name)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(module).collect()
        })
        .await
    }

    async fn modules(&self, after: Option<&Digest>, limit: u32) -> Result<Vec<Module>> {
        self.within(async {
            let rows = sqlx::query("SELECT * FROM modules WHERE ?1 IS NULL OR digest > ?1 ORDER BY digest LIMIT ?2")
                .bind(after.map(|digest| &digest.as_bytes()[..]))
                .bind(limit)
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(module).collect()
        })
        .await
    }
}

async fn find(connection: &mut SqliteConnection, digest: &Digest) -> Result<Option<Module>> {
    let row = sqlx::query("SELECT * FROM modules WHERE digest = ?")
        .bind(&digest.as_bytes()[..])
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    row.as_ref().map(module).transpose()
}

/// A name is its first publisher's, and a version of it is the same bytes for ever.
async fn check_name(write: &mut Write, module: &Module) -> Result<(), UploadError> {
    let rows = sqlx::query("SELECT name, version, digest, uploaded_by FROM modules WHERE name = ?")
        .bind(&module.name)
        .fetch_all(&mut **write)
        .await
        .map_err(unavailable)?;
    for row in &rows {
        let fields = fields(row);
        let publisher = fields.text("uploaded_by")?;
        if publisher != module.uploaded_by {
            return Err(UploadError::NameTaken(publisher));
        }
        if fields.text("version")? == module.version {
            return Err(UploadError::VersionTaken(fields.digest("digest")?));
        }
    }
    Ok(())
}

async fn insert(write: &mut Write, module: &Module, component: &[u8]) -> Result<()> {
    sqlx::query(
        "INSERT INTO modules (digest, name, version, summary, kinds, config_schema, size, uploaded_by, uploaded_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&module.digest.as_bytes()[..])
    .bind(&module.name)
    .bind(&module.version)
    .bind(&module.summary)
    .bind(serde_json::to_string(&module.kinds).expect("texts are JSON"))
    .bind(&module.config_schema)
    .bind(integer(module.size))
    .bind(&module.uploaded_by)
    .bind(module.uploaded_at.as_millis())
    .execute(&mut **write)
    .await
    .map_err(unavailable)?;
    sqlx::query("INSERT INTO components (digest, bytes) VALUES (?, ?)")
        .bind(&module.digest.as_bytes()[..])
        .bind(component)
        .execute(&mut **write)
        .await
        .map_err(unavailable)?;
    Ok(())
}

fn fields(row: &SqliteRow) -> Fields<'_> {
    Fields { table: "modules", key: "name", row }
}

fn module(row: &SqliteRow) -> Result<Module> {
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
        uploaded_at: fields.time("uploaded_at")?,
    })
}
