//! Coupon codes. Who knows one can use it, so that none is shown by mistake: it has no `Display`, and `Debug` leaves it out.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest code, in bytes.
pub const CODE_BYTES_MAX: usize = 128;

/// A coupon code: 1 to 128 printable ASCII characters other than commas and quotes, without spaces around them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponCode(Arc<str>);

/// A text that is no coupon code. It is not repeated: it may be one all the same, with a slip in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code is 1 to 128 printable ASCII characters other than commas and quotes, without spaces around them")]
pub struct ParseCodeError;

impl CouponCode {
    /// The code itself, for whoever may have it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for CouponCode {
    type Err = ParseCodeError;

    fn from_str(text: &str) -> Result<Self, ParseCodeError> {
        let fits = (1..=CODE_BYTES_MAX).contains(&text.len()) && text.trim_matches(' ').len() == text.len();
        let is_plain = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b',' && byte != b'"';
        if fits && text.bytes().all(is_plain) { Ok(Self(text.into())) } else { Err(ParseCodeError) }
    }
}

impl fmt::Debug for CouponCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CouponCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_plain_texts() {
        for good in ["A", "SPRING-2026-0001", "a b", "'", &"x".repeat(CODE_BYTES_MAX)] {
            assert_eq!(good.parse::<CouponCode>().unwrap().reveal(), good);
        }
        for bad in ["", " a", "a ", "a,b", "a\"b", "a\tb", "ä", &"x".repeat(CODE_BYTES_MAX + 1)] {
            assert_eq!(bad.parse::<CouponCode>(), Err(ParseCodeError), "{bad}");
        }
    }

    #[test]
    fn a_code_is_not_shown_by_mistake() {
        let code: CouponCode = "SECRET".parse().unwrap();
        assert!(!format!("{code:?}").contains("SECRET"));
    }
}
