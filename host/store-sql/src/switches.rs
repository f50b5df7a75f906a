use async_trait::async_trait;
use tombola_domain::switch::{Setting, Switch};
use tombola_store::audit::Verb;
use tombola_store::switches::{State, SwitchError, Switches};
use tombola_store::{Done, Operation, Result};

use crate::db::{self, Connection, Row};
use crate::error::unavailable;
use crate::fields::{Fields, integer};
use crate::operations::{self, Change, Deed};
use crate::store::SqlStore;
use crate::writer::Write;

#[async_trait]
impl Switches for SqlStore {
    async fn set_switch(
        &self,
        operation: &Operation,
        switch: Switch,
        setting: Setting,
    ) -> Result<Done<u64>, SwitchError> {
        let deed = Deed { what: Verb::SetSwitch, subject: switch.as_str(), campaign: None };
        self.within(async {
            let mut write = self.writer.begin().await?;
            let replayed = operations::replay::<_, SwitchError>(&mut write, operation, deed.is_same()).await?;
            if let Some(result) = replayed {
                return Ok(Done { result, replayed: true });
            }
            let before = find(&mut write, switch).await?;
            let version = before.map_or(0, |before| before.version) + 1;
            let after = State { switch, setting, version, set_at: operation.at };
            set(&mut write, &after).await?;
            let change = Change { before: before.map(|before| before.digest()), after: Some(after.digest()) };
            operations::record(&mut write, operation, deed, change, &version).await?;
            write.commit().await?;
            Ok(Done { result: version, replayed: false })
        })
        .await
    }

    async fn switches(&self) -> Result<Vec<State>> {
        self.within(async {
            let rows = db::query("SELECT * FROM switches")
                .fetch_all(&mut *self.readers.reader().await?)
                .await
                .map_err(unavailable)?;
            rows.iter().map(state).collect()
        })
        .await
    }
}

async fn find(connection: &mut Connection, switch: Switch) -> Result<Option<State>> {
    let row = db::query("SELECT * FROM switches WHERE switch = $1")
        .bind(switch.as_str())
        .fetch_optional(connection)
        .await
        .map_err(unavailable)?;
    row.as_ref().map(state).transpose()
}

async fn set(write: &mut Write, state: &State) -> Result<()> {
    let State { switch, setting, version, set_at } = state;
    db::query(
        "INSERT INTO switches (switch, setting, version, set_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (switch) DO UPDATE SET setting = excluded.setting, version = excluded.version,
            set_at = excluded.set_at",
    )
    .bind(switch.as_str())
    .bind(setting.to_string())
    .bind(integer(*version))
    .bind(set_at.as_millis())
    .execute(write)
    .await
    .map_err(unavailable)?;
    Ok(())
}

fn state(row: &Row) -> Result<State> {
    let fields = Fields { table: "switches", key: "switch", row };
    let switch: Switch = fields.parsed("switch")?;
    let setting = switch.setting(&fields.text("setting")?).map_err(|error| fields.wrong("setting", &error))?;
    Ok(State { switch, setting, version: fields.count("version")?, set_at: fields.time("set_at")? })
}
