//! The example of the page on receipts, computed here as it says there.

use tombola_domain::epoch::Secret;
use tombola_domain::fact::Value;
use tombola_domain::receipt::Disclosure;
use tombola_manual::blocks;

const PAGE: &str = include_str!("../../../host/docs/receipts.md");

#[test]
fn the_example_prints_what_the_host_computes() {
    let secret = Secret::from_bytes([1; 32]);
    let seed = secret.seed(&"spring".parse().unwrap(), &"alice".parse().unwrap(), 4);
    let total = ("player.draws.total".to_owned(), Value::Integer(3));
    let disclosure = Disclosure { salt: [5; 32], player: "alice".parse().unwrap(), facts: vec![total] };
    let seed_digest = tombola_domain::digest::Digest::from_bytes(*seed.as_bytes());
    let lines = [
        format!("commitment {}", secret.commitment()),
        format!("seed       {seed_digest}"),
        format!("ticket     {} of 10000", seed.stream("ticket").below(10_000)),
        format!("amount     {} of 1 to 100", 1 + seed.stream("trees/locked/consolation/amount").below(100)),
        format!("player     {}", disclosure.player_commitment()),
        format!("fact       {}", disclosure.fact_commitments()[0].1),
    ];
    assert_eq!(blocks(PAGE, "text")[0].trim_end(), lines.join("\n"));
}
