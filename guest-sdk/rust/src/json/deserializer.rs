//! From tokens to values.

use std::borrow::Cow;

use serde::de::{Deserializer as Serde, Visitor, value::BorrowedStrDeserializer};
use serde::forward_to_deserialize_any;

use super::DEPTH_MAX;
use super::access::{Items, Fields, Variant};
use super::error::Error;
use super::reader::{Number, Reader};

/// Reads one value.
pub(super) struct Deserializer<'r, 'de> {
    reader: &'r mut Reader<'de>,
}

impl<'r, 'de> Deserializer<'r, 'de> {
    pub(super) fn new(reader: &'r mut Reader<'de>) -> Self {
        Self { reader }
    }

    fn nested<T>(self, open: u8, read: impl FnOnce(&mut Reader<'de>) -> Result<T, Error>) -> Result<T, Error> {
        self.reader.take(open)?;
        if self.reader.depth == DEPTH_MAX {
            return Err(Error::new("the config is nested too deeply"));
        }
        self.reader.depth += 1;
        let value = read(self.reader)?;
        self.reader.depth -= 1;
        Ok(value)
    }

    fn fraction(self) -> Result<f64, Error> {
        self.reader.peek()?;
        match self.reader.number()? {
            Number::Positive(number) => Ok(number as f64),
            Number::Negative(number) => Ok(number as f64),
            Number::Other(written) => written.parse().map_err(|_| self.reader.invalid()),
        }
    }
}

impl<'de> Serde<'de> for Deserializer<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.reader.peek()? {
            b'n' => self.reader.word("null").and_then(|()| visitor.visit_unit()),
            b't' => self.reader.word("true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.reader.word("false").and_then(|()| visitor.visit_bool(false)),
            b'"' => match self.reader.text()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            b'[' => self.nested(b'[', |reader| {
                let mut items = Items::new(reader);
                let value = visitor.visit_seq(&mut items)?;
                items.finish()?;
                Ok(value)
            }),
            b'{' => self.nested(b'{', |reader| {
                let mut fields = Fields::new(reader);
                let value = visitor.visit_map(&mut fields)?;
                fields.finish()?;
                Ok(value)
            }),
            _ => match self.reader.number()? {
                Number::Positive(number) => visitor.visit_u64(number),
                Number::Negative(number) => visitor.visit_i64(number),
                Number::Other(_) => Err(Error::new("a whole number of at most 64 bits is needed here")),
            },
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.fraction()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.reader.peek()? == b'n' {
            self.reader.word("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.reader.peek()? != b'{' {
            return match self.reader.text()? {
                Cow::Borrowed(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
                Cow::Owned(name) => visitor.visit_enum(serde::de::value::StringDeserializer::new(name)),
            };
        }
        self.nested(b'{', |reader| {
            let value = visitor.visit_enum(Variant::new(reader))?;
            reader.take(b'}')?;
            Ok(value)
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
