//! What operators' writes came to, as it is kept for whoever repeats them. No code stands in it.

use serde_json::{Value, json};
use tombola_domain::stock::Mark;
use tombola_store::codes::{Loaded, PoolLevel, Withdrawn};

use crate::operations::Recorded;

impl Recorded for PoolLevel {
    fn to_json(&self) -> Value {
        let Self { pool, low_water, free, given, expired, withdrawn, mark } = self;
        json!({"pool": pool.as_str(), "low_water": low_water, "free": free, "given": given, "expired": expired,
               "withdrawn": withdrawn, "mark": mark.version, "sold_out": mark.sold_out})
    }

    fn from_json(value: &Value) -> Option<Self> {
        let count = |name: &str| value[name].as_u64();
        Some(Self {
            pool: value["pool"].as_str()?.parse().ok()?,
            low_water: count("low_water")?,
            free: count("free")?,
            given: count("given")?,
            expired: count("expired")?,
            withdrawn: count("withdrawn")?,
            mark: Mark { version: count("mark")?, sold_out: value["sold_out"].as_bool()? },
        })
    }
}

impl Recorded for Loaded {
    fn to_json(&self) -> Value {
        json!({"loaded": self.loaded, "skipped": self.skipped, "level": self.level.to_json()})
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            loaded: value["loaded"].as_u64()?,
            skipped: value["skipped"].as_u64()?,
            level: PoolLevel::from_json(&value["level"])?,
        })
    }
}

impl Recorded for Withdrawn {
    fn to_json(&self) -> Value {
        json!({"withdrawn": self.withdrawn, "level": self.level.to_json()})
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self { withdrawn: value["withdrawn"].as_u64()?, level: PoolLevel::from_json(&value["level"])? })
    }
}
