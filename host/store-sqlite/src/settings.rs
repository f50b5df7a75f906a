use std::path::PathBuf;
use std::time::Duration;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database file; it is made where there is none. Its folder must be there, and holds the log beside it.
    pub path: PathBuf,
    /// Connections that read, at least 1. As many snapshots can run at once.
    pub readers: usize,
    /// How long a call may take, waiting included. Beyond it the call fails; a commit under way goes on.
    pub deadline: Duration,
    /// The same for changes of lists, which may be as long as an operator likes.
    pub list_deadline: Duration,
}

impl Settings {
    /// Settings that suit one host: four readers, 5 s a call, 120 s for a list.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), readers: 4, deadline: Duration::from_secs(5), list_deadline: Duration::from_mins(2) }
    }
}
