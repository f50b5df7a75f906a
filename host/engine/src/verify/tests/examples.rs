//! The examples of a document.

use super::*;

#[test]
fn examples() {
    let body = |example: &str| {
        let prizes = "prizes: [{id: phone, title: Phone, stock: 1, limits: {player: 1}}, {id: mug, title: Mug, stock: unlimited}]";
        format!(
            "{prizes}\npools: {{default: {{phone: 1, mug: 1}}}}\nattributes: {{age: {{type: integer, maximum: 99}}}}\nexamples: [{{name: n, {example}}}]"
        )
    };
    let facts = |facts: &str| body(&format!("facts: {{{facts}}}, expect: {{pool: default}}"));
    check(&body("expect: {pool: default}"), &[]);
    check(&facts("player.wins.phone: 1"), &[]);
    check(&facts("player.draws.total: 1"), &["fact-unread at /examples/0/facts/player.draws.total"]);
    check(&facts("player.draw.total: 1"), &["fact-unknown at /examples/0/facts/player.draw.total"]);
    check(&facts("player.wins.bike: 1"), &["prize-unknown at /examples/0/facts/player.wins.bike"]);
    check(&facts("player.wins.phone: many"), &["example-invalid at /examples/0/facts/player.wins.phone"]);
    check(&facts("player.wins.phone: null"), &["example-invalid at /examples/0/facts/player.wins.phone"]);
    check(&facts("attribute.name: x"), &["attribute-undeclared at /examples/0/facts/attribute.name"]);
    check(&facts("attribute.age: 100"), &["example-invalid at /examples/0/facts/attribute.age"]);
    check(
        &body("sold_out: [phone, bike, mug], expect: {prize: nothing}"),
        &["prize-unknown at /examples/0/sold_out/1", "example-invalid at /examples/0/sold_out/2"],
    );
    check(
        &body("ticket: x, drawn: bike, expect: {pool: rich, prize: car}"),
        &[
            "prize-unknown at /examples/0/drawn",
            "example-invalid at /examples/0/ticket",
            "example-invalid at /examples/0/drawn",
            "pool-unknown at /examples/0/expect/pool",
            "prize-unknown at /examples/0/expect/prize",
        ],
    );
    check(&body("expect: {}"), &["example-invalid at /examples/0/expect: nothing is expected"]);
    check(&body("expect: {refused: no, prize: mug}"), &["example-invalid at /examples/0/expect: a refused draw"]);
    check(
        &body("drawn: phone, expect: {path: [hand-over, elsewhere]}"),
        &["node-unknown at /examples/0/expect/path/1"],
    );
}
