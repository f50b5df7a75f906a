//! Tiers as they are searched: read straight into place, since a guest has one megabyte for ten thousand of them.

use core::fmt;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Ascending tiers and the pools that they choose, each pool once.
#[derive(Debug)]
pub(crate) struct Tiers {
    steps: Vec<Step>,
    pools: Vec<String>,
}

/// From `from` on, the pool at this position is chosen.
#[derive(Debug, Clone, Copy)]
struct Step {
    from: i64,
    pool: u32,
}

/// A tier as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tier<'t> {
    /// The least value of the fact.
    from: i64,
    /// The pool that is drawn from.
    #[serde(borrow)]
    pool: Cow<'t, str>,
}

impl Tiers {
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(crate) fn pools(&self) -> &[String] {
        &self.pools
    }

    /// The position of the pool that this value has reached.
    pub(crate) fn reached_by(&self, value: i64) -> Option<usize> {
        let above = self.steps.partition_point(|step| step.from <= value);
        self.steps[..above].last().map(|step| step.pool as usize)
    }

    fn push<E: Error>(&mut self, tier: &Tier<'_>) -> Result<(), E> {
        if self.steps.last().is_some_and(|step| step.from >= tier.from) {
            return Err(E::custom("`from` must be greater than that of the tier before"));
        }
        let pool = self.pools.iter().position(|pool| *pool == tier.pool).unwrap_or_else(|| {
            self.pools.push(tier.pool.clone().into_owned());
            self.pools.len() - 1
        });
        let pool = u32::try_from(pool).map_err(|_| E::custom("there are too many pools"))?;
        self.steps.push(Step { from: tier.from, pool });
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Tiers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Collect)
    }
}

impl JsonSchema for Tiers {
    fn schema_name() -> Cow<'static, str> {
        "Tiers".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = <Vec<Tier<'static>>>::json_schema(generator);
        schema.insert("minItems".to_owned(), 1.into());
        schema
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Tiers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tiers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tiers, A::Error> {
        let mut tiers = Tiers { steps: Vec::new(), pools: Vec::new() };
        while items.next_element_seed(Next(&mut tiers))?.is_some() {}
        Ok(tiers)
    }
}

/// Reads one tier and puts it behind the others; inside of the item, so that a mistake has the item's place.
struct Next<'t>(&'t mut Tiers);

impl<'de> DeserializeSeed<'de> for Next<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.push(&Tier::deserialize(deserializer)?)
    }
}
