//! What somebody asked of a Postgres server, for `pgbench` to ask once more.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The calls of one connection in their order, out of a log that has every statement (`log_statement = 'all'`) and otherwise is as the server
/// writes it by itself.
#[derive(Debug, Default)]
pub struct Recording {
    statements: Vec<Statement>,
    calls: Vec<Call>,
}

/// What was prepared once, and then run with parameters.
#[derive(Debug)]
struct Statement {
    sql: String,
    /// Of each parameter; `None` of one that was always null.
    kinds: Vec<Option<Kind>>,
}

/// What a parameter looks like whenever it is not null: the log does not have its type. Numbers and bytes are told from text that looks
/// like them nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Bytes,
    Text,
}

#[derive(Debug)]
enum Call {
    /// One statement, or several in one call.
    Plain(String),
    /// The statement of this place, with literals for its parameters.
    Prepared(usize, String),
}

/// What `pgbench` puts something in the place of, behind a colon, also within texts.
const VARIABLES: [&str; 4] = ["client_id", "default_seed", "random_seed", "scale"];

/// Why something can't be asked once more.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// Statements are not logged, or others were.
    #[error("nobody has asked the server for `{0}`, or it does not log every statement")]
    Nobody(String),
    /// Of it only some words.
    #[error("what the server's log has as `{0}` can't be asked once more")]
    Unknown(String),
    /// The program is not there.
    #[error("pgbench could not be run; it comes with the server")]
    Run(#[source] std::io::Error),
    /// What it says.
    #[error("pgbench did not do all that it was to do: {0}")]
    Failed(String),
}

impl Recording {
    /// Reads what was asked by the first that asked for this.
    pub fn of(log: &str, asked: &str) -> Result<Self, RecordingError> {
        // Lines that go on begin with a tab, and no text has a null.
        let log = log.replace("\n\t", "\0");
        let entries: Vec<_> = log.split('\n').filter_map(entry).collect();
        let first = entries.iter().find(|entry| entry.level == "LOG" && entry.text.contains(asked));
        let process = first.ok_or_else(|| RecordingError::Nobody(asked.to_owned()))?.process;
        let mut entries = entries.into_iter().filter(|entry| entry.process == process).peekable();
        let (mut recording, mut places) = (Self::default(), HashMap::new());
        while let Some(entry) = entries.next() {
            let unknown = || RecordingError::Unknown(entry.text.chars().take(100).collect());
            let (what, sql) = entry.text.split_once(": ").filter(|_| entry.level == "LOG").ok_or_else(unknown)?;
            let sql = sql.replace('\0', "\n");
            if what == "statement" {
                recording.calls.push(Call::Plain(sql));
            } else if what.starts_with("execute ") {
                let detail = entries.next_if(|entry| entry.level == "DETAIL");
                let parameters = detail.map_or(Some(vec![]), |detail| parameters(detail.text)).ok_or_else(unknown)?;
                recording.run(&mut places, sql, &parameters);
            } else {
                return Err(unknown());
            }
        }
        Ok(recording)
    }

    fn run(&mut self, places: &mut HashMap<String, usize>, sql: String, parameters: &[&str]) {
        let place = *places.entry(sql).or_insert_with_key(|sql| {
            self.statements.push(Statement { sql: sql.clone(), kinds: vec![None; parameters.len()] });
            self.statements.len() - 1
        });
        for (known, literal) in self.statements[place].kinds.iter_mut().zip(parameters) {
            let kind = Kind::of(literal);
            let is_other = known.is_some() && kind.is_some() && *known != kind;
            *known = if is_other { Some(Kind::Text) } else { known.or(kind) };
        }
        self.calls.push(Call::Prepared(place, parameters.join(", ").replace('\0', "\n")));
    }

    /// All of it as one script: each statement is prepared once, as a driver does it, and what was one call is one call. Of a call that
    /// runs a prepared statement the server reads the parameters as text.
    pub fn script(&self) -> String {
        let mut script = String::new();
        for (place, Statement { sql, kinds }) in self.statements.iter().enumerate() {
            let types: Vec<_> = kinds.iter().map(|kind| kind.map_or("unknown", Kind::name)).collect();
            let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
            writeln!(script, "PREPARE asked_{place} {types} AS {sql};").expect("a text takes what is written");
        }
        for call in &self.calls {
            match call {
                Call::Plain(sql) => writeln!(script, "{};", in_one_call(sql)),
                Call::Prepared(place, values) if values.is_empty() => writeln!(script, "EXECUTE asked_{place};"),
                Call::Prepared(place, values) => writeln!(script, "EXECUTE asked_{place} ({values});"),
            }
            .expect("a text takes what is written");
        }
        script
    }
}

/// Has `pgbench`, which knows by its arguments where the server is, ask for all of a script once, on one connection to a database; how
/// long that took, connecting not included.
pub fn replay(mut pgbench: Command, database: &str, script: &Path) -> Result<Duration, RecordingError> {
    pgbench.args(["--no-vacuum", "--client", "1", "--transactions", "1"]);
    for variable in VARIABLES {
        // It stands for itself wherever a text has it.
        pgbench.arg("--define").arg(format!("{variable}=:{variable}"));
    }
    pgbench.arg("--file").arg(script).arg(database);
    let output = pgbench.output().map_err(RecordingError::Run)?;
    let told = String::from_utf8_lossy(&output.stdout);
    let after = |label: &str| told.lines().find_map(|line| line.strip_prefix(label));
    let is_done = output.status.success() && after("number of failed transactions: 0 ").is_some();
    let millis = after("latency average = ").and_then(|rest| rest.strip_suffix(" ms")?.parse::<f64>().ok());
    let millis = millis.filter(|_| is_done);
    let failed = || RecordingError::Failed(format!("{told}{}", String::from_utf8_lossy(&output.stderr)));
    Ok(Duration::from_secs_f64(millis.ok_or_else(failed)? / 1e3))
}

/// A message of the log, or what belongs to the one before it.
struct Entry<'a> {
    process: &'a str,
    level: &'a str,
    text: &'a str,
}

/// It begins with the time and the number of the process that it is of.
fn entry(line: &str) -> Option<Entry<'_>> {
    let (_, rest) = line.split_once(" [")?;
    let (process, rest) = rest.split_once("] ")?;
    let (level, text) = rest.split_once(":  ")?;
    Some(Entry { process, level, text })
}

/// The literals of `parameters: $1 = '…', $2 = NULL`, in which what is a quote stands twice.
fn parameters(detail: &str) -> Option<Vec<&str>> {
    let (_, mut rest) = detail.split_once(": ")?;
    let mut literals = vec![];
    while !rest.is_empty() {
        let (_, value) = rest.split_once(" = ")?;
        let length = if value.starts_with("NULL") { "NULL".len() } else { quoted(value)? };
        literals.push(&value[..length]);
        let behind = &value[length..];
        rest = behind.strip_prefix(", ").unwrap_or(behind);
    }
    Some(literals)
}

/// How long a literal is that begins here, quotes included.
fn quoted(text: &str) -> Option<usize> {
    let mut end = text.strip_prefix('\'').map(|_| 1)?;
    loop {
        end += text[end..].find('\'')? + 1;
        if !text[end..].starts_with('\'') {
            return Some(end);
        }
        end += 1;
    }
}

/// Statements as the script has them that go out together: a semicolon ends a call unless it is escaped, or in quotes.
fn in_one_call(sql: &str) -> String {
    let pieces = sql.trim_end_matches([';', ' ', '\n']).split('\'').enumerate();
    let escaped =
        pieces.map(|(place, piece)| if place % 2 == 0 { piece.replace(';', "\\;") } else { piece.to_owned() });
    escaped.collect::<Vec<_>>().join("'")
}

impl Kind {
    fn of(literal: &str) -> Option<Self> {
        let value = literal.strip_prefix('\'')?.strip_suffix('\'')?;
        let is_hex =
            |digits: &str| digits.len().is_multiple_of(2) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        Some(match value {
            _ if value.parse::<i64>().is_ok() => Self::Integer,
            _ if value.strip_prefix("\\x").is_some_and(is_hex) => Self::Bytes,
            _ => Self::Text,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Integer => "bigint",
            Self::Bytes => "bytea",
            Self::Text => "text",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(process: u32, text: &str) -> String {
        format!("2026-01-01 00:00:00.000 UTC [{process}] {}\n", text.replace('\n', "\n\t"))
    }

    #[track_caller]
    fn check(log: &[String], expected: &str) {
        assert_eq!(Recording::of(&log.concat(), "draws").unwrap().script(), expected);
    }

    #[test]
    fn what_one_connection_ran_is_prepared_once() {
        let log = [
            line(7, "LOG:  statement: SELECT 1"),
            line(8, "LOG:  statement: BEGIN; UPDATE a SET b = ';'; SELECT 'it''s; 1';"),
            line(8, "LOG:  execute sqlx_s_1: INSERT INTO draws\nVALUES ($1)"),
            line(8, "DETAIL:  parameters: $1 = '5'"),
            line(7, "LOG:  execute sqlx_s_1: SELECT 2"),
            line(8, "LOG:  execute sqlx_s_2: SELECT 3"),
            line(8, "LOG:  execute sqlx_s_1: INSERT INTO draws\nVALUES ($1)"),
            line(8, "DETAIL:  Parameters: $1 = '-6'"),
            line(8, "LOG:  statement: SELECT 1; COMMIT"),
        ];
        check(
            &log,
            "PREPARE asked_0 (bigint) AS INSERT INTO draws\nVALUES ($1);\nPREPARE asked_1  AS SELECT 3;\n\
             BEGIN\\; UPDATE a SET b = ';'\\; SELECT 'it''s; 1';\nEXECUTE asked_0 ('5');\nEXECUTE asked_1;\n\
             EXECUTE asked_0 ('-6');\nSELECT 1\\; COMMIT;\n",
        );
    }

    #[test]
    fn parameters_are_taken_as_they_are() {
        let of = |values: &str| {
            let detail = format!("DETAIL:  parameters: {values}");
            [line(8, "LOG:  execute s: draws"), line(8, &detail)].concat()
        };
        let check = |values: &[&str], types: &str, expected: &[&str]| {
            let log: Vec<_> = values.iter().map(|values| of(values)).collect();
            let calls: Vec<_> = expected.iter().map(|values| format!("EXECUTE asked_0 ({values});\n")).collect();
            check(&log, &format!("PREPARE asked_0 ({types}) AS draws;\n{}", calls.concat()));
        };
        let quotes = "$1 = 'a'', $2 = ''b', $2 = '''', $3 = ''";
        check(&[quotes], "text, text, text", &["'a'', $2 = ''b', '''', ''"]);
        check(&["$1 = 'a\n\tb\n', $2 = '\t'"], "text, text", &["'a\n\tb\n', '\t'"]);
        check(&["$1 = '\\x0aFF', $2 = '\\x'"], "bytea, bytea", &["'\\x0aFF', '\\x'"]);
        check(&["$1 = NULL, $2 = NULL", "$1 = NULL, $2 = '1'"], "unknown, bigint", &["NULL, NULL", "NULL, '1'"]);
        check(&["$1 = '1'", "$1 = 'one'", "$1 = '2'"], "text", &["'1'", "'one'", "'2'"]);
    }

    #[test]
    fn what_can_t_be_asked_once_more_is_refused() {
        let check = |log: &[String], expected: &str| {
            assert_eq!(Recording::of(&log.concat(), "draws").unwrap_err().to_string(), expected);
        };
        let nobody = "nobody has asked the server for `draws`, or it does not log every statement";
        check(&[line(8, "LOG:  statement: SELECT 1"), line(8, "ERROR:  draws")], nobody);
        let draws = line(8, "LOG:  statement: SELECT draws");
        let failed = "what the server's log has as `it's wrong: so` can't be asked once more";
        check(&[draws.clone(), line(8, "ERROR:  it's wrong: so")], failed);
        let half = [draws, line(8, "LOG:  execute s: SELECT $1"), line(8, "DETAIL:  parameters: $1 = 'a")];
        check(&half, "what the server's log has as `execute s: SELECT $1` can't be asked once more");
    }
}
