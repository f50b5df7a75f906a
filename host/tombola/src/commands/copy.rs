mod report;

use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::ProgressBar;
use tombola_copy::{Limits, Report, Step, copy};
use tombola_store_postgres::Target;
use tombola_store_sqlite::Source;

use super::doctor::settings;
use crate::database::Database;
use crate::exit::{Ended, UsageError};
use crate::{progress, runtime};

/// What can be copied where.
const ONE_WAY: &str = "a database is copied from a file to a server";

/// Move all that a database in a file holds to an empty one in Postgres, and prove that it is there
///
/// No host may serve the file meanwhile, and none serves it afterwards. The tables of the target are made where they are missing. A copy
/// that was interrupted goes on when the same is run again; one that is done, and that no host has opened yet, is proven again.
#[derive(Debug, Args)]
pub(crate) struct Copy {
    /// The file, like `sqlite:/var/lib/tombola/tombola.db`
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Address of the database to fill, like `postgres://user@host:5432/database`; the password is better in PGPASSWORD or ~/.pgpass
    #[arg(long, value_name = "ADDRESS", required_unless_present = "undo")]
    to: Option<String>,
    /// Let hosts serve the file again. What was done in its copy meanwhile is not in it
    #[arg(long, conflicts_with = "to")]
    undo: bool,
    /// Print a JSON object with each table's digest
    #[arg(long)]
    json: bool,
}

impl Copy {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let Self { from, to, undo: _, json } = self;
        let from = file(&from)?;
        let Some(to) = to else { return undo(&from) };
        let settings = match Database::of(Path::new(&to)) {
            Database::Server(address) => settings(&address)?,
            Database::File(_) => return Err(UsageError::new(format!("{ONE_WAY}, and --to names a file")).into()),
        };
        let mut bars = Bars(ProgressBar::hidden());
        let report: anyhow::Result<Report> = runtime::block_on(async {
            let mut source = Source::open(&from).await?;
            let mut target = Target::open(&settings).await?;
            let copied = copy(&mut source, &mut target, Limits::default(), &mut |step| bars.tell(step)).await;
            // Whatever came of it stands in the file by now.
            let closed = source.close().await;
            let report = copied?;
            closed?;
            Ok(report)
        });
        bars.0.finish_and_clear();
        let report = report?;
        if json {
            println!("{}", report::json(&report)?);
        } else {
            eprintln!("{}", report::text(&report, &from, &settings.place()));
        }
        Ok(Ended::Done)
    }
}

/// The file that is named, which is there.
fn file(from: &Path) -> Result<PathBuf, UsageError> {
    let named =
        from.to_str().and_then(|name| name.strip_prefix("sqlite:")).map(|name| name.strip_prefix("//").unwrap_or(name));
    match Database::of(named.map_or(from, Path::new)) {
        Database::Server(_) => Err(UsageError::new(format!("{ONE_WAY}, and --from names a server"))),
        Database::File(path) if !path.exists() => {
            Err(UsageError::new(format!("there is no database {}", path.display())))
        }
        Database::File(path) => Ok(path),
    }
}

fn undo(from: &Path) -> anyhow::Result<Ended> {
    let was_moved = runtime::block_on(async { Ok(Source::take_back(from).await?) })?;
    let from = from.display();
    if was_moved {
        eprintln!("{from} can be served again; whatever a host did in its copy is not in it, so drop the copy");
    } else {
        eprintln!("{from} was not moved, and can be served");
    }
    Ok(Ended::Done)
}

/// A bar for each part of the work.
struct Bars(ProgressBar);

impl Bars {
    fn tell(&mut self, step: Step) {
        match step {
            Step::Copying(rows) => self.begin(rows, "copied"),
            Step::Comparing(rows) => self.begin(rows, "compared"),
            Step::Rows(rows) => self.0.inc(rows),
        }
    }

    fn begin(&mut self, rows: u64, done: &'static str) {
        self.0.finish_and_clear();
        self.0 = progress::rows(rows, done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_in_either_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tombola.db");
        std::fs::write(&path, "").unwrap();
        for beginning in ["", "sqlite:", "sqlite://"] {
            assert_eq!(file(Path::new(&format!("{beginning}{}", path.display()))).unwrap(), path);
        }
        let refused = |from: &str| file(Path::new(from)).unwrap_err().to_string();
        assert!(refused("postgres://alice:secret@db/lottery").contains("--from names a server"));
        assert_eq!(refused("sqlite:none.db"), "there is no database none.db");
    }
}
