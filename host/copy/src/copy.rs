use futures_util::TryStreamExt;
use tombola_store_postgres::{Contents, Target};
use tombola_store_sqlite::Source;

use crate::error::{CopyError, Side};
use crate::proof::{Proven, prove};
use crate::server::Range;
use crate::sums::Sums;
use crate::table::Table;
use crate::{file, schema, server};

/// The table without whose one row nobody can write: it comes last, once everything else is proven.
const COMMITTER: &str = "committer";

/// How much goes over in one transaction.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows; one goes over in any case.
    pub rows: usize,
    /// Bytes, before the last row.
    pub bytes: usize,
}

impl Default for Limits {
    /// So much that a commit costs little beside it, and so little that memory is no matter.
    fn default() -> Self {
        Self { rows: 20_000, bytes: 8 << 20 }
    }
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Rows begin to go over, so many in all.
    Copying(u64),
    /// They begin to be compared.
    Comparing(u64),
    /// So many more are done.
    Rows(u64),
}

/// What was copied and proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// All tables, in the order in which they were proven.
    pub tables: Vec<Proven>,
    /// How many rows there are in all.
    pub rows: u64,
    /// Of the latest entry in the feed.
    pub position: i64,
    /// Whether it had been copied before, and was only proven again.
    pub is_again: bool,
}

/// Copies what is not there yet, proves that all is the same, and then lets hosts have it. A copy that is whole and that no host
/// has opened is proven again.
pub async fn copy(
    source: &mut Source,
    target: &mut Target,
    limits: Limits,
    tell: &mut dyn FnMut(Step),
) -> Result<Report, CopyError> {
    let groups = schema::read(source.connection(), target.connection()).await?;
    let (committer, groups) = parted(groups)?;
    let sums = Sums::of(source.connection(), Side::Source).await?;
    sums.balance()?;
    let state = source.state().await.map_err(CopyError::Source)?;
    let is_again = claim(source, target, &state).await?;
    let mut work = Work { source, target, limits, tell };
    let rows = work.count(&groups).await?;
    if !is_again {
        (work.tell)(Step::Copying(rows));
        work.target.make_room(sums.position.unsigned_abs()).await.map_err(CopyError::Target)?;
        work.fill(&groups).await?;
    }
    (work.tell)(Step::Comparing(rows));
    let mut tables = work.prove(&groups).await?;
    let last = if is_again {
        work.prove_last(&committer, &sums).await
    } else {
        work.finish(&state, &committer, &groups, &sums).await
    };
    tables.push(last?);
    let rows = tables.iter().map(|proven| proven.rows).sum();
    Ok(Report { tables, rows, position: sums.position, is_again })
}

/// Sees to it that nobody serves the file, and that the target is for it. Answers whether the target has all of it already.
async fn claim(source: &mut Source, target: &mut Target, state: &str) -> Result<bool, CopyError> {
    let contents = target.contents().await.map_err(CopyError::Target)?;
    match &contents {
        Contents::Nothing if source.is_moved() => return Err(CopyError::Moved(source.path().to_owned())),
        // First of all: a file that is marked, and was copied nowhere, could not be told from one that was copied elsewhere.
        Contents::Nothing => target.begin(state).await.map_err(CopyError::Target)?,
        Contents::Part(of) | Contents::Whole(of) if of == state => {}
        Contents::Part(_) | Contents::Whole(_) => {
            return Err(CopyError::OtherSource { place: target.place().to_owned() });
        }
        Contents::Other(table) => {
            return Err(CopyError::Used { place: target.place().to_owned(), table: table.clone() });
        }
    }
    source.mark_moved().await.map_err(CopyError::Mark)?;
    Ok(matches!(contents, Contents::Whole(_)))
}

/// The committer, and the others.
fn parted(groups: Vec<Vec<Table>>) -> Result<(Table, Vec<Vec<Table>>), CopyError> {
    let (committer, others) = groups.into_iter().partition::<Vec<_>, _>(|group| group[0].name == COMMITTER);
    let committer = committer.into_iter().flatten().next();
    let missing = || CopyError::Schema { table: COMMITTER.to_owned(), what: "it is missing".to_owned() };
    Ok((committer.ok_or_else(missing)?, others))
}

/// A copy under way.
struct Work<'a> {
    source: &'a mut Source,
    target: &'a mut Target,
    limits: Limits,
    tell: &'a mut dyn FnMut(Step),
}

impl Work<'_> {
    /// Copies what is not there yet.
    async fn fill(&mut self, groups: &[Vec<Table>]) -> Result<(), CopyError> {
        for group in groups {
            if let [table] = &group[..] {
                self.copy_table(table, true).await?;
            } else {
                // Their references hold only once all of them are there.
                self.begin().await?;
                for table in group {
                    self.copy_table(table, false).await?;
                }
                self.commit().await?;
            }
        }
        Ok(())
    }

    /// Copies the rows of a table behind the last one that is there, each range in a transaction of its own, or all in the one
    /// under way.
    async fn copy_table(&mut self, table: &Table, is_in_ranges: bool) -> Result<(), CopyError> {
        let behind = server::last_key(self.target.connection(), table).await?;
        if behind.is_some() {
            (self.tell)(Step::Rows(server::count(self.target.connection(), table).await?));
        }
        let mut rows = file::rows(self.source.connection(), table, behind);
        loop {
            let mut range = Range::of(table);
            while range.is_below(self.limits)
                && let Some(row) = rows.try_next().await?
            {
                range.push(&row);
            }
            let count = range.rows();
            if count == 0 {
                return Ok(());
            }
            if is_in_ranges {
                self.target.begin_write().await.map_err(CopyError::Target)?;
            }
            range.write(self.target.connection()).await?;
            if is_in_ranges {
                self.target.commit_write().await.map_err(CopyError::Target)?;
            }
            (self.tell)(Step::Rows(u64::try_from(count).unwrap_or(u64::MAX)));
        }
    }

    /// Compares all but the committer.
    async fn prove(&mut self, groups: &[Vec<Table>]) -> Result<Vec<Proven>, CopyError> {
        let mut proven = Vec::new();
        for table in groups.iter().flatten() {
            let mut tell = |rows| (self.tell)(Step::Rows(rows));
            proven.push(prove(table, self.source.connection(), self.target.connection(), &mut tell).await?);
        }
        Ok(proven)
    }

    /// Compares the committer and what everything comes to.
    async fn prove_last(&mut self, committer: &Table, sums: &Sums) -> Result<Proven, CopyError> {
        let proven = prove(committer, self.source.connection(), self.target.connection(), &mut |_| ()).await?;
        sums.equal(&Sums::of(self.target.connection(), Side::Target).await?)?;
        Ok(proven)
    }

    /// Copies and compares what is left, and says that all is there, in one transaction.
    async fn finish(
        &mut self,
        state: &str,
        committer: &Table,
        groups: &[Vec<Table>],
        sums: &Sums,
    ) -> Result<Proven, CopyError> {
        for table in groups.iter().flatten() {
            let highest = file::highest_number(self.source.connection(), table).await?;
            server::number_from(self.target.connection(), table, highest).await?;
        }
        self.begin().await?;
        self.copy_table(committer, false).await?;
        let proven = self.prove_last(committer, sums).await?;
        self.target.finish(state).await.map_err(CopyError::Target)?;
        self.commit().await?;
        Ok(proven)
    }

    async fn count(&mut self, groups: &[Vec<Table>]) -> Result<u64, CopyError> {
        let mut rows = 0;
        for table in groups.iter().flatten() {
            rows += file::count(self.source.connection(), table).await?;
        }
        Ok(rows)
    }

    async fn begin(&mut self) -> Result<(), CopyError> {
        self.target.begin_write().await.map_err(CopyError::Target)
    }

    async fn commit(&mut self) -> Result<(), CopyError> {
        self.target.commit_write().await.map_err(CopyError::Target)
    }
}
