//! From tokens to values.
//!
//! Each method reads only what its visitor can take, and errors are made in one place that knows no visitor's type:
//! every method is compiled once for each type of a config, and a guest has 64 KiB.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{self, Expected, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{Fields, Items, Variant};
use super::error::{Error, concat};
use super::reader::{Number, Reader};

/// Reads one value.
pub(super) struct Deserializer<'r, 'de> {
    reader: &'r mut Reader<'de>,
}

impl<'r, 'de> Deserializer<'r, 'de> {
    pub(super) fn new(reader: &'r mut Reader<'de>) -> Self {
        Self { reader }
    }

    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.reader.number()? {
            Some(Number::Positive(number)) => visitor.visit_u64(number),
            Some(Number::Negative(number)) => visitor.visit_i64(number),
            Some(Number::Other(_)) => Err(Error::new("a whole number of at most 64 bits is needed here")),
            None => Err(mismatch(self.reader, &visitor)),
        }
    }

    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.reader.text()? {
            Some(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Some(Cow::Owned(text)) => visitor.visit_string(text),
            None => Err(mismatch(self.reader, &visitor)),
        }
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.reader.enter(b'[')? {
            return Err(mismatch(self.reader, &visitor));
        }
        let mut items = Items::new(self.reader);
        let value = visitor.visit_seq(&mut items)?;
        items.finish()?;
        Ok(value)
    }

    fn object<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.reader.enter(b'{')? {
            return Err(mismatch(self.reader, &visitor));
        }
        let mut fields = Fields::new(self.reader);
        let value = visitor.visit_map(&mut fields)?;
        fields.finish()?;
        Ok(value)
    }

    fn boolean<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.reader.boolean()? {
            Some(value) => visitor.visit_bool(value),
            None => Err(mismatch(self.reader, &visitor)),
        }
    }

    fn null<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.reader.null()? { visitor.visit_unit() } else { Err(mismatch(self.reader, &visitor)) }
    }
}

/// The next value is not of the expected type, if it is a value at all.
#[cold]
#[inline(never)]
fn mismatch(reader: &mut Reader<'_>, expected: &dyn Expected) -> Error {
    let found = match reader.peek() {
        Err(error) => return error,
        Ok(b'n') => "null",
        Ok(b't' | b'f') => "a boolean",
        Ok(b'"') => "a text",
        Ok(b'[') => "a list",
        Ok(b'{') => "an object",
        Ok(b'0'..=b'9' | b'-') => "a number",
        Ok(_) => return reader.invalid(),
    };
    Error::new(concat(&["expected ", &expected.to_string(), ", found ", found]))
}

macro_rules! read_as {
    ($read:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.$read(visitor)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Deserializer<'_, 'de> {
    type Error = Error;

    read_as!(number: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128);
    read_as!(number: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128);
    read_as!(text: deserialize_char deserialize_str deserialize_string deserialize_identifier);
    read_as!(list: deserialize_seq);
    read_as!(object: deserialize_map);
    read_as!(boolean: deserialize_bool);
    read_as!(null: deserialize_unit);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.reader.peek()? {
            b'n' => self.null(visitor),
            b't' | b'f' => self.boolean(visitor),
            b'"' => self.text(visitor),
            b'[' => self.list(visitor),
            b'{' => self.object(visitor),
            _ => self.number(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    #[expect(clippy::cast_precision_loss, reason = "the field is a float: it was said to be imprecise")]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let number = match self.reader.number()? {
            Some(Number::Positive(number)) => number as f64,
            Some(Number::Negative(number)) => number as f64,
            Some(Number::Other(written)) => written.parse().map_err(|_| self.reader.invalid())?,
            None => return Err(mismatch(self.reader, &visitor)),
        };
        visitor.visit_f64(number)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.reader.null()? { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.null(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.object(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.reader.enter(b'{')? {
            return visitor.visit_enum(Variant::new(self.reader));
        }
        match self.reader.text()? {
            Some(name) => visitor.visit_enum(StrDeserializer::<Error>::new(&name)),
            None => Err(mismatch(self.reader, &visitor)),
        }
    }

    forward_to_deserialize_any! { bytes byte_buf ignored_any }
}
