use std::fmt;

use tombola_domain::signature::PublicKey;

/// What became of the check of one receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds, and a key that is trusted signed it.
    Authentic,
    /// Every hash holds, and no key that is trusted signed it: whoever made it up made it up well.
    Unauthenticated {
        /// The key that did sign it, if any.
        signed_by: Option<PublicKey>,
        /// What running it again came to.
        ran: Ran,
    },
    /// Every hash holds, a key that is trusted signed it, and another engine decided it: what depends on the engine can't be
    /// compared here.
    OtherEngine(OtherEngine),
    /// Every hash holds, a key that is trusted signed it, and it can't be run again.
    Incomplete(NotRun),
    /// Something in it is not so.
    Invalid(Flaw),
}

/// What running a draw or a rebate again came to, where it did not show a flaw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// Everything came out as the receipt says.
    Alike,
    /// The receipt is another engine's.
    Elsewhere(OtherEngine),
    /// It could not be run.
    Not(NotRun),
}

/// Why a receipt was not run again, and what is therefore nobody's but the answer's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRun {
    /// What it would have taken.
    pub missing: Missing,
    /// Members of what is shown beside the receipt that nothing else proves, as in `draw.player`.
    pub unproven: Vec<&'static str>,
}

/// An engine that is not the one that checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherEngine {
    /// Its name and version.
    pub engine: String,
    /// Whether the one that checks decides the same, fuel aside.
    pub decides_alike: bool,
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

    /// The same in a member of the record, of which it names a member.
    pub(crate) fn within(self, member: &str) -> Self {
        Self { place: format!("{member}.{}", self.place), ..self }
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

impl fmt::Display for NotRun {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { missing, unproven } = self;
        missing.fmt(out)?;
        if unproven.is_empty() {
            Ok(())
        } else {
            write!(out, "; nothing that is shown proves {}", unproven.join(" or "))
        }
    }
}

impl fmt::Display for OtherEngine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alike = if self.decides_alike { "alike" } else { "otherwise" };
        write!(out, "made by another engine version ({}); this one decides {alike}", self.engine)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authentic => out.write_str("authentic"),
            Self::Unauthenticated { signed_by, ran } => {
                match signed_by {
                    None => out.write_str("consistent but not authenticated: nobody signed it")?,
                    Some(key) => {
                        write!(out, "consistent but not authenticated: signed by {key}, which is not trusted")?;
                    }
                }
                match ran {
                    Ran::Alike => Ok(()),
                    Ran::Elsewhere(other) => write!(out, "; {other}"),
                    Ran::Not(not_run) => write!(out, "; it was not run again: {not_run}"),
                }
            }
            Self::OtherEngine(other) => other.fmt(out),
            Self::Incomplete(not_run) => write!(out, "every hash holds, and it was not run again: {not_run}"),
            Self::Invalid(flaw) => write!(out, "invalid: {flaw}"),
        }
    }
}
