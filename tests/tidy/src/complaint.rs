use std::fmt;

/// One breach of a house rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The file, from the root of the workspace, with a line where one is to blame.
    pub place: String,
    /// What is wrong there.
    pub message: String,
}

impl Complaint {
    /// About a whole file.
    pub fn file(path: &str, message: impl Into<String>) -> Self {
        Self { place: path.to_owned(), message: message.into() }
    }

    /// About the line at `index`, counted from 0.
    pub fn line(path: &str, index: usize, message: impl Into<String>) -> Self {
        Self { place: format!("{path}:{}", index + 1), message: message.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.message)
    }
}
