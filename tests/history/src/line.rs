use serde::{Deserialize, Serialize};

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// What there is to win before anything is asked: comes first, once.
    Opening {
        /// The prize that every draw wants.
        prize: String,
        /// Its units.
        stock: u64,
    },
    /// A draw is asked for, for the first time or once more.
    Asked {
        /// The request's, of all players.
        key: String,
        /// Whose draw it is.
        player: String,
    },
    /// And was answered.
    Told {
        /// The request's.
        key: String,
        /// With what.
        draw: Draw,
    },
    /// Units are to be added.
    Restocking {
        /// The request's.
        key: String,
        /// How many.
        add: u64,
    },
    /// And were.
    Restocked {
        /// The request's.
        key: String,
    },
    /// A draw that the database holds in the end.
    Row(Row),
    /// What it holds of the prize: comes once.
    Stock {
        /// Units that there are.
        allotted: u64,
        /// Of these, those that are gone.
        issued: u64,
    },
}

/// What a draw came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Its own name.
    pub id: String,
    /// Which of its player's it is, from 1.
    pub ordinal: u64,
    /// What was won, if anything.
    pub prize: Option<String>,
    /// How much of it.
    pub amount: Option<i64>,
}

/// A draw in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its place among all that happened.
    pub position: u64,
    /// The request's.
    pub key: String,
    /// Whose it is.
    pub player: String,
    /// What it came to.
    pub draw: Draw,
}

/// Reads lines; says which one can't be read.
pub fn parse(text: &str) -> Result<Vec<Line>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1)))
        .collect()
}
