use std::fmt;

use super::{CellError, DumpError};

/// Faults of one dump that are told: more than that have one cause, which is to be mended rather than each of them.
pub const FAULTS_MAX: usize = 100;

/// Something that can't be read: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A statement, a row or a value.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// What stands in a column.
    #[error(transparent)]
    Cell(#[from] CellError),
}

impl Fault {
    /// The line, from 1.
    pub const fn line(&self) -> u64 {
        match self {
            Self::Dump(error) => error.line,
            Self::Cell(error) => error.line,
        }
    }
}

/// All that can't be read of a dump, so that it is not mended place by place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// At most [`FAULTS_MAX`].
    told: Vec<Fault>,
    more: usize,
}

impl Faults {
    /// One more.
    pub fn add(&mut self, fault: impl Into<Fault>) {
        if self.told.len() < FAULTS_MAX {
            self.told.push(fault.into());
        } else {
            self.more += 1;
        }
    }

    /// What was read, if it was.
    pub fn take<T>(&mut self, read: Result<T, impl Into<Fault>>) -> Option<T> {
        read.map_err(|fault| self.add(fault)).ok()
    }

    /// Fails with all of them, by line, where there are any.
    pub fn check(mut self) -> Result<(), Self> {
        self.told.sort_by_key(Fault::line);
        if self.told.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Those that are told.
    pub fn told(&self) -> &[Fault] {
        &self.told
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = &self.told[..] {
            return only.fmt(out);
        }
        write!(out, "{} places can't be read:", self.told.len() + self.more)?;
        for fault in &self.told {
            write!(out, "\n  {fault}")?;
        }
        if self.more > 0 {
            write!(out, "\n  and {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
