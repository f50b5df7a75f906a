//! Standard rules.
