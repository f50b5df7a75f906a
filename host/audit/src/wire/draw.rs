use serde::{Deserialize, Serialize};
use tombola_store::draws;
use utoipa::ToSchema;

/// One draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Its name; left out where a rule refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The campaign.
    pub campaign: String,
    /// The number of the revision that it ran on.
    pub revision: u64,
    /// The player.
    pub player: String,
    /// The player's how-manieth draw in the campaign, from 1; left out where a rule refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u64>,
    /// Which of several draws a rule refused, from 1; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw_number: Option<u32>,
    /// What came of it.
    pub outcome: Outcome,
    /// The hash of its receipt; left out where a rule refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// When it began (RFC 3339, UTC).
    pub drawn_at: String,
}

/// What came of a draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Outcome {
    /// A prize was won.
    Prize {
        /// Its name.
        prize: String,
        /// Its title when it was won.
        title: String,
        /// How much of it.
        amount: i64,
        /// Its `data`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<serde_json::Value>,
    },
    /// A chance was used and nothing won. It has braces so that no member passes beside its kind unread.
    Nothing {},
    /// A rule refused; no chance was used.
    Refused {
        /// The rule's code.
        code: String,
        /// For the player.
        message: String,
    },
}

impl From<draws::Draw> for Draw {
    fn from(draw: draws::Draw) -> Self {
        let outcome = match draw.won {
            Some(won) => Outcome::Prize {
                prize: won.prize.to_string(),
                title: won.title,
                amount: won.amount,
                data: won.data.and_then(|data| serde_json::from_str(&data).ok()),
            },
            None => Outcome::Nothing {},
        };
        Self {
            id: Some(draw.id.to_string()),
            campaign: draw.campaign.to_string(),
            revision: draw.revision,
            player: draw.player.to_string(),
            ordinal: Some(draw.ordinal),
            draw_number: None,
            outcome,
            receipt: Some(draw.receipt.to_string()),
            drawn_at: draw.drawn_at.to_string(),
        }
    }
}
