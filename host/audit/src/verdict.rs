use std::fmt;

use tombola_domain::signature::PublicKey;

/// What became of the check of one receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds, and a key that is trusted signed it.
    Authentic,
    /// Everything holds, and no key that is trusted signed it: whoever made it up made it up well.
    Unauthenticated {
        /// The key that did sign it, if any.
        signed_by: Option<PublicKey>,
    },
    /// Every hash holds, and another engine decided it: what depends on the engine can't be compared here.
    OtherEngine {
        /// Which.
        engine: String,
        /// Whether this engine decides the same, fuel aside.
        decides_alike: bool,
    },
    /// Every hash holds, and it can't be run again, for want of this.
    Incomplete(Missing),
    /// Something in it is not so.
    Invalid(Flaw),
}

/// What a receipt names and nobody showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The values behind its commitments, which may have been erased.
    Values,
    /// Its revision.
    Revision,
    /// A module of its revision, by digest.
    Module(String),
    /// The host that checks could not run a rule: try again.
    Rule(String),
}

/// Where something is not so, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Flaw {
    /// A member of the record, as in `receipt.steps[2]`.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
}

impl Flaw {
    pub(crate) fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values => out.write_str("the values behind its commitments are not shown"),
            Self::Revision => out.write_str("its revision is not shown"),
            Self::Module(digest) => write!(out, "the module {digest} is not shown"),
            Self::Rule(reason) => write!(out, "a rule could not be run: {reason}"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authentic => out.write_str("authentic"),
            Self::Unauthenticated { signed_by: None } => {
                out.write_str("consistent but not authenticated: nobody signed it")
            }
            Self::Unauthenticated { signed_by: Some(key) } => {
                write!(out, "consistent but not authenticated: signed by {key}, which is not trusted")
            }
            Self::OtherEngine { engine, decides_alike } => {
                let alike = if *decides_alike { "alike" } else { "otherwise" };
                write!(out, "made by another engine version ({engine}); this one decides {alike}")
            }
            Self::Incomplete(missing) => write!(out, "every hash holds, and it was not run again: {missing}"),
            Self::Invalid(flaw) => write!(out, "invalid: {flaw}"),
        }
    }
}
