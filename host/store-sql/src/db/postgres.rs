//! What Postgres's values are, whichever of its types it chose for a result: a sum of integers is a number of any length, and what
//! SQLite has as 0 or 1 may be a truth value.

use sqlx::TypeInfo;
use sqlx::ValueRef;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgValueRef;

/// What each digit of a number of any length counts.
const BASE: i128 = 10_000;

pub(super) fn integer(value: &PgValueRef<'_>) -> Result<i64, BoxDynError> {
    let bytes = value.as_bytes()?;
    match value.type_info().name() {
        "INT8" => Ok(i64::from_be_bytes(bytes.try_into()?)),
        "INT4" => Ok(i32::from_be_bytes(bytes.try_into()?).into()),
        "INT2" => Ok(i16::from_be_bytes(bytes.try_into()?).into()),
        "BOOL" => Ok(bytes.iter().any(|byte| *byte != 0).into()),
        "NUMERIC" => whole(bytes),
        other => Err(format!("{other} is no integer").into()),
    }
}

pub(super) fn text<'r>(value: &PgValueRef<'r>) -> Result<&'r str, BoxDynError> {
    let bytes = value.as_bytes()?;
    let text = match value.type_info().name() {
        "TEXT" | "VARCHAR" | "NAME" | "UNKNOWN" | "JSON" => bytes,
        // The version of its form comes first.
        "JSONB" => bytes.get(1..).unwrap_or_default(),
        other => return Err(format!("{other} is no text").into()),
    };
    Ok(std::str::from_utf8(text)?)
}

pub(super) fn bytes<'r>(value: &PgValueRef<'r>) -> Result<&'r [u8], BoxDynError> {
    match value.type_info().name() {
        "BYTEA" => value.as_bytes(),
        other => Err(format!("{other} is not bytes").into()),
    }
}

/// A whole number in the form of those of any length: how many digits there are, which power of [`BASE`] the first counts, the sign,
/// how many decimals are shown, and the digits.
fn whole(bytes: &[u8]) -> Result<i64, BoxDynError> {
    let words: Vec<i16> = bytes.chunks_exact(2).map(|word| i16::from_be_bytes([word[0], word[1]])).collect();
    let [_, weight, sign, _, digits @ ..] = &words[..] else { return Err("this is cut off".into()) };
    let mut number: i128 = 0;
    for place in 0..=(*weight).clamp(-1, 4) {
        let digit = usize::try_from(place).ok().and_then(|place| digits.get(place));
        number = number * BASE + i128::from(digit.copied().unwrap_or_default());
    }
    let is_whole = digits.len() <= usize::try_from(i32::from(*weight) + 1).unwrap_or_default();
    match sign {
        0 if is_whole && *weight <= 4 => Ok(i64::try_from(number)?),
        0x4000 if is_whole && *weight <= 4 => Ok(i64::try_from(-number)?),
        _ => Err("this is no integer of 64 bits".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_any_length_are_read() {
        let check = |words: &[i16], expected: Option<i64>| {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            assert_eq!(whole(&bytes).ok(), expected, "{words:?}");
        };
        check(&[0, 0, 0, 0], Some(0));
        check(&[1, 0, 0, 0, 7], Some(7));
        check(&[1, 1, 0, 0, 7], Some(70_000));
        check(&[2, 1, 0x4000, 0, 12, 3456], Some(-123_456));
        check(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5807], Some(i64::MAX));
        check(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5808], None);
        check(&[1, 5, 0, 0, 1], None);
        check(&[1, -1, 0, 1, 5000], None);
        check(&[2, 0, 0, 1, 1, 5000], None);
        check(&[], None);
    }
}
