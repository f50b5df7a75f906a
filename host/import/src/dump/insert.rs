//! Insertions: the rows of a table.

use std::sync::Arc;

use sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use super::cursor::{Cursor, plain};
use super::unquote::unquote;
use super::{Columns, DumpError, Faults, Row, Table, Value};

const DUMP_ANEW: &str = "dump the table anew with `mysqldump`";

/// An insertion whose table is known.
pub(super) struct Insert<'t> {
    cursor: Cursor<'t>,
}

impl<'t> Insert<'t> {
    /// Behind `INSERT` or `REPLACE`.
    pub(super) fn begin(mut cursor: Cursor<'t>) -> Result<(String, Self), DumpError> {
        while cursor.takes_word(&["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"]) {}
        let name = cursor.table()?;
        Ok((name, Self { cursor }))
    }

    /// How many rows there are, for a table of which no more is wanted.
    pub(super) fn count(mut self) -> usize {
        let mut count = 0;
        while self.cursor.peek().is_some() && !self.cursor.takes_word(&["VALUES", "VALUE"]) {
            self.cursor.next();
        }
        while self.begins_row() {
            count += 1;
            while self.cursor.takes(&Token::Comma) || !self.cursor.item().is_empty() {}
            self.cursor.takes(&Token::RParen);
            self.cursor.takes(&Token::Comma);
        }
        count
    }

    /// Puts the rows into their table, whose definition says the columns of an insertion that names none. A row of which a value can't
    /// be read stays out. What follows the rows (`ON DUPLICATE KEY UPDATE …`) has nothing to do in an empty database.
    pub(super) fn rows(
        mut self,
        table: &mut Table,
        zone: Option<&Arc<str>>,
        faults: &mut Faults,
    ) -> Result<(), DumpError> {
        let place = self.cursor.place();
        let columns = match self.columns()? {
            Some(columns) => columns,
            None => table.columns.clone().ok_or_else(|| {
                let hint = "dump with definitions of tables, or with `--complete-insert`";
                DumpError::at(place, "nothing says which columns the values are of", hint)
            })?,
        };
        let place = self.cursor.place();
        if !self.cursor.takes_word(&["VALUES", "VALUE"]) {
            return Err(DumpError::at(place, "rows are read as `VALUES (…), (…)` alone", DUMP_ANEW));
        }
        loop {
            if let Some((line, values)) = self.row(columns.len(), faults)? {
                let (columns, timestamps) = (Arc::clone(&columns), Arc::clone(&table.timestamps));
                table.rows.push(Row { line, columns, values, timestamps, zone: zone.cloned() });
            }
            if !self.cursor.takes(&Token::Comma) {
                return Ok(());
            }
        }
    }

    fn columns(&mut self) -> Result<Option<Columns>, DumpError> {
        if !self.cursor.takes(&Token::LParen) {
            return Ok(None);
        }
        let mut columns = vec![self.cursor.name()?.to_lowercase()];
        while self.cursor.takes(&Token::Comma) {
            columns.push(self.cursor.name()?.to_lowercase());
        }
        self.cursor.expect(&Token::RParen, DUMP_ANEW)?;
        Ok(Some(Arc::from(columns)))
    }

    fn begins_row(&mut self) -> bool {
        self.cursor.takes_word(&["ROW"]);
        self.cursor.takes(&Token::LParen)
    }

    /// The line of the next row, and its values, so many; `None` where they can't be read, and what stands behind them can.
    fn row(&mut self, columns: usize, faults: &mut Faults) -> Result<Option<(u64, Vec<Value>)>, DumpError> {
        let place = self.cursor.place();
        if !self.begins_row() {
            return Err(DumpError::at(place, "a row in parentheses is missing here", DUMP_ANEW));
        }
        let mut values = Vec::with_capacity(columns);
        loop {
            values.push(faults.take(value(self.cursor.place(), self.cursor.item())));
            if !self.cursor.takes(&Token::Comma) {
                break;
            }
        }
        self.cursor.expect(&Token::RParen, DUMP_ANEW)?;
        if values.len() != columns {
            let message = format!("the row has {} values for {columns} columns", values.len());
            faults.add(DumpError::at(place, message, "dump definition and rows of the table together"));
            return Ok(None);
        }
        let values = values.into_iter().collect::<Option<_>>();
        Ok(values.map(|values| (place.line, values)))
    }
}

fn value(place: Location, words: &[TokenWithSpan]) -> Result<Value, DumpError> {
    let tokens: Vec<&Token> = words.iter().map(|word| &word.token).collect();
    Ok(match tokens.as_slice() {
        [] => return Err(DumpError::at(place, "a value is missing here", DUMP_ANEW)),
        [Token::Number(number, _)] | [Token::Plus, Token::Number(number, _)] => Value::Text(number.clone()),
        [Token::Minus, Token::Number(number, _)] => Value::Text(format!("-{number}")),
        [Token::SingleQuotedByteStringLiteral(bits)] => Value::Text(number_of_bits(place, bits)?),
        [only] if is(only, "NULL") => Value::Null,
        [only] if is(only, "TRUE") => Value::Text("1".to_owned()),
        [only] if is(only, "FALSE") => Value::Text("0".to_owned()),
        // A word such as `_binary` or `_utf8mb4` says in which characters the text is.
        [introducer, texts @ ..] if plain(introducer).is_some_and(|word| word.starts_with('_') || word == "N") => {
            text(place, texts)?
        }
        texts => text(place, texts)?,
    })
}

fn is(token: &Token, word: &str) -> bool {
    plain(token).is_some_and(|plain| plain.eq_ignore_ascii_case(word))
}

/// Texts that stand one behind the other are one.
fn text(place: Location, tokens: &[&Token]) -> Result<Value, DumpError> {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::SingleQuotedString(raw) | Token::NationalStringLiteral(raw) => text.push_str(&unquote(raw, '\'')),
            Token::DoubleQuotedString(raw) => text.push_str(&unquote(raw, '"')),
            Token::HexStringLiteral(digits) => text.push_str(&text_of_hex(place, digits)?),
            _ => return Ok(Value::Expression),
        }
    }
    Ok(if tokens.is_empty() { Value::Expression } else { Value::Text(text) })
}

fn text_of_hex(place: Location, digits: &str) -> Result<String, DumpError> {
    let error = || DumpError::at(place, "these bytes are no UTF-8 text", "dump the table with texts of utf8mb4");
    let pairs: Vec<char> = digits.chars().collect();
    let byte =
        |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok().filter(|_| pair.len() == 2);
    let bytes: Vec<u8> = pairs.chunks(2).map(byte).collect::<Option<_>>().ok_or_else(error)?;
    String::from_utf8(bytes).map_err(|_| error())
}

fn number_of_bits(place: Location, bits: &str) -> Result<String, DumpError> {
    let number = u64::from_str_radix(bits, 2);
    number.map(|number| number.to_string()).map_err(|_| DumpError::at(place, "a bit value has 1 to 64 bits", DUMP_ANEW))
}
