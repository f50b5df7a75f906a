//! Lists come in pages, with an opaque cursor to the next.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use tombola_domain::digest::Digest;
use utoipa::{IntoParams, ToSchema};

use crate::params::limit;
use crate::problem::{Code, Problem};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next` of the page before; left out for the first.
    pub(crate) cursor: Option<String>,
    /// Members of a page: 1 to 200, 50 where nothing is said.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub(crate) limit: Option<String>,
}

impl PageQuery {
    /// The key after which the page begins, and how many members it has at most.
    /// A cursor of another list than `list` is refused.
    pub(crate) fn after<T: std::str::FromStr>(&self, list: &str) -> Result<(Option<T>, u32), Problem> {
        let invalid = || {
            Problem::new(Code::QueryInvalid, "cursor: it is not one that this call gave; leave it out to begin anew")
        };
        let read = |cursor: &String| {
            let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| invalid())?;
            let key = bytes.strip_prefix(&mark(list)).ok_or_else(invalid)?;
            let text = std::str::from_utf8(key).map_err(|_| invalid())?;
            text.parse().map_err(|_| invalid())
        };
        let after = self.cursor.as_ref().map(read).transpose()?;
        Ok((after, limit(self.limit.as_deref(), LIMIT_DEFAULT, LIMIT_MAX)?))
    }
}

/// What a cursor begins with, so that one list knows another's: its name, hashed, since players may stand in it.
fn mark(list: &str) -> [u8; 8] {
    let digest = Digest::tagged("tombola/cursor/v1", &[list.as_bytes()]);
    *digest.as_bytes().first_chunk().expect("eight of thirty-two bytes")
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// Its members.
    pub(crate) items: Vec<T>,
    /// The cursor to the next page; left out after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// A page of `list` with at most `limit` members, of which one more was asked for. `key` is what the cursor stands for.
    pub(crate) fn new(list: &str, mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(key);
        Self::going_on(list, items, next.as_deref())
    }

    /// A page of `list`, after which it goes on behind `next`.
    pub(crate) fn going_on(list: &str, items: Vec<T>, next: Option<&str>) -> Self {
        let cursor = |key: &str| BASE64URL_NOPAD.encode(&[&mark(list), key.as_bytes()].concat());
        Self { items, next: next.map(cursor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_lead_from_page_to_page() {
        let page = Page::new("numbers", vec![1, 2, 3], 2, ToString::to_string);
        assert_eq!(page.items, [1, 2]);
        let query = PageQuery { cursor: page.next, limit: Some("2".to_owned()) };
        assert_eq!(query.after::<u64>("numbers").unwrap(), (Some(2), 2));
        assert!(query.after::<u64>("other numbers").is_err());
        assert!(Page::new("numbers", vec![1, 2], 2, ToString::to_string).next.is_none());
        for (cursor, limit) in
            [(Some("!"), None), (Some("YWJj"), None), (None, Some("0")), (None, Some("201")), (None, Some("x"))]
        {
            let query = PageQuery { cursor: cursor.map(str::to_owned), limit: limit.map(str::to_owned) };
            assert!(query.after::<u64>("numbers").is_err());
        }
    }
}
