//! Stock, and the one place that chooses who gets the last unit.
//!
//! The stock of a prize is dealt out in **buckets**, so that committers don't wait for each other. A bucket gives units
//! until it is empty. Whether the *prize* is sold out is another question, which only a transaction that holds every bucket
//! of it can answer; the answer stands as a **mark** with a version, which receipts cite.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

use crate::draw::{Grant, Verdict};

/// The right to hand over one unit: the `unit`th that `bucket` gave. Unique within its prize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// The bucket's number.
    pub bucket: u32,
    /// Units that the bucket had issued with this one, from 1.
    pub unit: u64,
}

/// Whether a prize was found sold out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Goes up with each change of `sold_out`, and with each change of the stock.
    pub version: u64,
    /// Found empty by a transaction that held every bucket, and not restocked since.
    pub sold_out: bool,
}

/// A bucket as a transaction holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Its number within the prize.
    pub number: u32,
    /// Units that it was given.
    pub allotted: u64,
    /// Units that it gave; at most `allotted`.
    pub issued: u64,
    /// Whether the transaction holds all there is of this prize, so that empty means sold out.
    pub whole: bool,
    /// The prize's mark.
    pub mark: Mark,
}

impl Bucket {
    fn take(&mut self) -> Option<Token> {
        if self.issued >= self.allotted {
            return None;
        }
        self.issued += 1;
        Some(Token { bucket: self.number, unit: self.issued })
    }

    /// The verdict that no unit is left, if this bucket can give it.
    fn sold_out(&mut self) -> Option<u64> {
        if !self.mark.sold_out && self.whole {
            self.mark = Mark { version: self.mark.version + 1, sold_out: true };
        }
        self.mark.sold_out.then_some(self.mark.version)
    }
}

/// A draw whose prize's bucket is empty though the prize may not be sold out: more units must be fetched first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short;

/// Gives each plan, in the order of the batch, the first of its grants that can be had, and says for each grant tried what
/// became of it. An empty list of verdicts, or one that ends without [`Verdict::Granted`], is a draw of nothing.
///
/// `buckets` holds the bucket of every stocked prize of every plan. A plan that comes up [`Short`] takes nothing and
/// spoils no other.
pub fn allocate<'a, K: Hash + Eq + 'a, S: BuildHasher>(
    plans: impl IntoIterator<Item = &'a [(K, Grant)]>,
    buckets: &mut HashMap<K, Bucket, S>,
) -> Vec<Result<Vec<Verdict>, Short>> {
    plans.into_iter().map(|plan| try_in_order(plan, buckets)).collect()
}

fn try_in_order<K: Hash + Eq, S: BuildHasher>(
    plan: &[(K, Grant)],
    buckets: &mut HashMap<K, Bucket, S>,
) -> Result<Vec<Verdict>, Short> {
    let mut verdicts = Vec::with_capacity(1);
    for (key, grant) in plan {
        let verdict = match (grant.limit, grant.stocked) {
            (Some(limit), _) => Verdict::LimitReached(limit),
            (None, false) => Verdict::Granted(None),
            (None, true) => {
                let bucket = buckets.get_mut(key).expect("the caller holds the bucket of every stocked prize");
                match bucket.take() {
                    Some(token) => Verdict::Granted(Some(token)),
                    None => Verdict::SoldOut { mark: bucket.sold_out().ok_or(Short)? },
                }
            }
        };
        verdicts.push(verdict);
        if matches!(verdict, Verdict::Granted(_)) {
            break;
        }
    }
    Ok(verdicts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::draw::Limit;

    fn grant(prize: &'static str, stocked: bool) -> (&'static str, Grant) {
        (prize, Grant { prize: prize.parse().unwrap(), amount: 1, stocked, limit: None, node: String::new() })
    }

    fn bucket(allotted: u64, whole: bool) -> Bucket {
        Bucket { number: 0, allotted, issued: 0, whole, mark: Mark::default() }
    }

    #[test]
    fn the_last_unit_goes_to_the_first_and_the_rest_fall_through() {
        let plan = [grant("phone", true), grant("points", false)];
        let mut buckets = HashMap::from([("phone", bucket(1, true))]);
        let verdicts = allocate([&plan[..], &plan[..]], &mut buckets);
        assert_eq!(verdicts[0], Ok(vec![Verdict::Granted(Some(Token { bucket: 0, unit: 1 }))]));
        assert_eq!(verdicts[1], Ok(vec![Verdict::SoldOut { mark: 1 }, Verdict::Granted(None)]));
        assert_eq!(buckets["phone"].mark, Mark { version: 1, sold_out: true });
    }

    #[test]
    fn an_empty_bucket_alone_is_no_verdict() {
        let plan = [grant("phone", true), grant("points", false)];
        let mut buckets = HashMap::from([("phone", bucket(0, false))]);
        assert_eq!(allocate([&plan[..]], &mut buckets), [Err(Short)]);
        buckets.get_mut("phone").unwrap().mark = Mark { version: 7, sold_out: true };
        let verdicts = allocate([&plan[..]], &mut buckets);
        assert_eq!(verdicts, [Ok(vec![Verdict::SoldOut { mark: 7 }, Verdict::Granted(None)])]);
    }

    #[test]
    fn a_reached_limit_falls_through_and_takes_no_unit() {
        let mut limited = grant("phone", true);
        limited.1.limit = Some(Limit::Player);
        let mut buckets = HashMap::from([("phone", bucket(5, true))]);
        assert_eq!(allocate([&[limited][..]], &mut buckets), [Ok(vec![Verdict::LimitReached(Limit::Player)])]);
        assert_eq!(buckets["phone"].issued, 0);
    }

    proptest! {
        #[test]
        fn never_more_than_there_is_and_none_kept_back(
            stock in prop::collection::vec(0u64..20, 3),
            plans in prop::collection::vec(prop::collection::vec(0usize..3, 0..4), 0..60),
        ) {
            const PRIZES: [&str; 3] = ["a", "b", "c"];
            let mut buckets: HashMap<_, _> = PRIZES.into_iter().zip(&stock).map(|(prize, stock)| (prize, bucket(*stock, true))).collect();
            let plans: Vec<Vec<_>> = plans.iter().map(|plan| plan.iter().map(|prize| grant(PRIZES[*prize], true)).collect()).collect();
            let verdicts = allocate(plans.iter().map(Vec::as_slice), &mut buckets);
            for (prize, stock) in PRIZES.iter().zip(&stock) {
                let mut tokens = vec![];
                for (plan, verdicts) in plans.iter().zip(&verdicts) {
                    for ((wanted, _), verdict) in plan.iter().zip(verdicts.as_ref().unwrap()) {
                        match verdict {
                            Verdict::Granted(Some(token)) if wanted == prize => tokens.push(token.unit),
                            // Sold out is said only when every unit had gone before.
                            Verdict::SoldOut { .. } if wanted == prize => prop_assert_eq!(tokens.len() as u64, *stock),
                            _ => {}
                        }
                    }
                }
                prop_assert_eq!(tokens.len() as u64, buckets[prize].issued);
                prop_assert!(tokens.len() as u64 <= *stock);
                prop_assert!(tokens.iter().copied().eq(1..=tokens.len() as u64));
            }
        }
    }
}
