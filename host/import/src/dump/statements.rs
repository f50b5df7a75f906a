//! From bytes to words, and from words to statements.

use sqlparser::dialect::MySqlDialect;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::cursor::plain;
use super::{DUMP_BYTES_MAX, DumpError};

/// The words of a dump, without what stands between them.
pub(super) fn tokens(bytes: &[u8]) -> Result<Vec<TokenWithSpan>, DumpError> {
    let text = text(bytes)?;
    // Escapes are left to `unquote`, since the library knows some that MySQL doesn't have.
    let tokens = Tokenizer::new(&MySqlDialect {}, text).with_unescape(false).tokenize_with_location();
    let mut tokens = tokens.map_err(|error| {
        DumpError::at(error.location, error.message, "mend the text there, or dump the tables anew with `mysqldump`")
    })?;
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    Ok(tokens)
}

fn text(bytes: &[u8]) -> Result<&str, DumpError> {
    if bytes.len() > DUMP_BYTES_MAX {
        let message = format!("the dump has {} bytes; {DUMP_BYTES_MAX} are allowed", bytes.len());
        return Err(DumpError::at(Location::new(1, 1), message, "dump the tables of the configuration alone"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let hint = "dump with `--default-character-set=utf8mb4 --hex-blob`";
        DumpError::at(end_of(before), "the text is not UTF-8", hint)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn end_of(before: &[u8]) -> Location {
    let before = String::from_utf8_lossy(before);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Location::new(count(before.matches('\n').count() + 1), count(line.chars().count() + 1))
}

/// The statements of a dump. What stands between `DELIMITER` and the next `DELIMITER ;` are bodies of triggers and the like, whose
/// statements nobody has run.
pub(super) fn split(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    let mut statements = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        if let Some(after) = delimiter(rest) {
            rest = after;
            continue;
        }
        let end = rest.iter().position(|token| token.token == Token::SemiColon);
        let (statement, after) = rest.split_at(end.unwrap_or(rest.len()));
        if !statement.is_empty() {
            statements.push(statement);
        }
        rest = after.get(1..).unwrap_or_default();
    }
    statements
}

/// What follows a `DELIMITER` that stands here, and all that it hides.
fn delimiter(tokens: &[TokenWithSpan]) -> Option<&[TokenWithSpan]> {
    let mut after = sets_delimiter(tokens)?;
    while !after.1 {
        let next = (0..after.0.len()).find_map(|at| sets_delimiter(after.0.get(at..)?));
        after = next.unwrap_or((&[], true));
    }
    Some(after.0)
}

/// Where a `DELIMITER` stands first: what follows its line, and whether statements end with `;` from there on.
fn sets_delimiter(tokens: &[TokenWithSpan]) -> Option<(&[TokenWithSpan], bool)> {
    let first = tokens.first()?;
    plain(&first.token).filter(|word| word.eq_ignore_ascii_case("delimiter"))?;
    let line = first.span.start.line;
    let end = tokens.iter().position(|token| token.span.start.line != line).unwrap_or(tokens.len());
    let (said, after) = tokens.split_at(end);
    Some((after, matches!(said, [_, only] if only.token == Token::SemiColon)))
}
