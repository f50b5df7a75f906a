use std::borrow::Cow;

/// A parameter of a statement. What is null is so of a type, which some databases want to know.
#[derive(Debug, Clone)]
pub enum Value<'q> {
    /// A truth value.
    Boolean(Option<bool>),
    /// An integer.
    Integer(Option<i64>),
    /// Text, JSON included.
    Text(Option<Cow<'q, str>>),
    /// Bytes.
    Bytes(Option<Cow<'q, [u8]>>),
}

/// What can be a parameter.
pub trait Bind<'q>: Sized {
    /// This value as a parameter.
    fn value(self) -> Value<'q>;

    /// Null in the place of such a value.
    fn null() -> Value<'q>;
}

impl<'q, T: Bind<'q>> Bind<'q> for Option<T> {
    fn value(self) -> Value<'q> {
        self.map_or_else(T::null, T::value)
    }

    fn null() -> Value<'q> {
        T::null()
    }
}

impl<'q> Bind<'q> for &'q Option<String> {
    fn value(self) -> Value<'q> {
        self.as_deref().value()
    }

    fn null() -> Value<'q> {
        <&str>::null()
    }
}

macro_rules! bind {
    ($type:ty, $kind:ident, $value:ident => $bound:expr) => {
        impl<'q> Bind<'q> for $type {
            fn value(self) -> Value<'q> {
                let $value = self;
                Value::$kind(Some($bound))
            }

            fn null() -> Value<'q> {
                Value::$kind(None)
            }
        }
    };
}

bind!(bool, Boolean, value => value);
bind!(i64, Integer, value => value);
bind!(i32, Integer, value => value.into());
bind!(u32, Integer, value => value.into());
bind!(u16, Integer, value => value.into());
bind!(u8, Integer, value => value.into());
bind!(String, Text, value => value.into());
bind!(&'q String, Text, value => value.into());
bind!(&'q str, Text, value => value.into());
bind!(Vec<u8>, Bytes, value => value.into());
bind!(&'q Vec<u8>, Bytes, value => value.into());
bind!(&'q [u8], Bytes, value => value.into());
