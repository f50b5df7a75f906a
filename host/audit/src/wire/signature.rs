use serde::{Deserialize, Serialize};
use tombola_domain::digest::Digest;
use tombola_domain::signature::{Proof, Seal};
use utoipa::ToSchema;

/// The host's signature, and that this receipt is under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Ed25519 public key, in hexadecimal.
    pub(crate) key: String,
    /// Over place and Merkle root of the batch, in hexadecimal.
    pub(crate) signature: String,
    /// The committer's number.
    pub(crate) feed: u32,
    /// The position of the batch's first receipt in the feed.
    pub(crate) first: u64,
    /// How many receipts the batch has.
    pub(crate) size: u64,
    /// This receipt's number in it, from 0.
    pub(crate) index: u64,
    /// The hashes beside the way from this receipt's hash to the root, in hexadecimal.
    pub(crate) path: Vec<String>,
}

impl From<Proof> for Signature {
    fn from(proof: Proof) -> Self {
        let Proof { seal: Seal { place, key, signature }, index, path } = proof;
        Self {
            key: key.to_string(),
            signature: signature.to_string(),
            feed: place.feed,
            first: place.first,
            size: place.size,
            index,
            path: path.iter().map(Digest::to_string).collect(),
        }
    }
}
