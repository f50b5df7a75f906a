//! What a dump sets for its own connection: the time zone, and nothing else.

use std::sync::Arc;

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, plain};
use super::unquote::unquote;

/// What the time zone of a connection is called, and what stands before it where that of the server is meant.
const NAMES: [&str; 2] = ["TIME_ZONE", "@@TIME_ZONE"];
const OF_SERVER: [&str; 4] = ["GLOBAL", "PERSIST", "@@GLOBAL", "@@PERSIST"];

/// Behind `SET`: keeps the time zone if one is set; none where that is not written there, but kept in a variable.
pub(super) fn time_zone(mut cursor: Cursor<'_>, zone: &mut Option<Arc<str>>) {
    while let Some(token) = cursor.next() {
        let is_one =
            |words: &[&str]| plain(token).is_some_and(|it| words.iter().any(|one| it.eq_ignore_ascii_case(one)));
        if is_one(&OF_SERVER) {
            cursor.takes(&Token::Period);
            cursor.next();
        } else if is_one(&NAMES) && (cursor.takes(&Token::Eq) || cursor.takes(&Token::Assignment)) {
            *zone = match cursor.next() {
                Some(Token::SingleQuotedString(raw)) => Some(Arc::from(unquote(raw, '\''))),
                Some(Token::DoubleQuotedString(raw)) => Some(Arc::from(unquote(raw, '"'))),
                _ => None,
            };
        }
    }
}
