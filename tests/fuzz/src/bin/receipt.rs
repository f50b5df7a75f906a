//! Receipts: whatever is decoded is encoded again as the same bytes, since a receipt has one encoding and is named by its
//! hash; and the same of receipts of rebates, of which none is one of a draw. The same bytes are tried as a proof: a path that was made up leads nowhere or to some root, and ends nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombola_domain::digest::Digest;
use tombola_domain::receipt::Receipt;
use tombola_domain::signature::{Place, Proof, PublicKey, Seal, Signature};
use tombola_domain::{merkle, rebate};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(receipt) = Receipt::decode(bytes) {
        assert_eq!(receipt.encode(), bytes, "one receipt has one encoding");
        assert_eq!(Receipt::decode(&receipt.encode()).as_ref(), Ok(&receipt));
    }
    if let Ok(receipt) = rebate::Receipt::decode(bytes) {
        assert_eq!(receipt.encode(), bytes, "one receipt has one encoding");
        assert!(Receipt::decode(bytes).is_err(), "what a rebate gave is no draw");
    }
    follow(bytes);
});

/// Takes the bytes for place, key, signature and path of a proof, and follows it from their hash. A short input proves nothing.
fn follow(bytes: &[u8]) -> Option<()> {
    let receipt = Receipt::digest(bytes);
    let mut rest = bytes;
    let index = u64::from_be_bytes(*take(&mut rest)?);
    let first = u64::from_be_bytes(*take(&mut rest)?);
    let size = u64::from_be_bytes(*take(&mut rest)?);
    let key = PublicKey::from_bytes(*take(&mut rest)?);
    let signature = Signature::from_bytes(*take(&mut rest)?);
    let path = rest.as_chunks().0.iter().copied().map(Digest::from_bytes).collect();
    let seal = Seal { place: Place { feed: 1, first, size }, key, signature };
    let proof = Proof { seal, index, path };
    let root = proof.root(&receipt);
    assert_eq!(root, merkle::root_by(&receipt, index, size, &proof.path));
    if let Some(root) = root {
        assert!(index < size, "a proof is of a leaf that is there");
        assert!(!proof.seal.signs(&root), "nobody signed this");
    }
    Some(())
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(first)
}
