use std::path::PathBuf;
use std::time::Duration;

use tombola_domain::signature::Signer;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database file; it is made where there is none. Its folder must be there, and holds the log beside it.
    pub path: PathBuf,
    /// Connections that read, at least 1, beside those that snapshots share.
    pub readers: usize,
    /// How long a call may take, waiting included. Beyond it the call fails; a commit under way goes on.
    pub deadline: Duration,
    /// The same for changes of lists, which may be as long as an operator likes.
    pub list_deadline: Duration,
    /// Who seals the batches that are committed; `None` leaves them unsealed.
    pub signer: Option<Signer>,
}

impl Settings {
    /// Settings that suit work beside a host: four readers, 5 s a call, 120 s for a list, nothing sealed.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: 4,
            deadline: Duration::from_secs(5),
            list_deadline: Duration::from_mins(2),
            signer: None,
        }
    }

    /// The same for a host, which seals what it commits.
    #[must_use]
    pub fn sealed_by(self, signer: Signer) -> Self {
        Self { signer: Some(signer), ..self }
    }
}
