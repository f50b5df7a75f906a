//! The limits that this process sets itself before it reads anything that a stranger wrote. None can be raised again.

use std::io;

use rlimit::Resource;

use super::message::JailLimits;

/// Files that may be open: the three standard ones, and what the allocator and the thread pool look at.
const FILES_MAX: u64 = 32;

/// 19 would be the lowest priority, at which nothing might be published from a busy host.
const NICENESS: i32 = 10;

/// Sets the limits for good.
pub(super) fn enter(limits: &JailLimits) -> io::Result<()> {
    // Whoever draws goes first. Threads that are started later give way likewise.
    rustix::process::setpriority_process(None, NICENESS)?;
    Resource::CORE.set(0, 0)?;
    // Not one byte into any file; pipes are no files.
    Resource::FSIZE.set(0, 0)?;
    Resource::NOFILE.set(FILES_MAX, FILES_MAX)?;
    Resource::AS.set(limits.memory_bytes_max, limits.memory_bytes_max)?;
    // The first limit asks the process to end, the second ends it.
    Resource::CPU.set(limits.cpu_seconds_max, limits.cpu_seconds_max + 1)
}
