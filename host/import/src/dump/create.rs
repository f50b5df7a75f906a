//! Definitions of tables: the order of their columns, and which are timestamps.

use std::sync::Arc;

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, plain};
use super::{Columns, DumpError};

/// First words of a definition that is not a column's.
const NO_COLUMNS: [&str; 9] =
    ["PRIMARY", "KEY", "INDEX", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK", "FULLTEXT", "SPATIAL"];

/// What a definition says of a table.
pub(super) struct Definition {
    pub(super) name: String,
    /// Where they are listed.
    pub(super) columns: Option<Columns>,
    /// Those of the type `timestamp`.
    pub(super) timestamps: Columns,
}

/// Behind `CREATE`: the table that is defined.
pub(super) fn table(mut cursor: Cursor<'_>) -> Result<Option<Definition>, DumpError> {
    cursor.takes_word(&["TEMPORARY"]);
    if !cursor.takes_word(&["TABLE"]) {
        return Ok(None);
    }
    while cursor.takes_word(&["IF", "NOT", "EXISTS"]) {}
    let name = cursor.table()?;
    if !cursor.takes(&Token::LParen) {
        return Ok(Some(Definition { name, columns: None, timestamps: Columns::default() }));
    }
    let (mut columns, mut timestamps) = (Vec::new(), Vec::new());
    loop {
        if !cursor.peek().and_then(plain).is_some_and(is_no_column) {
            let column = cursor.name()?.to_lowercase();
            if cursor.takes_word(&["TIMESTAMP"]) {
                timestamps.push(column.clone());
            }
            columns.push(column);
        }
        cursor.item();
        if !cursor.takes(&Token::Comma) {
            break;
        }
    }
    cursor.expect(&Token::RParen, "dump the definition of the table anew")?;
    Ok(Some(Definition { name, columns: Some(Arc::from(columns)), timestamps: Arc::from(timestamps) }))
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
