//! How fast an operator fills a pool of codes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, query};

use super::Setting;
use crate::table::{Row, Table, median, to_float};

/// Codes of one statement, where nothing but SQLite takes them.
const PIECE: u64 = 10_000;

/// A file that the program sends to a host, and the same codes as rows of a table and nothing else, in turn.
pub(super) async fn loads(setting: &Setting) -> anyhow::Result<Table> {
    let host = setting.host()?;
    let url = format!("http://{}", host.target().address());
    let (mut rates, mut times) = (vec![], vec![]);
    for round in 0..setting.rounds {
        let file = host.folder().join("codes.csv");
        write(&file, round, setting.codes).context("writing the file of codes")?;
        let file = file.to_str().context("the folder's name is no text")?;
        let pool = format!("pool-{round}");
        let token = ["--url", &url, "--token", host.operator_token()];
        setting.timed(&[&["codes", "put", &pool][..], &token].concat())?;
        let took = setting.timed(&[&["codes", "load", &pool, file][..], &token].concat())?;
        let rows = rows(&host.folder().join(format!("{pool}.db")), round, setting.codes).await?;
        rates.push(to_float(setting.codes) / took.as_secs_f64());
        times.push(took.as_secs_f64() / rows.as_secs_f64());
    }
    let mut table = Table::new("How fast are codes loaded?");
    let row = Row::new(format!("{} codes into a pool of a host", setting.codes)).cell("", median(rates), "/s");
    table.add(row.cell("", median(times), "× the time of a table of them alone"));
    Ok(table)
}

fn code(round: u32, number: u64) -> String {
    format!("CODE-{round}-{:016X}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn write(path: &Path, round: u32, count: u64) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..count {
        writeln!(file, "{}", code(round, number))?;
    }
    file.flush()
}

/// How long SQLite takes for a table whose only column is the code, in one transaction.
async fn rows(database: &Path, round: u32, count: u64) -> anyhow::Result<Duration> {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(true);
    let mut connection = options.synchronous(SqliteSynchronous::Full).connect().await?;
    query("CREATE TABLE codes (code TEXT PRIMARY KEY) WITHOUT ROWID").execute(&mut connection).await?;
    let began = Instant::now();
    let mut transaction = connection.begin().await?;
    for from in (0..count).step_by(usize::try_from(PIECE).expect("some thousands")) {
        let piece: Vec<_> = (from..count.min(from + PIECE)).map(|number| code(round, number)).collect();
        let insert = query("INSERT INTO codes SELECT value FROM json_each($1)").bind(json!(piece).to_string());
        insert.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(began.elapsed())
}
