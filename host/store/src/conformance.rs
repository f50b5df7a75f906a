//! What every backend has to pass.
