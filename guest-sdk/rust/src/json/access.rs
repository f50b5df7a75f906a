//! The items of lists, the fields of objects and the variants of enums; each adds its place to a mistake inside of it.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer as _, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::deserializer::Deserializer;
use super::error::Error;
use super::reader::Reader;

/// Inside of a list.
pub(super) struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    taken: usize,
    ended: bool,
}

impl<'r, 'de> Items<'r, 'de> {
    pub(super) fn new(reader: &'r mut Reader<'de>) -> Self {
        Self { reader, taken: 0, ended: false }
    }

    /// The visitor must have taken every item.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        if self.advance()? { Err(Error::new("the list has too many items")) } else { Ok(()) }
    }

    /// Goes to the next item, if there is one. This knows no type, so that it is compiled once.
    #[inline(never)]
    fn advance(&mut self) -> Result<bool, Error> {
        self.ended = self.ended || self.reader.leave(b']')?;
        if !self.ended && self.taken > 0 {
            self.reader.take(b',')?;
        }
        Ok(!self.ended)
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if !self.advance()? {
            return Ok(None);
        }
        let item = seed.deserialize(Deserializer::new(self.reader));
        let item = item.map_err(|error| error.under_index(self.taken))?;
        self.taken += 1;
        Ok(Some(item))
    }
}

/// Inside of an object.
pub(super) struct Fields<'r, 'de> {
    reader: &'r mut Reader<'de>,
    key: Cow<'de, str>,
    first: bool,
    ended: bool,
}

impl<'r, 'de> Fields<'r, 'de> {
    pub(super) fn new(reader: &'r mut Reader<'de>) -> Self {
        Self { reader, key: Cow::Borrowed(""), first: true, ended: false }
    }

    /// The visitor must have taken every field.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        if self.advance()? { Err(Error::new("the object has too many fields")) } else { Ok(()) }
    }

    /// Goes to the next field, if there is one, and reads its key. This knows no type, so that it is compiled once.
    #[inline(never)]
    fn advance(&mut self) -> Result<bool, Error> {
        self.ended = self.ended || self.reader.leave(b'}')?;
        if self.ended {
            return Ok(false);
        }
        if !self.first {
            self.reader.take(b',')?;
        }
        self.first = false;
        self.key = self.reader.key()?;
        Ok(true)
    }
}

impl<'de> MapAccess<'de> for &mut Fields<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if !self.advance()? {
            return Ok(None);
        }
        let key = seed.deserialize(StrDeserializer::<Error>::new(&self.key));
        key.map(Some).map_err(|error| error.under_key(&self.key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value = seed.deserialize(Deserializer::new(self.reader));
        value.map_err(|error| error.under_key(&self.key))
    }
}

/// Inside of an object with one field that names a variant.
pub(super) struct Variant<'r, 'de> {
    reader: &'r mut Reader<'de>,
    name: Cow<'de, str>,
}

impl<'r, 'de> Variant<'r, 'de> {
    pub(super) fn new(reader: &'r mut Reader<'de>) -> Self {
        Self { reader, name: Cow::Borrowed("") }
    }

    /// Reads the variant's value and the end of the object.
    fn value<T>(self, read: impl FnOnce(Deserializer<'_, 'de>) -> Result<T, Error>) -> Result<T, Error> {
        let value = read(Deserializer::new(self.reader)).map_err(|error| error.under_key(&self.name))?;
        if self.reader.leave(b'}')? { Ok(value) } else { Err(Error::new("one field is allowed here")) }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(mut self, seed: V) -> Result<(V::Value, Self), Error> {
        self.name = self.reader.key()?;
        let variant = seed.deserialize(StrDeserializer::<Error>::new(&self.name));
        let variant = variant.map_err(|error| error.under_key(&self.name))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        self.value(|deserializer| Deserialize::deserialize(deserializer))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.value(|deserializer| seed.deserialize(deserializer))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.value(|deserializer| deserializer.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.value(|deserializer| deserializer.deserialize_map(visitor))
    }
}
