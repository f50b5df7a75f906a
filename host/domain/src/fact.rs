//! Facts: named values about player, campaign, request or time, fixed when a draw begins.

/// The type of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FactType {
    /// Yes or no.
    Boolean,
    /// A signed 64-bit integer.
    Integer,
    /// A list of signed 64-bit integers.
    Integers,
    /// UTF-8 text.
    Text,
    /// A list of texts.
    Texts,
}

/// The value of one fact. A fact that may be absent is [`Value::None`] where it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Absent.
    None,
    /// See [`FactType::Boolean`].
    Boolean(bool),
    /// See [`FactType::Integer`].
    Integer(i64),
    /// See [`FactType::Integers`].
    Integers(Vec<i64>),
    /// See [`FactType::Text`].
    Text(String),
    /// See [`FactType::Texts`].
    Texts(Vec<String>),
}
