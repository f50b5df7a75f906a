//! What receipts say, the seals over them, and the secrets of epochs.

use std::collections::{HashMap, HashSet};

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use tombola_domain::digest::Digest;
use tombola_domain::draw::Verdict;
use tombola_domain::epoch::Secret;
use tombola_domain::merkle;
use tombola_domain::rebate::{self, Gain};
use tombola_domain::receipt::{Receipt, Terms};
use tombola_domain::signature::{Place, PublicKey, Seal, Signature};

/// Every receipt has the hash that its draw tells, says what its draw says, and holds a stock token that no other has.
pub(super) async fn check_receipts(database: &mut SqliteConnection) {
    let query =
        "SELECT id, player, campaign, ordinal, prize, amount, receipt, bytes FROM draws JOIN receipts USING (position)";
    let mut tokens = HashSet::new();
    for row in sqlx::query(query).fetch_all(&mut *database).await.unwrap() {
        let bytes: Vec<u8> = row.get("bytes");
        let digest: Vec<u8> = row.get("receipt");
        assert_eq!(Receipt::digest(&bytes).as_bytes(), digest.as_slice());
        let receipt = Receipt::decode(&bytes).unwrap();
        assert_eq!(receipt.terms.draw.as_str(), row.get::<&str, _>("id"));
        assert_eq!(receipt.terms.ordinal, row.get::<i64, _>("ordinal").unsigned_abs());
        let granted = receipt.granted();
        assert_eq!(granted.map(|granted| granted.prize.as_str()), row.get::<Option<&str>, _>("prize"));
        assert_eq!(granted.map(|granted| granted.amount), row.get::<Option<i64>, _>("amount"));
        if let Some(Verdict::Granted(Some(token))) = granted.map(|granted| granted.verdict) {
            let prize = granted.unwrap().prize.clone();
            assert!(tokens.insert((receipt.terms.campaign.clone(), prize, token)), "a unit was issued twice");
        }
    }
    for row in sqlx::query("SELECT * FROM rebates").fetch_all(database).await.unwrap() {
        let bytes: Vec<u8> = row.get("bytes");
        assert_eq!(rebate::Receipt::digest(&bytes), digest(&row, "receipt"));
        let receipt = rebate::Receipt::decode(&bytes).unwrap();
        assert_eq!(receipt.terms.ordinal, row.get::<i64, _>("ordinal").unsigned_abs());
        for rewarded in receipt.granted() {
            if let (Gain::Prize(prize), rebate::Verdict::Granted(Some(token))) = (&rewarded.gain, rewarded.verdict) {
                let unit = (receipt.terms.campaign.clone(), prize.clone(), token);
                assert!(tokens.insert(unit), "a unit was issued twice");
            }
        }
    }
}

/// Every seal is signed over the receipts at its positions. That they cover each draw once is in [`super::feed::NEVER`].
pub(super) async fn check_seals(database: &mut SqliteConnection) {
    let receipts = sqlx::query("SELECT position, receipt FROM draws UNION ALL SELECT position, receipt FROM rebates")
        .fetch_all(&mut *database)
        .await
        .unwrap();
    let receipts: HashMap<u64, Digest> =
        receipts.iter().map(|row| (row.get::<i64, _>("position").unsigned_abs(), digest(row, "receipt"))).collect();
    for row in sqlx::query("SELECT * FROM seals").fetch_all(database).await.unwrap() {
        let number = |column: &str| row.get::<i64, _>(column).unsigned_abs();
        let place = Place { feed: 0, first: number("first"), size: number("size") };
        let key = PublicKey::try_from(row.get::<&[u8], _>("key")).unwrap();
        let signature = Signature::try_from(row.get::<&[u8], _>("signature")).unwrap();
        let covered: Vec<_> = (place.first..place.first + place.size).map(|position| receipts[&position]).collect();
        assert!(Seal { place, key, signature }.signs(&merkle::root(&covered)), "a seal of others: {place:?}");
    }
}

/// Every receipt names an epoch that there is, and none that had ended before an earlier draw; of an epoch that has ended, its
/// secret gives every seed. What a receipt says of its revision is so.
pub(super) async fn check_epochs(database: &mut SqliteConnection) {
    let rows = sqlx::query("SELECT number, commitment, began_at, secret FROM epochs");
    let epochs: HashMap<u64, SqliteRow> = rows
        .fetch_all(&mut *database)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.get::<i64, _>("number").unsigned_abs(), row))
        .collect();
    let query = "SELECT player, bytes, digest FROM draws JOIN receipts USING (position) \
                 LEFT JOIN revisions ON revisions.campaign = draws.campaign AND number = revision ORDER BY position";
    let mut latest = 0;
    for row in sqlx::query(query).fetch_all(database).await.unwrap() {
        let Terms { campaign, ordinal, seed, epoch, epoch_commitment, revision_digest, .. } =
            Receipt::decode(row.get("bytes")).unwrap().terms;
        assert_eq!(revision_digest, digest(&row, "digest"));
        assert!(epoch >= latest, "a draw of an epoch that had ended: {epoch} after {latest}");
        latest = epoch;
        let epoch = &epochs[&epoch];
        assert!(epoch.get::<Option<i64>, _>("began_at").is_some(), "a draw of an epoch that has not begun");
        assert_eq!(digest(epoch, "commitment"), epoch_commitment);
        if let Some(secret) = epoch.get::<Option<&[u8]>, _>("secret") {
            let secret = Secret::from_bytes(secret.try_into().unwrap());
            assert_eq!(secret.commitment(), epoch_commitment);
            assert_eq!(secret.seed(&campaign, &row.get::<&str, _>("player").parse().unwrap(), ordinal), seed);
        }
    }
}

fn digest(row: &SqliteRow, column: &str) -> Digest {
    Digest::from_bytes(row.get::<&[u8], _>(column).try_into().unwrap())
}
