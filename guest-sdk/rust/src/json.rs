//! Configs as JSON: a small deserializer that knows where in the document a mistake is.
//!
//! It exists beside `serde_json` because a guest is at most 64 KiB and has one page of memory: texts without escapes
//! are borrowed, values go straight into the final structure, and the code for fractions is only linked into rules
//! that have a field of such a type. Integers are those of 64 bits.

mod access;
mod deserializer;
mod error;
mod reader;

use serde::de::DeserializeOwned;

use crate::Problem;
use deserializer::Deserializer;
use reader::Reader;

/// Lists and objects may be nested this deep. A guest's stack is 16 KiB, and no config of an operator's comes near.
const DEPTH_MAX: u32 = 32;

/// Reads a config.
pub(crate) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    read(text).map_err(error::Error::into_problem)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, error::Error> {
    let mut reader = Reader::new(text);
    let value = T::deserialize(Deserializer::new(&mut reader))?;
    reader.finish()?;
    Ok(value)
}

#[cfg(test)]
mod tests;
