//! Rates as they are written, exactly.

use std::str::FromStr;

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::Zero;

/// The most digits of a rate: those of MySQL's longest decimal.
const DIGITS_MAX: usize = 65;

/// A decimal that is not negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    text: String,
    /// The number in units of 10^-places.
    units: BigUint,
    places: u32,
}

/// A text that is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a decimal from 0 on, with at most {DIGITS_MAX} digits")]
pub struct ParseRateError;

impl FromStr for Rate {
    type Err = ParseRateError;

    fn from_str(text: &str) -> Result<Self, ParseRateError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || digits.len() > DIGITS_MAX || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseRateError);
        }
        let units = digits.parse().map_err(|_| ParseRateError)?;
        let places = u32::try_from(fraction.len()).map_err(|_| ParseRateError)?;
        let whole = if whole.is_empty() { "0" } else { whole };
        let text = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
        Ok(Self { text, units, places })
    }
}

impl Rate {
    /// As it is written, with a digit before the point.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether nothing is drawn with it.
    pub fn is_zero(&self) -> bool {
        self.units.is_zero()
    }

    /// As a fraction.
    pub fn ratio(&self) -> BigRational {
        BigRational::new(self.units.clone().into(), BigUint::from(10_u32).pow(self.places).into())
    }

    /// The digits before and behind the point, without zeros that say nothing; either may be empty.
    pub(super) fn digits(&self) -> (&str, &str) {
        let (whole, fraction) = self.text.split_once('.').unwrap_or((&self.text, ""));
        (whole.trim_start_matches('0'), fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_exactly() {
        let check = |text: &str, written: &str, numerator: u32, denominator: u32| {
            let rate: Rate = text.parse().unwrap();
            let ratio = BigRational::new(numerator.into(), denominator.into());
            assert_eq!((rate.as_str(), rate.ratio(), rate.is_zero()), (written, ratio, numerator == 0));
        };
        check("0.3000", "0.3000", 3, 10);
        check("0.0001", "0.0001", 1, 10_000);
        check(".5", "0.5", 1, 2);
        check("1", "1", 1, 1);
        check("74.", "74", 74, 1);
        check("0.0000", "0.0000", 0, 1);
        for wrong in ["", ".", "-0.1", "+1", "1e-4", "0.1.2", "a", &"1".repeat(66)] {
            assert_eq!(wrong.parse::<Rate>(), Err(ParseRateError), "{wrong}");
        }
    }
}
