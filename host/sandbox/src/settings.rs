//! What the wiring decides: how much a class of rules may use, who compiles, and where native code is kept.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cache::CacheKey;

/// One WebAssembly page, in bytes.
pub(crate) const PAGE_BYTES: usize = 64 * 1024;

/// Everything that a [`crate::Sandbox`] needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The class whose rules it runs.
    pub class: ClassSettings,
    /// The processes that compile.
    pub worker: WorkerSettings,
    /// Where native code is kept between starts; without it, every start compiles anew.
    pub cache: Option<CacheSettings>,
}

/// What a class of rules may use. Rules of different classes run on different engines, and nothing crosses.
///
/// Serialisable only because the compiling process is told the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassSettings {
    /// Bytes of an uploaded component, at least 1.
    pub upload_bytes_max: usize,
    /// Bytes of linear memory of one instance: whole pages of 64 KiB, at least one, at most 1 GiB.
    pub memory_bytes_max: usize,
    /// Bytes of a finished instance's memory that are wiped in place rather than given back: what a well-shaped guest
    /// touches. More costs time for every call, less costs page faults.
    pub memory_resident_bytes: usize,
    /// Elements of one table, at least 1.
    pub table_elements_max: usize,
    /// Core instances in one component, at least 1.
    pub core_instances_max: u32,
    /// Memories in one component, at least 1.
    pub memories_max: u32,
    /// Tables in one component, at least 1.
    pub tables_max: u32,
    /// Bytes of native stack for guest code, 16 KiB to 1 MiB. A thread that evaluates needs as much to spare.
    pub stack_bytes_max: usize,
    /// Instances for which room is kept, at least [`Self::evaluations_max`]. Room that last held the same rule is found
    /// again without a system call, so this is best a few times the number of live rules.
    pub slots: u32,
    /// Evaluations at one time, at least 1.
    pub evaluations_max: u32,
    /// Evaluations that may wait for one of those to end; the next one is turned away.
    pub waiting_max: u32,
    /// Milliseconds for which an evaluation waits before it is turned away.
    pub wait_ms_max: u64,
    /// Milliseconds of a thread's own time after which a running evaluation is stopped, 20 to 60,000. It is counted from when as
    /// much has passed on the clock. Far beyond what the fuel allows: it is for what fuel may not count.
    pub deadline_ms: u64,
    /// Bytes that the host copies out of a guest for one decision; a larger answer is a fault.
    pub decision_bytes_max: usize,
    /// Bytes that the host copies out of a guest when it configures or describes itself.
    pub needs_bytes_max: usize,
    /// Bytes of a config, as JSON text.
    pub config_bytes_max: usize,
    /// Fuel for one `configure`, start-up included.
    pub configure_fuel: u64,
    /// Fuel for one `describe`, start-up included.
    pub describe_fuel: u64,
}

impl ClassSettings {
    /// Rules in languages that compile to a small memory: Rust, C.
    pub const FAST: Self = Self {
        upload_bytes_max: 4 << 20,
        memory_bytes_max: 1 << 20,
        memory_resident_bytes: PAGE_BYTES,
        table_elements_max: 4096,
        core_instances_max: 4,
        memories_max: 1,
        tables_max: 2,
        stack_bytes_max: 256 << 10,
        slots: 256,
        evaluations_max: 32,
        waiting_max: 256,
        wait_ms_max: 100,
        deadline_ms: 100,
        decision_bytes_max: 64 << 10,
        needs_bytes_max: 256 << 10,
        config_bytes_max: 1 << 20,
        configure_fuel: 200_000_000,
        describe_fuel: 10_000_000,
    };

    /// Refuses values outside of the bounds that stand at each field.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let whole_pages = self.memory_bytes_max.is_multiple_of(PAGE_BYTES);
        let checks = [
            ("upload_bytes_max", self.upload_bytes_max >= 1),
            ("memory_bytes_max", whole_pages && (PAGE_BYTES..=1 << 30).contains(&self.memory_bytes_max)),
            ("memory_resident_bytes", self.memory_resident_bytes <= self.memory_bytes_max),
            ("table_elements_max", self.table_elements_max >= 1),
            ("core_instances_max", self.core_instances_max >= 1),
            ("memories_max", self.memories_max >= 1),
            ("tables_max", self.tables_max >= 1),
            ("stack_bytes_max", (16 << 10..=1 << 20).contains(&self.stack_bytes_max)),
            ("slots", self.slots >= self.evaluations_max),
            ("evaluations_max", self.evaluations_max >= 1),
            ("deadline_ms", (20..=60_000).contains(&self.deadline_ms)),
        ];
        match checks.into_iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(SettingsError(field)),
            None => Ok(()),
        }
    }
}

/// A setting outside of its bounds, by its field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the class setting `{0}` is out of bounds")]
pub struct SettingsError(&'static str);

/// The processes that compile uploads: which program, and how much each may use.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// An absolute path to a program that calls [`crate::worker::run`] on its standard input and output.
    pub program: PathBuf,
    /// What it is called with, to come to that.
    pub args: Vec<OsString>,
    /// Bytes of address space of one process, at least 256 MiB.
    pub memory_bytes_max: u64,
    /// Seconds of processor time of one process, at least 1.
    pub cpu_seconds_max: u64,
    /// Milliseconds after which a process is killed whatever it has done.
    pub wall_ms_max: u64,
    /// Processes at one time, at least 1.
    pub processes_max: usize,
    /// Milliseconds for which a job waits until one of those has ended.
    pub wait_ms_max: u64,
}

impl WorkerSettings {
    /// The usual limits around a program: they leave a module of the largest size ten times what it needs.
    pub fn new(program: PathBuf, args: Vec<OsString>) -> Self {
        Self {
            program,
            args,
            memory_bytes_max: 2 << 30,
            cpu_seconds_max: 20,
            wall_ms_max: 60_000,
            processes_max: 2,
            wait_ms_max: 60_000,
        }
    }
}

/// Where native code is kept on this host.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// A folder for nothing else; made if it is missing, and closed to everyone but its owner.
    pub folder: PathBuf,
    /// The secret under which every file is authenticated.
    pub key: CacheKey,
    /// Bytes that the files may take together; the oldest go first.
    pub bytes_max: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_checked() {
        assert_eq!(ClassSettings::FAST.check(), Ok(()));
        let odd = ClassSettings { memory_bytes_max: 100_000, ..ClassSettings::FAST };
        assert_eq!(odd.check(), Err(SettingsError("memory_bytes_max")));
        let scarce = ClassSettings { slots: 1, ..ClassSettings::FAST };
        assert_eq!(scarce.check(), Err(SettingsError("slots")));
    }
}
