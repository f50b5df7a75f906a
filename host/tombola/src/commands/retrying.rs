//! Having all tried again that a host gave up.

use serde_json::{Value, json};

use crate::client::ClientError;

/// Calls until nothing is left, since a host takes as many at once as fit in a short transaction, and answers for all calls as for one.
pub(crate) fn retry_all(retry_some: impl Fn() -> Result<Value, ClientError>) -> Result<Value, ClientError> {
    let mut retried = 0;
    loop {
        let answer = retry_some()?;
        retried += answer["retried"].as_u64().unwrap_or_default();
        if answer["left"] == 0 || answer["retried"] == 0 {
            return Ok(json!({"retried": retried, "left": answer["left"]}));
        }
    }
}
