use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Draw, GivenRebate, RebateReceipt, Receipt};

/// A draw, or what a campaign gave for an event, with its receipt and what the receipt names; or one of these alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The draw as it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<Draw>,
    /// Its receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// What a campaign gave for an event. It stands in no record of a draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebate: Option<GivenRebate>,
    /// Its receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebate_receipt: Option<RebateReceipt>,
    /// The canonical text of the revision that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Its digest, in hexadecimal, where it stands in a record of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision_digest: Option<String>,
    /// The modules that the revision runs, by digest, in base 64.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub modules: BTreeMap<String, String>,
    /// The epoch that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// How many draws have lost their receipts, by campaign, since these are not kept for ever.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dropped: BTreeMap<String, u64>,
}

/// What an epoch promised, and its secret once it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RecordedEpoch)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    /// 1, 2, 3…
    pub epoch: u64,
    /// The hash of its secret, in hexadecimal.
    pub commitment: String,
    /// The secret, in hexadecimal; left out as long as it is not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl Record {
    /// Whether there is a draw or a rebate to be checked, and not only what receipts name.
    pub fn is_to_be_checked(&self) -> bool {
        self.draw.is_some() || self.receipt.is_some() || self.rebate.is_some() || self.rebate_receipt.is_some()
    }
}
