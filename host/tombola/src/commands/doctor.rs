mod hosts;

use clap::Args;
use serde::Serialize;
use tombola_app::clock::{Clock, SystemClock};
use tombola_store_postgres::{Examination, Settings, examine};

use crate::exit::{Ended, UsageError};
use crate::report::printable_lines;
use crate::runtime;

/// Look whether a Postgres database, and a Redis beside it, are fit for hosts, and the hosts for clients, and say what to do where they
/// are not
///
/// Nothing is changed. Whatever would keep a host from starting, serving or sharing rates, or could lose what it acknowledged, is an error
/// and makes this end with exit code 1; warnings don't.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Address of the database, like `postgres://user@host:5432/database`; the password is better in PGPASSWORD or ~/.pgpass
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// Address of the Redis by which hosts share what they have let in; repeated for the nodes of a cluster
    #[arg(long, value_name = "ADDRESS")]
    redis: Vec<String>,
    /// Address of a host of this database, like `http://10.0.0.7:8080`; repeated for each of them
    #[arg(long, value_name = "ADDRESS")]
    host: Vec<String>,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    database: String,
    server_version: String,
    findings: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    /// `error` or `warning`.
    severity: &'static str,
    message: String,
    remedy: &'static str,
}

impl Doctor {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let settings = settings(&self.address)?;
        let now_ms = || SystemClock.now().as_millis();
        let (examination, redis) = runtime::block_on(async {
            let redis = match &self.redis[..] {
                [] => Vec::new(),
                nodes => {
                    tombola_hot::examine(nodes).await.map_err(|error| UsageError::of("--redis can't be used", error))?
                }
            };
            Ok((examine(&settings, &now_ms).await?, redis))
        })?;
        let hosts = hosts::examine(&self.host);
        let hosts = hosts.map_err(|error| UsageError::of("--host can't be used", error))?;
        let report = report(&settings, &examination, &redis, &hosts);
        if self.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            print!("{}", printable_lines(&text(&report)));
        }
        let is_ill = report.findings.iter().any(|line| line.severity == "error");
        Ok(if is_ill { Ended::Refused } else { Ended::Done })
    }
}

/// How the database of this address is opened.
pub(super) fn settings(address: &str) -> Result<Settings, UsageError> {
    Settings::new(address).map_err(|error| UsageError::of("the address can't be used", error))
}

fn report(
    settings: &Settings,
    examination: &Examination,
    redis: &[tombola_hot::Finding],
    hosts: &[hosts::Finding],
) -> Report {
    let line = |is_harmless: bool, message: String, remedy| {
        let severity = if is_harmless { "warning" } else { "error" };
        Line { severity, message, remedy }
    };
    let of_database = examination.findings().into_iter();
    let of_database = of_database.map(|finding| line(finding.is_harmless(), finding.to_string(), finding.remedy()));
    let of_redis = redis.iter().map(|finding| line(finding.is_harmless(), finding.to_string(), finding.remedy()));
    let of_hosts = hosts.iter().map(|finding| line(finding.is_harmless(), finding.to_string(), finding.remedy()));
    let findings = of_database.chain(of_redis).chain(of_hosts).collect();
    Report { database: settings.place(), server_version: examination.version(), findings }
}

fn text(report: &Report) -> String {
    let Report { database, server_version, findings } = report;
    let mut lines = vec![format!("{database}, Postgres {server_version}")];
    lines
        .extend(findings.iter().map(|Line { severity, message, remedy }| format!("{severity}: {message}\n  {remedy}")));
    if findings.is_empty() {
        lines.push("nothing is wrong".to_owned());
    }
    lines.join("\n") + "\n"
}
