use proptest::prelude::*;

use super::*;

/// What is read, or the first of what can't be.
fn read(bytes: &[u8], wanted: &[&str]) -> Result<Dump, DumpError> {
    let mut faults = Faults::default();
    let dump = super::read(bytes, wanted, &mut faults);
    match faults.told().first() {
        None => Ok(dump),
        Some(Fault::Dump(error)) => Err(error.clone()),
        Some(Fault::Cell(error)) => panic!("no cell is read: {error}"),
    }
}

/// The rows of the table `t`, each as its line and its values; `~` is `NULL`, `?` an expression.
fn rows(dump: &str) -> Vec<(u64, Vec<String>)> {
    let dump = read(dump.as_bytes(), &["t"]).unwrap_or_else(|error| panic!("{error}"));
    let value = |value: &Value| match value {
        Value::Null => "~".to_owned(),
        Value::Expression => "?".to_owned(),
        Value::Text(text) => text.clone(),
    };
    let rows = dump.table("t").map_or(&[][..], |table| &table.rows);
    rows.iter().map(|row| (row.line, row.values.iter().map(value).collect())).collect()
}

#[track_caller]
fn check(dump: &str, expected: &[(u64, &[&str])]) {
    let expected: Vec<_> =
        expected.iter().map(|(line, row)| (*line, row.iter().map(|value| (*value).to_owned()).collect())).collect();
    assert_eq!(rows(dump), expected);
}

#[track_caller]
fn check_error(dump: &str, place: (u64, u64), message: &str) {
    let error = read(dump.as_bytes(), &["t"]).unwrap_err();
    assert!(error.message.contains(message), "{error}");
    assert_eq!((error.line, error.column), place, "{error}");
    assert!(!error.hint.is_empty());
}

#[test]
fn rows_are_read_with_their_lines() {
    check(
        "INSERT INTO t (a, b) VALUES (1,'x'),\n(2,'y');\nINSERT INTO `t` (`a`,`b`) VALUES (3, NULL)",
        &[(1, &["1", "x"]), (2, &["2", "y"]), (3, &["3", "~"])],
    );
    check(
        "REPLACE LOW_PRIORITY INTO `db`.`t` (a) VALUE (1) ON DUPLICATE KEY UPDATE a = VALUES(a), b = (1);",
        &[(1, &["1"])],
    );
    check("INSERT IGNORE t (a) VALUES (1), (2) AS new;", &[(1, &["1"]), (1, &["2"])]);
    check("insert into t (a) values row(1)", &[(1, &["1"])]);
}

#[test]
fn values_are_kept_as_they_are_written() {
    let values = "0.3000, -5, +1, .5, 1e3, 99999999999999999999.00000000000000000001, true, FALSE, null, NOW(), CAST('a,b' AS CHAR), \
                  b'101', DEFAULT";
    let columns = "a,b,c,d,e,f,g,h,i,j,k,l,m";
    let expected = [
        "0.3000",
        "-5",
        "1",
        ".5",
        "1e3",
        "99999999999999999999.00000000000000000001",
        "1",
        "0",
        "~",
        "?",
        "?",
        "5",
        "?",
    ];
    check(&format!("INSERT INTO t ({columns}) VALUES ({values});"), &[(1, &expected)]);
}

#[test]
fn texts_are_unquoted_as_mysql_does_it() {
    let cases = [
        (r"'it\'s'", "it's"),
        ("'it''s'", "it's"),
        (r#""say ""x"" \"y\" 'z'""#, r#"say "x" "y" 'z'"#),
        (r"'a\\b\n\t\r\0\Z\b'", "a\\b\n\t\r\0\u{1a}\u{8}"),
        // These have no meaning to MySQL, whatever they have elsewhere.
        (r"'\a\f\x'", "afx"),
        (r"'100\% \_'", r"100\% \_"),
        ("'a;b -- c # d /* e */ ('", "a;b -- c # d /* e */ ("),
        ("'one ' 'two'", "one two"),
        (r"_binary '\0'", "\0"),
        ("_utf8mb4'\u{e9}'", "\u{e9}"),
        ("N'n'", "n"),
        ("0x4142", "AB"),
        ("x'4a4B'", "JK"),
        ("_utf8mb4 0xE5A596", "\u{5956}"),
        ("''", ""),
        ("'line\nbreak'", "line\nbreak"),
    ];
    for (written, expected) in cases {
        check(&format!("INSERT INTO t (a) VALUES ({written});"), &[(1, &[expected])]);
    }
}

#[test]
fn columns_come_from_the_definition() {
    let table = "/*!50503 SET x = 1 */;\nCREATE TABLE IF NOT EXISTS `t` (\n  `ID` int(11) NOT NULL COMMENT 'a, (b',\n  b decimal(6,4) \
                 DEFAULT '0',\n  `key` enum('x','y'),\n  PRIMARY KEY (`ID`,`b`),\n  CONSTRAINT `c` FOREIGN KEY (b) REFERENCES u (b)\n) \
                 ENGINE=InnoDB COMMENT='d;';\nINSERT INTO t VALUES (1,2,3);";
    check(table, &[(9, &["1", "2", "3"])]);
    let dump = read(table.as_bytes(), &["t"]).unwrap();
    let table = dump.table("t").unwrap();
    assert_eq!(table.columns(), ["b", "id", "key"]);
    assert_eq!(table.rows[0].value("key"), Some(&Value::Text("3".to_owned())));
    assert_eq!(table.rows[0].value("gone"), None);
}

#[test]
fn what_is_no_row_is_passed_over() {
    let dump = "\u{feff}-- a comment with 'quotes\n# another\n/* and\none */\n/*!40101 SET NAMES utf8 */;\nSTART TRANSACTION;\nUSE `x`;\n\
                LOCK TABLES `t` WRITE;\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;\nINSERT INTO t (a) VALUES (1);\nUNLOCK TABLES;\n\
                INSERT INTO `u` (a) VALUES (1,'),('),(2,f(3)),(4,5);INSERT INTO u VALUES (1);COMMIT;\n\
                UPDATE t SET a = 2;\nDELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN\n\
                INSERT INTO t (a) VALUES (9); END ;;\nDELIMITER ;\nINSERT INTO t (a) VALUES (3);";
    check(dump, &[(10, &["1"]), (18, &["3"])]);
    let read = read(dump.as_bytes(), &["t"]).unwrap();
    assert_eq!(read.others, BTreeMap::from([("u".to_owned(), 4)]));
    assert_eq!(read.skipped, [Skipped { verb: "UPDATE".to_owned(), line: 13 }]);
}

#[test]
fn a_dropped_table_begins_anew() {
    check("INSERT INTO t (a) VALUES (1); DROP TABLE IF EXISTS `u`, `t`; INSERT INTO t (b) VALUES (2);", &[(1, &["2"])]);
}

#[test]
fn mistakes_have_places() {
    check_error("INSERT INTO t (a) VALUES\n  ('x", (2, 4), "Unterminated");
    check_error("INSERT INTO t (a, b) VALUES (1, 2),\n (3);", (2, 2), "1 values for 2 columns");
    check_error("SET x = 1;\nINSERT INTO t VALUES (1);", (2, 15), "which columns");
    check_error("INSERT INTO t (a) VALUES (1", (1, 27), "the statement ends where ')' is needed");
    check_error("INSERT INTO t (a) VALUES (1),;", (1, 29), "a row in parentheses");
    check_error("INSERT INTO t (a, b) VALUES (1,)", (1, 32), "a value is missing");
    check_error("INSERT INTO t (a) SELECT 1;", (1, 19), "`VALUES (…), (…)` alone");
    check_error("INSERT INTO t SET a = 1;", (1, 15), "which columns");
    check_error("INSERT INTO t (a) VALUES (0xFF)", (1, 27), "no UTF-8 text");
    check_error("/* never", (1, 9), "comment");
}

#[test]
fn bytes_that_are_no_text_have_places() {
    let error = read(b"SET x = 1;\nSET y = '\xff'", &[]).unwrap_err();
    assert_eq!((error.line, error.column, &*error.message), (2, 10, "the text is not UTF-8"));
    let error = read(&vec![b' '; DUMP_BYTES_MAX + 1], &[]).unwrap_err();
    assert!(error.to_string().contains("are allowed; dump the tables of the configuration alone"), "{error}");
}

/// A text as `mysqldump` quotes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for letter in text.chars() {
        match letter {
            '\0' => quoted.push_str("\\0"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\u{1a}' => quoted.push_str("\\Z"),
            '\\' | '\'' | '"' => quoted.extend(['\\', letter]),
            other => quoted.push(other),
        }
    }
    quoted + "'"
}

/// The same with quotes doubled, and all else as it is.
fn doubled(text: &str, quote: char) -> String {
    let text = text.replace('\\', "\\\\").replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{text}{quote}")
}

proptest! {
    #[test]
    fn whatever_is_quoted_in_comes_out_again(texts in prop::collection::vec(any::<String>(), 1..5), rows in 1..4usize) {
        let row = |text: &String| format!("({},{},{},0x{})", quoted(text), doubled(text, '\''), doubled(text, '"'), hex(text));
        let values: Vec<String> = texts.iter().map(row).cycle().take(texts.len() * rows).collect();
        let dump = format!("INSERT INTO `t` (`a`,`b`,`c`,`d`) VALUES {};\n", values.join(",\n"));
        let dump = read(dump.as_bytes(), &["t"]).unwrap();
        let read = &dump.table("t").unwrap().rows;
        prop_assert_eq!(read.len(), values.len());
        for (row, text) in read.iter().zip(texts.iter().cycle()) {
            for value in &row.values {
                prop_assert_eq!(value, &Value::Text(text.clone()));
            }
        }
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &["t"]);
    }

    #[test]
    fn arbitrary_statements_are_read_or_refused(
        words in prop::collection::vec(prop::sample::select(vec![
            "INSERT", "INTO", "REPLACE", "CREATE", "TABLE", "DROP", "IF", "EXISTS", "t", "`t`", "(", ")", ",", ";", "VALUES", "'a'", "\"b\"",
            "'", "\\", "0x", "0x4", "x'4'", "b'2'", "NULL", "-", "1.5", "DELIMITER", ";;", "\n", "--", "#", "/*", "*/", "/*!40101", ".", "@", "_utf8'a'",
            "é", "N'", "ROW", "AS", "PRIMARY",
        ]), 0..60),
    ) {
        let _ = read(words.join(" ").as_bytes(), &["t"]);
        let _ = read(words.concat().as_bytes(), &["t"]);
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
