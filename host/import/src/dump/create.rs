//! Definitions of tables: the order of their columns, and nothing else.

use std::sync::Arc;

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, plain};
use super::{Columns, DumpError};

/// First words of a definition that is not a column's.
const NO_COLUMNS: [&str; 9] =
    ["PRIMARY", "KEY", "INDEX", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK", "FULLTEXT", "SPATIAL"];

/// Behind `CREATE`: the table that is defined, and its columns where they are listed.
pub(super) fn table(mut cursor: Cursor<'_>) -> Result<Option<(String, Option<Columns>)>, DumpError> {
    cursor.takes_word(&["TEMPORARY"]);
    if !cursor.takes_word(&["TABLE"]) {
        return Ok(None);
    }
    while cursor.takes_word(&["IF", "NOT", "EXISTS"]) {}
    let name = cursor.table()?;
    if !cursor.takes(&Token::LParen) {
        return Ok(Some((name, None)));
    }
    let mut columns = Vec::new();
    loop {
        if !cursor.peek().and_then(plain).is_some_and(is_no_column) {
            columns.push(cursor.name()?.to_lowercase());
        }
        cursor.item();
        if !cursor.takes(&Token::Comma) {
            break;
        }
    }
    cursor.expect(&Token::RParen, "dump the definition of the table anew")?;
    Ok(Some((name, Some(Arc::from(columns)))))
}

fn is_no_column(word: &str) -> bool {
    NO_COLUMNS.iter().any(|one| word.eq_ignore_ascii_case(one))
}

/// Behind `DROP`: the tables that go.
pub(super) fn dropped(mut cursor: Cursor<'_>) -> Vec<String> {
    cursor.takes_word(&["TEMPORARY"]);
    let mut names = Vec::new();
    if cursor.takes_word(&["TABLE"]) {
        while cursor.takes_word(&["IF", "EXISTS"]) {}
        while let Ok(name) = cursor.table() {
            names.push(name);
            cursor.takes(&Token::Comma);
        }
    }
    names
}
