//! Merkle trees over digests: one hash for many, and a short proof for each that it is among them.
//!
//! The shape of the tree is that of RFC 9162, section 2.1: a tree of n leaves is split at the largest power of two below n. The
//! hashes are [`Digest::tagged`], so that no leaf can pass for a node.

use crate::digest::Digest;

/// The longest proof: a tree has fewer than 2^32 leaves.
const PATH_MAX: usize = 32;

/// The hash over `leaves`, of which there is at least one, in their order.
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => unreachable!("a tree has at least one leaf"),
        [leaf] => leaf_hash(leaf),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The proof that the leaf at `index` is one of `leaves`: the hashes beside its way to the root, from the leaf up.
pub fn path(leaves: &[Digest], index: usize) -> Vec<Digest> {
    assert!(index < leaves.len(), "the leaf is one of the tree's");
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut below, beside) = match index.checked_sub(left.len()) {
        None => (path(left, index), root(right)),
        Some(index) => (path(right, index), root(left)),
    };
    below.push(beside);
    below
}

/// The root of the tree of `size` leaves that has `leaf` at `index`, if `path` proves it; `None` where no such tree has a proof
/// of this length.
pub fn root_by(leaf: &Digest, index: u64, size: u64, path: &[Digest]) -> Option<Digest> {
    if index >= size || path.len() > PATH_MAX {
        return None;
    }
    // RFC 9162, section 2.1.3.2.
    let (mut position, mut last, mut hash) = (index, size - 1, leaf_hash(leaf));
    for beside in path {
        if last == 0 {
            return None;
        }
        if position % 2 == 1 || position == last {
            hash = node_hash(beside, &hash);
            while position % 2 == 0 && position > 0 {
                (position, last) = (position >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, beside);
        }
        (position, last) = (position >> 1, last >> 1);
    }
    (last == 0).then_some(hash)
}

fn leaf_hash(leaf: &Digest) -> Digest {
    Digest::tagged("tombola/merkle-leaf/v1", &[leaf.as_bytes()])
}

fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::tagged("tombola/merkle-node/v1", &[left.as_bytes(), right.as_bytes()])
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(count: usize) -> Vec<Digest> {
        (0..count).map(|number| Digest::of(&number.to_be_bytes())).collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_has_its_proof_and_no_other() {
        for size in 1..=40 {
            let leaves = leaves(size);
            let root = root(&leaves);
            for (index, leaf) in leaves.iter().enumerate() {
                let path = path(&leaves, index);
                for (other, claimed) in
                    (0..size + 2).flat_map(|other| (1..size + 3).map(move |claimed| (other, claimed)))
                {
                    let found = root_by(leaf, other as u64, claimed as u64, &path);
                    // A proof holds for its own place. It may hold for a tree of another size only where the way up is the same.
                    if (other, claimed) == (index, size) {
                        assert_eq!(found, Some(root));
                    } else if claimed == size {
                        assert_ne!(found, Some(root), "leaf {index} of {size} as {other}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn an_altered_proof_proves_nothing(size in 2usize..300, index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0usize..256) {
            let leaves = leaves(size);
            let (root, index) = (root(&leaves), index.index(size));
            let mut path = path(&leaves, index);
            prop_assert_eq!(root_by(&leaves[index], index as u64, size as u64, &path), Some(root));
            let place = at.index(path.len());
            let mut bytes = *path[place].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            path[place] = Digest::from_bytes(bytes);
            prop_assert_ne!(root_by(&leaves[index], index as u64, size as u64, &path), Some(root));
            prop_assert_ne!(root_by(&leaves[index], index as u64, size as u64, &path[1..]), Some(root));
        }
    }
}
