//! Statements as Postgres reads them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What has another name there. The rest of SQLite's functions that statements use stand in the schema.
const NAMES: [(&str, &str); 4] = [
    ("jsonb_each", "json_each"),
    ("json_array", "json_build_array"),
    ("json_object", "json_build_object"),
    ("json_group_object", "json_object_agg"),
];
/// What undoes a whole transaction where a row can't be inserted, as a statement that fails always does there.
const OR_ROLLBACK: &str = "INSERT OR ROLLBACK ";
/// What is among the elements of an array is looked for by an index, once for each of them. As a join it would be taken from either end, and
/// of a table that is new from the wrong one: once through all elements for each row.
const AMONG: (&str, &str) = ("IN (SELECT atom FROM json_each(", "= ANY (ARRAY(SELECT atom FROM json_each(");

/// One statement, and which of the parameters it uses, from 0: it counts its own from `$1`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sql: Arc<str>,
    pub(super) parameters: Vec<usize>,
}

/// Texts that were read.
type Read = HashMap<&'static str, Arc<[Statement]>>;

/// The statements of a text, each by itself, since Postgres takes no parameters for several. They are read once: there are as
/// many texts as stand in the program.
pub(super) fn statements(text: &'static str) -> Arc<[Statement]> {
    static READ: LazyLock<Mutex<Read>> = LazyLock::new(Mutex::default);
    let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(text).or_insert_with(|| read(text).into()))
}

fn read(text: &str) -> Vec<Statement> {
    let (mut statements, mut sql, mut parameters) = (Vec::new(), String::new(), Vec::new());
    let (mut rest, mut is_among) = (text, false);
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix(OR_ROLLBACK) {
            sql.push_str("INSERT ");
            rest = behind;
            continue;
        }
        if let Some(behind) = rest.strip_prefix(AMONG.0) {
            sql.push_str(AMONG.1);
            (rest, is_among) = (behind, true);
            continue;
        }
        let length = token(rest, first);
        let (token, behind) = rest.split_at(length);
        rest = behind;
        match first {
            ';' => statements.extend(end(&mut sql, &mut parameters)),
            '-' if token.len() > 1 => {}
            ')' if is_among => {
                is_among = false;
                sql.push_str("))");
            }
            '$' => {
                let number: usize = token[1..].parse().expect("a parameter is `$` and its number, from 1");
                let place = parameters.iter().position(|known| *known == number - 1).unwrap_or(parameters.len());
                if place == parameters.len() {
                    parameters.push(number - 1);
                }
                sql.push('$');
                sql.push_str(&(place + 1).to_string());
            }
            _ => sql.push_str(named(token, rest)),
        }
    }
    statements.extend(end(&mut sql, &mut parameters));
    statements
}

/// The statement that was read so far, if there is any.
fn end(sql: &mut String, parameters: &mut Vec<usize>) -> Option<Statement> {
    let (sql, parameters) = (std::mem::take(sql), std::mem::take(parameters));
    let sql = sql.trim();
    (!sql.is_empty()).then(|| Statement { sql: sql.into(), parameters })
}

/// How long what begins there is: text in quotes, a comment without the end of its line, a parameter, a word, or one character.
fn token(text: &str, first: char) -> usize {
    let while_it_is = |is: fn(char) -> bool| text[1..].find(|c| !is(c)).map_or(text.len(), |end| end + 1);
    match first {
        '\'' | '"' => text[1..].find(first).map_or(text.len(), |end| end + 2),
        '-' if text.starts_with("--") => text.find('\n').unwrap_or(text.len()),
        '$' => while_it_is(|c| c.is_ascii_digit()),
        c if c.is_ascii_alphabetic() => while_it_is(|c| c.is_ascii_alphanumeric() || c == '_'),
        c => c.len_utf8(),
    }
}

fn named<'a>(word: &'a str, behind: &str) -> &'a str {
    let name = NAMES.iter().find(|(name, _)| *name == word && behind.starts_with('('));
    name.map_or(word, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_statements_are_parted_with_the_parameters_of_each() {
        let check = |text, expected: &[(&str, &[usize])]| {
            let read: Vec<_> = read(text).into_iter().map(|read| (read.sql.to_string(), read.parameters)).collect();
            let expected: Vec<_> = expected.iter().map(|(sql, used)| ((*sql).to_owned(), used.to_vec())).collect();
            assert_eq!(read, expected);
        };
        check("SELECT $1, $2, $1", &[("SELECT $1, $2, $1", &[0, 1])]);
        check(
            "DELETE FROM a WHERE b = $3;\n UPDATE a SET b = $1 WHERE c = $3;\n",
            &[("DELETE FROM a WHERE b = $1", &[2]), ("UPDATE a SET b = $1 WHERE c = $2", &[0, 2])],
        );
        check(
            "INSERT OR ROLLBACK INTO a SELECT 'INSERT OR ROLLBACK '",
            &[("INSERT INTO a SELECT 'INSERT OR ROLLBACK '", &[])],
        );
        check(
            "DELETE FROM a WHERE b = $1 AND c IN (SELECT atom FROM json_each($2)) AND (d)",
            &[("DELETE FROM a WHERE b = $1 AND c = ANY (ARRAY(SELECT atom FROM json_each($2))) AND (d)", &[0, 1])],
        );
        check("SELECT ';' || \"b;$1\" -- don't; $1\n FROM c", &[("SELECT ';' || \"b;$1\" \n FROM c", &[])]);
        check(
            "SELECT json_array(json_object('json_array(', json_array)) FROM jsonb_each($1) q",
            &[("SELECT json_build_array(json_build_object('json_array(', json_array)) FROM json_each($1) q", &[0])],
        );
    }
}
