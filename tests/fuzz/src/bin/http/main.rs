//! Both HTTP APIs in process: the router, the app and its SQLite store, with the standard rules as native code. One input is a
//! short list of requests by callers of every role, each of which finds what the ones before it left; every input begins in
//! the same house, so that what breaks it breaks it again.
//!
//! No request may make the host fail, and whatever is not wished for is a problem whose code has a page. Whatever was
//! asked, no prize is issued more often than it is there, a key that drew answers the same draw again, and what is kept twice
//! (draws, awards, stock, codes, chances, the ledger) agrees. A request that hangs is ended, with its whole input, by the fuzzer's
//! own deadline.
#![no_main]

mod answer;
mod house;
mod request;

use axum::http::StatusCode;
use libfuzzer_sys::{Corpus, fuzz_target};

use crate::house::{House, Template};
use crate::request::{Request, requests};

fuzz_target!(|input: &[u8]| -> Corpus {
    let requests = requests(input);
    if requests.is_empty() {
        return Corpus::Reject;
    }
    Template::get().visit(async |house| {
        ask(house, &requests).await;
        never_over_issued(house).await;
        nothing_differs(house).await;
    });
    Corpus::Keep
});

/// Sends all requests, and at last those that drew once more.
async fn ask(house: &House, requests: &[Request]) {
    let mut drawn = Vec::new();
    for request in requests {
        let answer = house.send(request).await;
        answer.check();
        if request.is_draw() && answer.status == StatusCode::CREATED {
            drawn.push((request, answer));
        }
    }
    for (request, first) in drawn {
        let again = house.send(request).await;
        assert_eq!(again.status, StatusCode::OK, "a key draws once: {}", again.text());
        assert_eq!(again.headers.get("idempotency-replayed").map(AsRef::as_ref), Some(&b"true"[..]));
        assert_eq!(again.json(), first.json(), "a key answers the same draw again");
    }
}

/// Looks at the stock of every campaign.
async fn never_over_issued(house: &House) {
    let campaigns = house.get("/v1/operator/campaigns?limit=200").await;
    for campaign in campaigns["items"].as_array().expect("campaigns are a page") {
        let campaign = campaign["campaign"].as_str().expect("campaigns have names");
        let stock = house.get(&format!("/v1/operator/campaigns/{campaign}/stock")).await;
        for level in stock["items"].as_array().expect("stock is a list") {
            let number = |name: &str| level[name].as_u64().expect("levels are numbers");
            assert!(number("issued") <= number("stock"), "{campaign}: {level}");
        }
    }
}

/// Has the host compare all that it keeps.
async fn nothing_differs(house: &House) {
    let pass = house.reconcile().await;
    assert_eq!((&pass["found"], &pass["open"]), (&0.into(), &0.into()), "{pass}");
}
