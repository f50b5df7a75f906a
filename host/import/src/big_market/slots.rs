//! The slot arithmetic of the reference, exactly as it came out, mistakes included.
//!
//! The reference filled a table with as many slots for each award as a *range* times the award's rate, rounded up, shuffled it, and drew
//! one of the slots. The range was to be the power of ten that makes the smallest rate whole. But it took the digits from the text that
//! Java makes of a `double`, and below a thousandth that text is scientific: `0.0001` is `1.0E-4`, with one digit before the point and
//! none that counts behind it. So the range was 10 where it should have been 10,000, and each rate was rounded up to tenths: of thirteen
//! slots one was the award's that should have come once in ten thousand draws.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::rate::Rate;

/// From here on Java writes a number below 1 with its zeros.
const PLAIN_ZEROS_MAX: usize = 2;
/// Digits before the point from which on Java writes a number scientifically.
const PLAIN_DIGITS_MAX: usize = 7;

/// For each rate, how many slots there were for it, as a part of all slots. `None` where there were none at all.
pub fn slots(rates: &[&Rate]) -> Option<Vec<BigRational>> {
    let least = rates.iter().min_by_key(|rate| rate.ratio())?;
    let range = BigRational::from(BigInt::from(10_u32).pow(range_exponent(least)));
    let counts: Vec<BigRational> = rates.iter().map(|rate| (&range * rate.ratio()).ceil()).collect();
    let total: BigRational = counts.iter().sum();
    (!total.is_zero()).then(|| counts.into_iter().map(|count| count / &total).collect())
}

/// The range is ten to the power of this: the letters before the point of the number's text where they say more than zero, and those
/// behind it where they do.
fn range_exponent(least: &Rate) -> u32 {
    if least.is_zero() {
        return 0;
    }
    let (before, behind) = java_text(least);
    // What stands behind the point may end with an exponent, whose letters were counted as well.
    let counts = |text: &str| text.split('E').next().is_some_and(|digits| digits.bytes().any(|digit| digit != b'0'));
    let length = |text: &str| if counts(text) { u32::try_from(text.len()).unwrap_or(u32::MAX) } else { 0 };
    length(&before) + length(&behind)
}

/// What Java writes before and behind the point of a `double` above zero. Right for numbers of at most fifteen digits, whose text is
/// the shortest that gives the same `double`.
fn java_text(rate: &Rate) -> (String, String) {
    let (whole, fraction) = rate.digits();
    let zeros = fraction.len() - fraction.trim_start_matches('0').len();
    let or_zero = |digits: &str| if digits.is_empty() { "0".to_owned() } else { digits.to_owned() };
    if whole.is_empty() && zeros > PLAIN_ZEROS_MAX {
        let (first, others) = fraction[zeros..].split_at(1);
        (first.to_owned(), format!("{}E-{}", or_zero(others), zeros + 1))
    } else if whole.len() > PLAIN_DIGITS_MAX {
        let (first, others) = whole.split_at(1);
        let others = format!("{others}{fraction}");
        (first.to_owned(), format!("{}E{}", or_zero(others.trim_end_matches('0')), whole.len() - 1))
    } else {
        (or_zero(whole), or_zero(fraction))
    }
}

/// The rates as parts of their sum. `None` where they are all zero.
pub(super) fn proportions(rates: &[&Rate]) -> Option<Vec<BigRational>> {
    let total: BigRational = rates.iter().map(|rate| rate.ratio()).sum();
    (!total.is_zero()).then(|| rates.iter().map(|rate| rate.ratio() / &total).collect())
}

/// Whether these are all there is.
pub(super) fn is_whole(rates: &[&Rate]) -> bool {
    rates.iter().map(|rate| rate.ratio()).sum::<BigRational>().is_one()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rates: &[&str], counts: &[u32]) {
        let rates: Vec<Rate> = rates.iter().map(|rate| rate.parse().unwrap()).collect();
        let total: u32 = counts.iter().sum();
        let expected = counts.iter().map(|count| BigRational::new((*count).into(), total.into())).collect();
        assert_eq!(slots(&rates.iter().collect::<Vec<_>>()), Some(expected));
    }

    #[test]
    fn a_ten_thousandth_became_one_slot_of_thirteen() {
        let rates = ["0.3000", "0.2000", "0.2000", "0.1000", "0.1000", "0.0500", "0.0400", "0.0099", "0.0001"];
        check(&rates, &[3, 2, 2, 1, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn other_ranges_are_powers_of_ten_that_fit() {
        check(&["0.5000", "0.1000", "0.0100"], &[50, 10, 1]);
        check(&["0.7900", "0.0300", "0.0300"], &[79, 3, 3]);
        check(&["0.2", "0.1"], &[2, 1]);
        check(&["0.9910", "0.0090"], &[991, 9]);
        check(&["1.0000"], &[1]);
        // An award with the rate 0 makes the range 1.
        check(&["0.9000", "0.1000", "0.0000"], &[1, 1, 0]);
        assert_eq!(slots(&[&"0".parse().unwrap()]), None);
        assert_eq!(slots(&[]), None);
    }

    #[test]
    fn numbers_are_written_as_java_writes_them() {
        let check = |rate: &str, before: &str, behind: &str, exponent: u32| {
            let rate: Rate = rate.parse().unwrap();
            assert_eq!(java_text(&rate), (before.to_owned(), behind.to_owned()));
            assert_eq!(range_exponent(&rate), exponent);
        };
        check("0.0001", "1", "0E-4", 1);
        check("0.00015", "1", "5E-4", 5);
        check("0.0010", "0", "001", 3);
        check("0.0099", "0", "0099", 4);
        check("0.5000", "0", "5", 1);
        check("1.0000", "1", "0", 1);
        check("12.50", "12", "5", 3);
        check("9999999", "9999999", "0", 7);
        check("12345678.9", "1", "23456789E7", 11);
        check("10000000", "1", "0E7", 1);
    }
}
