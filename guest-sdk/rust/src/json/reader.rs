//! Reading JSON's tokens.

use std::borrow::Cow;

use super::DEPTH_MAX;
use super::error::{Error, concat};

type Result<T> = core::result::Result<T, Error>;

/// A place in the text.
#[derive(Debug)]
pub(super) struct Reader<'de> {
    text: &'de str,
    at: usize,
    /// How many lists and objects are open.
    depth: u32,
}

/// A number as it is written, and as an integer where it is one of 64 bits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number<'de> {
    Positive(u64),
    Negative(i64),
    Other(&'de str),
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// The first byte of the next token, which is not taken.
    pub(super) fn peek(&mut self) -> Result<u8> {
        while let Some(byte) = self.byte() {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Ok(byte);
            }
            self.at += 1;
        }
        Err(Error::new("the config ends too early"))
    }

    /// Takes the token `expected` if it is the next one.
    fn take_if(&mut self, expected: u8) -> Result<bool> {
        let found = self.peek()? == expected;
        self.at += usize::from(found);
        Ok(found)
    }

    /// Takes the token `expected`.
    pub(super) fn take(&mut self, expected: u8) -> Result<()> {
        if self.take_if(expected)? { Ok(()) } else { Err(self.invalid()) }
    }

    /// Takes the beginning of a list or an object, if it is the next token.
    pub(super) fn enter(&mut self, open: u8) -> Result<bool> {
        let found = self.take_if(open)?;
        self.depth += u32::from(found);
        if self.depth > DEPTH_MAX { Err(Error::new("the config is nested too deeply")) } else { Ok(found) }
    }

    /// Takes the end of a list or an object, if it is the next token.
    pub(super) fn leave(&mut self, close: u8) -> Result<bool> {
        let found = self.take_if(close)?;
        self.depth -= u32::from(found);
        Ok(found)
    }

    /// Takes a boolean, if that is next.
    pub(super) fn boolean(&mut self) -> Result<Option<bool>> {
        match self.peek()? {
            b't' => self.word("true").map(|()| Some(true)),
            b'f' => self.word("false").map(|()| Some(false)),
            _ => Ok(None),
        }
    }

    /// Takes `null`, if that is next.
    pub(super) fn null(&mut self) -> Result<bool> {
        if self.peek()? == b'n' { self.word("null").map(|()| true) } else { Ok(false) }
    }

    fn word(&mut self, word: &str) -> Result<()> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.invalid());
        }
        self.at += word.len();
        Ok(())
    }

    /// Nothing but white space may be left.
    pub(super) fn finish(&mut self) -> Result<()> {
        match self.peek() {
            Ok(_) => Err(self.invalid()),
            Err(_) => Ok(()),
        }
    }

    /// Takes a number, if one is next.
    pub(super) fn number(&mut self) -> Result<Option<Number<'de>>> {
        if !matches!(self.peek()?, b'0'..=b'9' | b'-') {
            return Ok(None);
        }
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let written = self.since(start);
        let (negative, digits) = match written.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, written),
        };
        if let [b'0', b'0'..=b'9', ..] = digits.as_bytes() {
            return Err(self.invalid());
        }
        Ok(Some(match magnitude(digits) {
            Some(number) if !negative => Number::Positive(number),
            Some(number) => 0_i64.checked_sub_unsigned(number).map_or(Number::Other(written), Number::Negative),
            None => Number::Other(written),
        }))
    }

    /// Takes the name of a field and the colon behind it.
    pub(super) fn key(&mut self) -> Result<Cow<'de, str>> {
        let Some(key) = self.text()? else { return Err(self.invalid()) };
        self.take(b':')?;
        Ok(key)
    }

    /// Takes a text, if one is next; it is copied only where it holds an escape.
    pub(super) fn text(&mut self) -> Result<Option<Cow<'de, str>>> {
        if !self.take_if(b'"')? {
            return Ok(None);
        }
        let mut whole = String::new();
        loop {
            let part = self.plain()?;
            let ended = self.byte() == Some(b'"');
            self.at += 1;
            if ended && whole.is_empty() {
                return Ok(Some(Cow::Borrowed(part)));
            }
            whole.push_str(part);
            if ended {
                return Ok(Some(Cow::Owned(whole)));
            }
            whole.push(self.escaped()?);
        }
    }

    /// Text up to a quotation mark or a backslash, which is not taken.
    fn plain(&mut self) -> Result<&'de str> {
        let start = self.at;
        loop {
            match self.byte() {
                Some(b'"' | b'\\') => return Ok(self.since(start)),
                Some(0x20..) => self.at += 1,
                Some(_) | None => return Err(self.invalid()),
            }
        }
    }

    /// What follows a backslash.
    fn escaped(&mut self) -> Result<char> {
        let Some(byte) = self.byte() else { return Err(self.invalid()) };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.invalid()),
        })
    }

    /// Four hexadecimal digits, or eight around `\u` where they are two halves of a surrogate pair.
    fn unicode(&mut self) -> Result<char> {
        let first = self.unit()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            self.word("\\u")?;
            let second = self.unit()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.invalid());
            }
            0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.invalid())
    }

    fn unit(&mut self) -> Result<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit * 16 + digit.ok_or_else(|| self.invalid())?;
            self.at += 1;
        }
        Ok(unit)
    }

    /// The text from `start` to here. Both lie beside ASCII bytes; asking instead of slicing leaves out a kilobyte of
    /// code that would report otherwise.
    fn since(&self, start: usize) -> &'de str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The text is no JSON.
    pub(super) fn invalid(&self) -> Error {
        Error::new(concat(&["the config is not valid JSON at byte ", &self.at.to_string()]))
    }
}

/// The integer of these digits, if it has at most 64 bits. The library's parser is several times this size.
fn magnitude(digits: &str) -> Option<u64> {
    let mut magnitude: u64 = 0;
    for byte in digits.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || magnitude > u64::MAX / 10 {
            return None;
        }
        magnitude = (magnitude * 10).checked_add(u64::from(digit))?;
    }
    (!digits.is_empty()).then_some(magnitude)
}
