use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

/// A probability to twelve places, rounded down; for people. By long division, since a floating-point number would not be exact even
/// where twelve places are.
pub fn decimal(ratio: &BigRational) -> String {
    const PLACES: usize = 12;
    let scaled: BigInt = ratio.numer() * BigInt::from(10u64.pow(12)) / ratio.denom();
    let digits = format!("{scaled:0>width$}", width = PLACES + 1);
    let (whole, places) = digits.split_at(digits.len() - PLACES);
    let places = places.trim_end_matches('0');
    if places.is_empty() || scaled.is_zero() { whole.to_owned() } else { format!("{whole}.{places}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_cut_and_not_rounded_up() {
        let check = |numerator: u64, denominator: u64, expected: &str| {
            let ratio = BigRational::new(numerator.into(), denominator.into());
            assert_eq!(decimal(&ratio), expected);
        };
        check(1, 10_000, "0.0001");
        check(2, 3, "0.666666666666");
        check(1, 1, "1");
        check(0, 1, "0");
        check(1, 10_000_000_000_000, "0");
    }
}
