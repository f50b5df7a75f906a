//! Facts: handles to what a rule asked for, and the values behind them.

use core::marker::PhantomData;

use crate::{FactType, Value};

/// A fact that was asked for in [`crate::Needs`]; read it with [`Facts::get`].
///
/// `T` is `bool`, `i64`, `String`, `Vec<i64>` or `Vec<String>`, or an `Option` of one where the fact may be absent.
pub struct Fact<T> {
    position: u32,
    value: PhantomData<fn() -> T>,
}

impl<T> Fact<T> {
    pub(crate) fn at(position: usize) -> Self {
        // No rule asks for so many; one that did would find no fact at such a place.
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        Self { position, value: PhantomData }
    }
}

impl<T> Clone for Fact<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Fact<T> {}

impl<T> core::fmt::Debug for Fact<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Fact").field(&self.position).finish()
    }
}

/// The facts of one decision.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    values: &'a [Value],
}

impl<'a> Facts<'a> {
    pub(crate) fn new(values: &'a [Value]) -> Self {
        Self { values }
    }

    /// The value of a fact; text and lists are borrowed.
    ///
    /// # Panics
    ///
    /// Where the host passes a value of another type, or none for a fact that was not asked for as one that may be
    /// absent. In the sandbox that is a trap, so the rule's `on_fault` holds.
    pub fn get<T: FactValue>(&self, fact: Fact<T>) -> T::Read<'a> {
        match self.values.get(fact.position as usize).and_then(T::read) {
            Some(value) => value,
            None => mismatch(),
        }
    }
}

#[cold]
fn mismatch() -> ! {
    panic!("a fact has another type than the rule asked for")
}

/// The Rust types of facts. Sealed: the contract has no others.
pub trait FactValue: sealed::Sealed {
    /// The type in the contract.
    const TYPE: FactType;
    /// What reading gives.
    type Read<'a>;
    /// The value, if it is of this type.
    #[doc(hidden)]
    fn read(value: &Value) -> Option<Self::Read<'_>>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! fact_value {
    ($type:ty, $variant:ident, $read:ty, $value:ident => $result:expr) => {
        impl sealed::Sealed for $type {}

        impl FactValue for $type {
            const TYPE: FactType = FactType::$variant;
            type Read<'a> = $read;

            fn read(value: &Value) -> Option<Self::Read<'_>> {
                match value {
                    Value::$variant($value) => Some($result),
                    _ => None,
                }
            }
        }
    };
}

fact_value!(bool, Boolean, bool, value => *value);
fact_value!(i64, Integer, i64, value => *value);
fact_value!(String, Text, &'a str, value => value);
fact_value!(Vec<i64>, Integers, &'a [i64], value => value);
fact_value!(Vec<String>, Texts, &'a [String], value => value);

impl<T: FactValue> sealed::Sealed for Option<T> {}

impl<T: FactValue> FactValue for Option<T> {
    const TYPE: FactType = T::TYPE;
    type Read<'a> = Option<T::Read<'a>>;

    fn read(value: &Value) -> Option<Self::Read<'_>> {
        match value {
            Value::None => Some(None),
            value => T::read(value).map(Some),
        }
    }
}
