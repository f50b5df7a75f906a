//! Every kind of violation is found where it is planted, and none where all is well.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tombola_history::{Draw, Line, Row, Violation, check, parse};

/// Two units, a third that comes in, and four draws of two players, of which the last one falls through. One was asked twice, one is in
/// doubt and done, another in doubt and not.
const GOOD: &str = r#"
    {"opening": {"prize": "phone", "stock": 2}}
    {"asked": {"key": "a", "player": "alice"}}
    {"asked": {"key": "b", "player": "bob"}}
    {"told": {"key": "b", "draw": {"id": "B", "ordinal": 1, "prize": "phone", "amount": 1}}}
    {"asked": {"key": "a", "player": "alice"}}
    {"told": {"key": "a", "draw": {"id": "A", "ordinal": 1, "prize": "phone", "amount": 1}}}
    {"restocking": {"key": "r", "add": 1}}
    {"restocked": {"key": "r"}}
    {"asked": {"key": "c", "player": "alice"}}
    {"asked": {"key": "d", "player": "alice"}}
    {"told": {"key": "d", "draw": {"id": "D", "ordinal": 3, "prize": null, "amount": null}}}
    {"asked": {"key": "e", "player": "bob"}}
    {"told": {"key": "a", "draw": {"id": "A", "ordinal": 1, "prize": "phone", "amount": 1}}}
    {"row": {"position": 9, "key": "d", "player": "alice", "draw": {"id": "D", "ordinal": 3, "prize": null, "amount": null}}}
    {"row": {"position": 3, "key": "a", "player": "alice", "draw": {"id": "A", "ordinal": 1, "prize": "phone", "amount": 1}}}
    {"row": {"position": 2, "key": "b", "player": "bob", "draw": {"id": "B", "ordinal": 1, "prize": "phone", "amount": 1}}}
    {"row": {"position": 5, "key": "c", "player": "alice", "draw": {"id": "C", "ordinal": 2, "prize": "phone", "amount": 1}}}
    {"stock": {"allotted": 3, "issued": 3}}
"#;

fn good() -> Vec<Line> {
    parse(GOOD).unwrap()
}

/// Changes the row of a key.
fn with(key: &str, change: impl Fn(&mut Row)) -> Vec<Line> {
    let mut history = good();
    for line in &mut history {
        if let Line::Row(row) = line
            && row.key == key
        {
            change(row);
        }
    }
    history
}

/// Leaves out what was asked under a key, or is there of it, and so on.
fn without(is_left_out: impl Fn(&Line) -> bool) -> Vec<Line> {
    good().into_iter().filter(|line| !is_left_out(line)).collect()
}

fn is_row(line: &Line, of: &str) -> bool {
    matches!(line, Line::Row(row) if row.key == of)
}

fn draw(id: &str, ordinal: u64, prize: Option<&str>) -> Draw {
    Draw { id: id.to_owned(), ordinal, prize: prize.map(str::to_owned), amount: prize.map(|_| 1) }
}

#[track_caller]
fn finds(history: &[Line], expected: &[Violation]) {
    let found = check(history);
    let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{shown:#?}");
}

#[test]
fn a_good_history_is_good() {
    finds(&good(), &[]);
    // Whatever is in doubt may not be there.
    let mut one_less = without(|line| is_row(line, "c"));
    for line in &mut one_less {
        match line {
            Line::Row(row) if row.key == "d" => row.draw = draw("D", 2, Some("phone")),
            Line::Told { key, draw: told } if key == "d" => *told = draw("D", 2, Some("phone")),
            _ => {}
        }
    }
    finds(&one_less, &[]);
}

#[test]
fn what_is_lost_or_changed_is_found() {
    let lost = without(|line| is_row(line, "d"));
    finds(&lost, &[Violation::Lost { key: "d".to_owned(), told: draw("D", 3, None) }]);
    let told = draw("D", 3, None);
    let renamed = with("d", |row| row.draw.id = "X".to_owned());
    let found = draw("X", 3, None);
    finds(
        &renamed,
        &[
            Violation::Changed { key: "d".to_owned(), told: told.clone(), found: found.clone() },
            Violation::OrdinalTwice { player: "alice".to_owned(), ordinal: 3, one: found, other: told },
        ],
    );
    let better = check(&with("a", |row| row.draw.amount = Some(2)));
    assert!(better.iter().any(|violation| matches!(violation, Violation::Changed { key, .. } if key == "a")));
}

#[test]
fn a_key_with_two_effects_is_found() {
    let mut twice = good();
    twice.push(Line::Row(Row {
        position: 10,
        key: "b".to_owned(),
        player: "bob".to_owned(),
        draw: draw("B", 2, None),
    }));
    let found = check(&twice);
    assert!(found.contains(&Violation::DrawnTwice { key: "b".to_owned() }), "{found:?}");

    let mut answered = good();
    let other = draw("Z", 4, None);
    answered.push(Line::Told { key: "d".to_owned(), draw: other.clone() });
    finds(&answered, &[Violation::AnsweredTwice { key: "d".to_owned(), first: draw("D", 3, None), later: other }]);
}

#[test]
fn what_nobody_asked_for_is_found() {
    let never = without(|line| matches!(line, Line::Asked { key, .. } if key == "c"));
    finds(&never, &[Violation::Unasked { key: "c".to_owned(), player: "alice".to_owned() }]);
    let of_another = check(&with("c", |row| row.player = "bob".to_owned()));
    assert!(of_another.contains(&Violation::Unasked { key: "c".to_owned(), player: "bob".to_owned() }));
}

#[test]
fn ordinals_with_gaps_or_of_two_draws_are_found() {
    let gap = without(|line| is_row(line, "c"));
    let found = check(&gap);
    let expected = Violation::OrdinalGap { player: "alice".to_owned(), expected: 2, found: 3 };
    assert!(found.contains(&expected), "{found:?}");
    let again = check(&with("c", |row| row.draw.ordinal = 1));
    assert!(again.iter().any(|violation| matches!(violation, Violation::OrdinalTwice { ordinal: 1, .. })), "{again:?}");

    // A draw that was told is lost, and its number drawn again under another key, for something better.
    let mut again = without(|line| is_row(line, "d") || matches!(line, Line::Stock { .. }));
    again.push(Line::Row(Row {
        position: 9,
        key: "f".to_owned(),
        player: "alice".to_owned(),
        draw: draw("F", 3, Some("phone")),
    }));
    again.insert(12, Line::Asked { key: "f".to_owned(), player: "alice".to_owned() });
    let found = check(&again);
    let (one, other) = (draw("F", 3, Some("phone")), draw("D", 3, None));
    let expected = Violation::OrdinalTwice { player: "alice".to_owned(), ordinal: 3, one, other };
    assert!(found.contains(&expected), "{found:?}");
}

#[test]
fn a_feed_that_is_not_the_order_of_time_is_found() {
    let same = with("b", |row| row.position = 3);
    finds(&same, &[Violation::PositionTwice { position: 3 }]);
    // Asked after both others had been told.
    let early = check(&with("c", |row| row.position = 1));
    let expected = Violation::OutOfOrder { told: "a".to_owned(), asked: "c".to_owned() };
    assert!(early.contains(&expected), "{early:?}");
    // Those two were under way at once.
    finds(&with("a", |row| row.position = 1), &[]);
}

#[test]
fn units_that_there_are_not_are_found() {
    let few = without(|line| matches!(line, Line::Restocking { .. } | Line::Restocked { .. } | Line::Stock { .. }));
    finds(&few, &[Violation::OverIssued { key: "c".to_owned(), issued: 3, most: 2 }]);
    // They came, but only afterwards.
    let mut late = few.clone();
    late.push(Line::Restocking { key: "r".to_owned(), add: 1 });
    finds(&late, &[]);
    late.insert(9, Line::Told { key: "c".to_owned(), draw: draw("C", 2, Some("phone")) });
    finds(&late, &[Violation::OverIssued { key: "c".to_owned(), issued: 3, most: 2 }]);
}

#[test]
fn a_draw_that_fell_through_beside_a_free_unit_is_found() {
    let mut free = with("c", |row| row.draw = draw("C", 2, None));
    finds(
        &free,
        &[
            Violation::FellThrough { key: "c".to_owned(), free: 1 },
            Violation::FellThrough { key: "d".to_owned(), free: 1 },
            Violation::Miscounted { issued: 3, drawn: 2 },
        ],
    );
    // Nobody had been told of the unit when these were asked.
    free.retain(|line| !matches!(line, Line::Restocked { .. } | Line::Stock { .. }));
    finds(&free, &[]);
    // Nor was it there for a draw whose snapshot may be older.
    let mut between = with("c", |row| row.draw = draw("C", 2, None));
    between.retain(|line| !matches!(line, Line::Stock { .. }));
    between.insert(6, Line::Asked { key: "c".to_owned(), player: "alice".to_owned() });
    finds(&between, &[Violation::FellThrough { key: "d".to_owned(), free: 1 }]);
}

#[test]
fn units_that_are_lost_are_found() {
    let stock = |allotted, issued| {
        let mut history = without(|line| matches!(line, Line::Stock { .. }));
        history.push(Line::Stock { allotted, issued });
        history
    };
    finds(&stock(3, 2), &[Violation::Miscounted { issued: 2, drawn: 3 }]);
    finds(&stock(2, 3), &[Violation::Misallotted { allotted: 2, least: 3, most: 3 }]);
    finds(&stock(4, 3), &[Violation::Misallotted { allotted: 4, least: 3, most: 3 }]);
    let mut in_doubt = stock(3, 3);
    in_doubt.insert(12, Line::Restocking { key: "s".to_owned(), add: 5 });
    finds(&in_doubt, &[]);
}

#[test]
fn lines_are_written_as_they_are_read() {
    for line in good() {
        assert_eq!(parse(&serde_json::to_string(&line).unwrap()), Ok(vec![line]));
    }
    let error = parse("{\"opening\": {\"prize\": \"phone\", \"stock\": 1}}\n\n{\"told\": 1}").unwrap_err();
    assert!(error.starts_with("line 3: "), "{error}");
}
