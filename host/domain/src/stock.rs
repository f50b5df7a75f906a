//! Stock, and the one place that chooses who gets the last unit.
//!
//! The stock of a prize is dealt out in **buckets**, so that committers don't wait for each other. A bucket gives units
//! until it is empty. Whether the *prize* is sold out is another question, which only a transaction that holds every bucket
//! of it can answer; the answer stands as a **mark** with a version, which receipts cite.
//!
//! A prize whose stock is the free codes of a pool takes from the bucket of that pool, whose number no bucket of another pool has:
//! units of all prizes that share it are counted together.

use std::collections::HashMap;
use std::hash::Hash;

use crate::amount::AMOUNT_MAX;
use crate::draw::{Grant, Verdict};
use crate::id::PrizeId;
use crate::series::Series;

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
    /// Takes one unit, or says that there is none; `None` where more units must be fetched before that can be said.
    fn try_take(&mut self) -> Option<Verdict> {
        match self.take() {
            Some(token) => Some(Verdict::Granted(Some(token))),
            None => self.sold_out().map(|mark| Verdict::SoldOut { mark }),
        }
    }

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

/// What a draw wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<K, B> {
    /// The grants to try, in order, each with the key of its bucket.
    pub grants: Vec<(K, Grant)>,
    /// The key of the budget that they are taken from.
    pub budget: B,
    /// What the draws after it in its series take it to come to.
    pub expected: Expected,
}

/// What a draw is taken to come to by those that were decided as if they came after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    /// Nobody asks.
    #[default]
    Anything,
    /// The grant at this position among its own is made.
    Grant(usize),
    /// No grant is made.
    Nothing,
}

impl Expected {
    /// That which these verdicts say.
    pub fn exactly(verdicts: &[Verdict]) -> Self {
        match verdicts.last() {
            Some(Verdict::Granted(_)) => Self::Grant(verdicts.len() - 1),
            _ => Self::Nothing,
        }
    }

    fn is_met(self, verdicts: &[Verdict]) -> bool {
        self == Self::Anything || self == Self::exactly(verdicts)
    }
}

/// Why a series got nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// A bucket is empty though the prize may not be sold out: more units must be fetched first.
    Short,
    /// A draw came to something else than those after it were decided on.
    Unforeseen,
}

/// What a campaign may still give away. What a prize cost is counted in an account of the prize's, which holds [`AMOUNT_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budget {
    /// What is left for all prizes together.
    pub left: i64,
    /// What the accounts of prizes hold already; that of one that is not here is empty.
    pub spent: HashMap<PrizeId, i64>,
}

impl Budget {
    /// What is left for this prize, or for what is no prize.
    fn left_for(&self, prize: Option<&PrizeId>) -> i64 {
        let spent = prize.and_then(|prize| self.spent.get(prize)).copied().unwrap_or(0);
        self.left.min(AMOUNT_MAX - spent)
    }

    fn take(&mut self, prize: Option<&PrizeId>, cost: i64) {
        self.left -= cost;
        if let Some(prize) = prize {
            *self.spent.entry(prize.clone()).or_default() += cost;
        }
    }
}

/// What draws take from.
#[derive(Debug, Clone)]
pub struct Supply<K, B> {
    /// The bucket of every stocked prize of every plan.
    pub buckets: HashMap<K, Bucket>,
    /// What is left of budgets; of one that is not here there is nothing.
    pub budgets: HashMap<B, Budget>,
}

impl<K, B> Default for Supply<K, B> {
    fn default() -> Self {
        Self { buckets: HashMap::new(), budgets: HashMap::new() }
    }
}

/// Gives each draw, in the order of the batch and of its series, the first of its grants that can be had, and says for each
/// grant tried what became of it. An empty list of verdicts, or one that ends without [`Verdict::Granted`], is a draw of
/// nothing.
///
/// A series of which one draw is [`Undone`] is undone as a whole: it takes nothing and spoils no other.
pub fn allocate<'a, K: Hash + Eq + 'a, B: Hash + Eq + 'a>(
    batch: impl IntoIterator<Item = &'a Series<Plan<K, B>>>,
    supply: &mut Supply<K, B>,
) -> Vec<Result<Series<Vec<Verdict>>, Undone>> {
    batch.into_iter().map(|series| supply.try_series(series)).collect()
}

/// What a series may take before one of its draws undoes it, as it was.
struct Before<'a, K, B> {
    buckets: Vec<(&'a K, Bucket)>,
    budgets: Vec<(&'a B, Budget)>,
}

impl<K: Hash + Eq, B: Hash + Eq> Supply<K, B> {
    /// Takes a unit of `stock`, if it is counted, and so much of a budget, for a prize or for something else, or says what there is
    /// too little of: all of it or nothing. `None` where more units must be fetched before that can be said.
    pub fn try_take(&mut self, stock: Option<&K>, budget: &B, prize: Option<&PrizeId>, cost: i64) -> Option<Verdict> {
        let budget = self.budgets.get_mut(budget).filter(|_| cost > 0);
        let left = budget.as_ref().map_or(0, |budget| budget.left_for(prize));
        if left < cost {
            return Some(Verdict::BudgetSpent { left });
        }
        let verdict = match stock {
            Some(key) => {
                self.buckets.get_mut(key).expect("the caller holds the bucket of every stocked prize").try_take()?
            }
            None => Verdict::Granted(None),
        };
        if let (Some(budget), Verdict::Granted(_)) = (budget, verdict) {
            budget.take(prize, cost);
        }
        Some(verdict)
    }

    fn try_series(&mut self, series: &Series<Plan<K, B>>) -> Result<Series<Vec<Verdict>>, Undone> {
        let Before { buckets, budgets } = self.changeable(series);
        let verdicts = self.try_each(series);
        if verdicts.is_err() {
            for (key, bucket) in buckets {
                *self.buckets.get_mut(key).expect("it was there before") = bucket;
            }
            for (key, left) in budgets {
                *self.budgets.get_mut(key).expect("it was there before") = left;
            }
        }
        verdicts
    }

    /// What may be taken before another draw undoes it. A draw alone takes last of all.
    fn changeable<'a>(&self, series: &'a Series<Plan<K, B>>) -> Before<'a, K, B> {
        if series.rest.is_empty() && series.first.expected == Expected::Anything {
            return Before { buckets: Vec::new(), budgets: Vec::new() };
        }
        let keys = series.iter().flat_map(|plan| &plan.grants).map(|(key, _)| key);
        let budgets = series.iter().map(|plan| &plan.budget);
        Before {
            buckets: keys.filter_map(|key| Some((key, *self.buckets.get(key)?))).collect(),
            budgets: budgets.filter_map(|key| Some((key, self.budgets.get(key)?.clone()))).collect(),
        }
    }

    fn try_each(&mut self, series: &Series<Plan<K, B>>) -> Result<Series<Vec<Verdict>>, Undone> {
        let mut try_draw = |plan: &Plan<K, B>| {
            let verdicts = self.try_in_order(plan)?;
            if plan.expected.is_met(&verdicts) { Ok(verdicts) } else { Err(Undone::Unforeseen) }
        };
        let first = try_draw(&series.first)?;
        Ok(Series { first, rest: series.rest.iter().map(try_draw).collect::<Result<_, _>>()? })
    }

    fn try_in_order(&mut self, plan: &Plan<K, B>) -> Result<Vec<Verdict>, Undone> {
        let mut verdicts = Vec::with_capacity(1);
        for (key, grant) in &plan.grants {
            let stock = grant.stocked.then_some(key);
            let verdict = match grant.limit {
                Some(limit) => Verdict::LimitReached(limit),
                None => self.try_take(stock, &plan.budget, Some(&grant.prize), grant.cost).ok_or(Undone::Short)?,
            };
            verdicts.push(verdict);
            if matches!(verdict, Verdict::Granted(_)) {
                break;
            }
        }
        Ok(verdicts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::draw::Limit;

    type Wish = (&'static str, Grant);

    fn grant(prize: &'static str, stocked: bool) -> Wish {
        (prize, Grant { prize: prize.parse().unwrap(), amount: 1, stocked, cost: 0, limit: None, node: String::new() })
    }

    type Named = Series<Plan<&'static str, &'static str>>;

    fn plan(grants: &[Wish]) -> Plan<&'static str, &'static str> {
        Plan { grants: grants.to_vec(), budget: "spring", expected: Expected::Anything }
    }

    /// Without any budget.
    fn allocate<'a>(
        batch: impl IntoIterator<Item = &'a Named>,
        buckets: &mut HashMap<&'static str, Bucket>,
    ) -> Vec<Result<Series<Vec<Verdict>>, Undone>> {
        let mut supply = Supply { buckets: std::mem::take(buckets), budgets: HashMap::new() };
        let verdicts = super::allocate(batch, &mut supply);
        *buckets = supply.buckets;
        verdicts
    }

    fn one(grants: &[Wish]) -> Named {
        Series::one(plan(grants))
    }

    fn bucket(allotted: u64, whole: bool) -> Bucket {
        Bucket { number: 0, allotted, issued: 0, whole, mark: Mark::default() }
    }

    const FIRST: Verdict = Verdict::Granted(Some(Token { bucket: 0, unit: 1 }));

    #[test]
    fn the_last_unit_goes_to_the_first_and_the_rest_fall_through() {
        let wish = one(&[grant("phone", true), grant("points", false)]);
        let mut buckets = HashMap::from([("phone", bucket(1, true))]);
        let verdicts = allocate([&wish, &wish], &mut buckets);
        assert_eq!(verdicts[0], Ok(Series::one(vec![FIRST])));
        assert_eq!(verdicts[1], Ok(Series::one(vec![Verdict::SoldOut { mark: 1 }, Verdict::Granted(None)])));
        assert_eq!(buckets["phone"].mark, Mark { version: 1, sold_out: true });
    }

    #[test]
    fn an_empty_bucket_alone_is_no_verdict() {
        let wish = one(&[grant("phone", true), grant("points", false)]);
        let mut buckets = HashMap::from([("phone", bucket(0, false))]);
        assert_eq!(allocate([&wish], &mut buckets), [Err(Undone::Short)]);
        buckets.get_mut("phone").unwrap().mark = Mark { version: 7, sold_out: true };
        let verdicts = allocate([&wish], &mut buckets);
        assert_eq!(verdicts, [Ok(Series::one(vec![Verdict::SoldOut { mark: 7 }, Verdict::Granted(None)]))]);
    }

    #[test]
    fn a_reached_limit_falls_through_and_takes_no_unit() {
        let mut limited = grant("phone", true);
        limited.1.limit = Some(Limit::Player);
        let mut buckets = HashMap::from([("phone", bucket(5, true))]);
        let verdicts = allocate([&one(&[limited])], &mut buckets);
        assert_eq!(verdicts, [Ok(Series::one(vec![Verdict::LimitReached(Limit::Player)]))]);
        assert_eq!(buckets["phone"].issued, 0);
    }

    fn budget(left: i64) -> HashMap<&'static str, Budget> {
        HashMap::from([("spring", Budget { left, ..Budget::default() })])
    }

    fn costly(mut wish: Wish, cost: i64) -> Wish {
        wish.1.cost = cost;
        wish
    }

    #[test]
    fn what_the_budget_does_not_suffice_for_falls_through_and_takes_no_unit() {
        let wish = one(&[costly(grant("phone", true), 30), costly(grant("mug", true), 10), grant("points", false)]);
        let buckets = HashMap::from([("phone", bucket(5, true)), ("mug", bucket(1, true))]);
        let mut supply = Supply { buckets, budgets: budget(45) };
        let verdicts = super::allocate([&wish, &wish, &wish], &mut supply);
        let spent = |left| Verdict::BudgetSpent { left };
        assert_eq!(verdicts[0], Ok(Series::one(vec![FIRST])));
        assert_eq!(verdicts[1], Ok(Series::one(vec![spent(15), FIRST])));
        assert_eq!(verdicts[2], Ok(Series::one(vec![spent(5), spent(5), Verdict::Granted(None)])));
        assert_eq!((supply.buckets["phone"].issued, supply.budgets["spring"].left), (1, 5));
        // What is sold out takes nothing of the budget.
        let mug = one(&[costly(grant("mug", true), 5), costly(grant("points", false), 5)]);
        let verdicts = super::allocate([&mug], &mut supply);
        assert_eq!(verdicts, [Ok(Series::one(vec![Verdict::SoldOut { mark: 1 }, Verdict::Granted(None)]))]);
        assert_eq!(supply.budgets["spring"].left, 0);
        assert_eq!(
            super::allocate([&wish], &mut Supply::default())[0],
            Ok(Series::one(vec![spent(0), spent(0), Verdict::Granted(None)]))
        );
    }

    #[test]
    fn an_undone_series_gives_its_budget_back() {
        let wish = Plan { expected: Expected::Grant(0), ..plan(&[costly(grant("points", false), 10)]) };
        let series = Series::from_vec(vec![wish; 3]).unwrap();
        let mut supply = Supply { buckets: HashMap::new(), budgets: budget(25) };
        assert_eq!(super::allocate([&series], &mut supply), [Err(Undone::Unforeseen)]);
        assert_eq!(supply.budgets, budget(25));
    }

    #[test]
    fn what_the_account_of_a_prize_does_not_hold_falls_through() {
        let wish = one(&[costly(grant("phone", true), 3), costly(grant("mug", false), 3)]);
        let spent = HashMap::from([("phone".parse().unwrap(), AMOUNT_MAX - 5)]);
        let budgets = HashMap::from([("spring", Budget { left: 8, spent })]);
        let mut supply = Supply { buckets: HashMap::from([("phone", bucket(9, true))]), budgets };
        let verdicts = super::allocate([&wish, &wish, &wish], &mut supply);
        let spent = |left| Verdict::BudgetSpent { left };
        assert_eq!(verdicts[0], Ok(Series::one(vec![FIRST])));
        assert_eq!(verdicts[1], Ok(Series::one(vec![spent(2), Verdict::Granted(None)])));
        assert_eq!(verdicts[2], Ok(Series::one(vec![spent(2), spent(2)])));
        assert_eq!((supply.buckets["phone"].issued, supply.budgets["spring"].left), (1, 2));
    }

    #[test]
    fn a_series_sees_what_its_earlier_draws_took() {
        let wish = plan(&[grant("phone", true), grant("points", false)]);
        let series = Series::from_vec(vec![wish; 2]).unwrap();
        let mut buckets = HashMap::from([("phone", bucket(1, true))]);
        let expected = [vec![FIRST], vec![Verdict::SoldOut { mark: 1 }, Verdict::Granted(None)]];
        assert_eq!(allocate([&series], &mut buckets)[0], Ok(Series::from_vec(expected.to_vec()).unwrap()));
    }

    #[test]
    fn a_series_of_which_one_draw_comes_to_something_else_is_undone() {
        let wish = plan(&[grant("phone", true), grant("points", false)]);
        let expecting = |expected| Plan { expected, ..wish.clone() };
        let cases = [
            ([Expected::Grant(0), Expected::Grant(1)], true),
            ([Expected::Grant(0), Expected::Grant(0)], false),
            ([Expected::Nothing, Expected::Anything], false),
            ([Expected::Anything, Expected::Nothing], false),
        ];
        for (expected, is_done) in cases {
            let series = Series::from_vec(expected.map(expecting).to_vec()).unwrap();
            let before = HashMap::from([("phone", bucket(1, true))]);
            let mut buckets = before.clone();
            let verdicts = allocate([&series, &one(&wish.grants)], &mut buckets);
            // Whoever comes after it finds the units that it would have taken.
            let after = if is_done { vec![Verdict::SoldOut { mark: 1 }, Verdict::Granted(None)] } else { vec![FIRST] };
            assert_eq!((verdicts[0].is_ok(), &verdicts[1]), (is_done, &Ok(Series::one(after))), "{expected:?}");
            assert_eq!(
                allocate([&series], &mut before.clone())[0].clone().err(),
                (!is_done).then_some(Undone::Unforeseen)
            );
        }
        // Short, too, leaves nothing behind.
        let short = Series::from_vec(vec![wish, plan(&[grant("mug", true)])]).unwrap();
        let before = HashMap::from([("phone", bucket(1, true)), ("mug", bucket(0, false))]);
        let mut buckets = before.clone();
        assert_eq!(allocate([&short], &mut buckets), [Err(Undone::Short)]);
        assert_eq!(buckets, before);
    }

    proptest! {
        #[test]
        fn never_more_than_there_is_and_none_kept_back(
            stock in prop::collection::vec(0u64..20, 3),
            batch in prop::collection::vec(prop::collection::vec((prop::collection::vec(0usize..3, 0..4), 0usize..12), 1..4), 0..40),
        ) {
            const PRIZES: [&str; 3] = ["a", "b", "c"];
            let mut buckets: HashMap<_, _> = PRIZES.into_iter().zip(&stock).map(|(prize, stock)| (prize, bucket(*stock, true))).collect();
            let batch: Vec<_> = batch.iter().map(|series| {
                let plans = series.iter().map(|(prizes, expected)| {
                    let grants: Vec<_> = prizes.iter().map(|prize| grant(PRIZES[*prize], true)).collect();
                    let expected = match expected { 0..2 => Expected::Grant(*expected), 2 => Expected::Nothing, _ => Expected::Anything };
                    Plan { expected, ..plan(&grants) }
                });
                Series::from_vec(plans.collect()).unwrap()
            }).collect();
            let verdicts = allocate(&batch, &mut buckets);
            let done = batch.iter().zip(&verdicts).filter_map(|(series, verdicts)| Some((series, verdicts.as_ref().ok()?)));
            let draws: Vec<_> = done.flat_map(|(series, verdicts)| series.iter().zip(verdicts.iter())).collect();
            for (plan, verdicts) in &draws {
                prop_assert!(plan.expected.is_met(verdicts));
            }
            for (prize, stock) in PRIZES.iter().zip(&stock) {
                let mut tokens = vec![];
                for (plan, verdicts) in &draws {
                    for ((wanted, _), verdict) in plan.grants.iter().zip(*verdicts) {
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
