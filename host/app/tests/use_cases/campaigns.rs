use tombola_app::Error;
use tombola_app::model::Change as Difference;
use tombola_app::publish::Change;
use tombola_domain::digest::Digest;
use tombola_domain::reason::Reason;
use tombola_engine::finding::Code;
use tombola_store::Operation;
use tombola_store::campaigns::Campaigns;

use crate::fixture::{GATE, House, campaign, change, code};

#[tokio::test]
async fn publishing_resolves_rules_and_keeps_them() {
    let house = House::new().await;
    let published = house.publish(&campaign(GATE)).await;
    assert_eq!((published.revision, published.replayed), (1, false));
    let stored = house.app.revision(&"spring".parse().unwrap(), 1).await.unwrap();
    assert!(stored.document.contains(r#""gate@1":{"digest":""#) && stored.document.contains(r#""version":"1.1.0""#));
    // A restart makes the same campaign ready again.
    let house = house.restart().await;
    assert_eq!(house.app.campaign(&"spring".parse().unwrap()).await.unwrap().digest, published.digest);
    house.app.ready().await.unwrap();
}

#[tokio::test]
async fn open_campaigns_are_those_whose_window_is_open() {
    let house = House::new().await;
    for name in ["spring", "autumn", "winter"] {
        let document = campaign("").replace("campaign: spring", &format!("campaign: {name}"));
        let document =
            if name == "winter" { document.replace("opens: 2026-11-30", "opens: 2026-12-01") } else { document };
        let change = Change { campaign: name.parse().unwrap(), ..change(name) };
        house.app.publish(change, &document).await.unwrap();
    }
    let open = |after: Option<&str>, limit| {
        let after = after.map(|after| after.parse().unwrap());
        let open = house.app.open_campaigns(after.as_ref(), |campaign| campaign.as_str() != "secret", limit);
        open.iter().map(|open| open.campaign.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(open(None, 10), ["autumn", "spring"]);
    assert_eq!(open(None, 1), ["autumn"]);
    assert_eq!(open(Some("autumn"), 10), ["spring"]);
    let mine = house.app.open_campaigns(None, |campaign| campaign.as_str() == "spring", 10);
    assert_eq!((mine.len(), mine[0].title.as_str(), mine[0].revision), (1, "Spring", 1));
    house.set_clock("2026-12-01T00:00:00+08:00");
    assert_eq!(open(None, 10), ["autumn", "spring", "winter"]);
    house.set_clock("2026-12-31T00:00:00+08:00");
    assert_eq!(open(None, 10), Vec::<String>::new());
}

#[tokio::test]
async fn a_document_with_errors_changes_nothing() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    let broken = campaign("").replace("points: 1}", "points: \"0.5\"}");
    let change = change("broken");
    assert_eq!(code(house.app.publish(change, &broken).await), "document-refused");
    assert_eq!(house.draw("alice", "1").await.revision, 1);
    let checked = house.app.check(&"other".parse().unwrap(), &broken).await.unwrap();
    let codes: Vec<_> = checked.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::OtherCampaign, Code::OddsSum]);
    assert!(checked.odds.is_none());
}

#[tokio::test]
async fn rolling_back_brings_back_the_old_rules() {
    let house = House::new().await;
    house.publish(&campaign("guards: [{id: gate, rule: gate@1.0}]")).await;
    house.publish(&campaign("guards: [{id: gate, rule: gate@1.1}]")).await;
    assert_eq!(house.draw("alice", "1").await.revision, 2);
    let back = house.app.rollback(change("back"), 1).await.unwrap();
    assert_eq!((back.revision, back.replayed), (1, false));
    assert_eq!(house.draw("alice", "2").await.revision, 1);
    assert_eq!(code(house.app.rollback(change("nowhere"), 9).await), "revision-unknown");
    // The next revision goes on from the highest number.
    assert_eq!(house.publish(&campaign("chances: {total: 9}")).await.revision, 3);
    let revisions = house.app.revisions(&"spring".parse().unwrap(), None, 10).await.unwrap();
    let live: Vec<_> = revisions.iter().map(|revision| (revision.number, revision.live)).collect();
    assert_eq!(live, [(3, true), (2, false), (1, false)]);
}

#[tokio::test]
async fn a_repeated_publish_is_answered_and_not_done() {
    let house = House::new().await;
    let document = campaign("chances: {total: 1, day: 2}");
    let first = house.app.publish(change("once"), &document).await.unwrap();
    let again = house.app.publish(change("once"), &document).await.unwrap();
    assert_eq!((again.revision, again.digest, again.replayed), (1, first.digest, true));
    let warnings: Vec<_> = first.findings.iter().map(|finding| finding.code).collect();
    assert_eq!((warnings, &again.findings), (vec![Code::ChancesAtOdds], &first.findings));
    assert_eq!(
        code(house.app.publish(change("once"), &campaign("chances: {total: 1}")).await),
        "idempotency-key-reused"
    );
}

#[tokio::test]
async fn a_repeated_publish_is_answered_though_it_could_not_be_published_any_more() {
    let house = House::new().await;
    let first = house.app.publish(change("once"), &campaign("")).await.unwrap();
    house.publish(&campaign("chances: {total: 9}")).await;
    // The first would be refused now, were it looked at again: another revision is live than it starts from.
    let late = Change { expected_live: Some(0), ..change("late") };
    assert_eq!(code(house.app.publish(late, &campaign("")).await), "revision-not-expected");
    let again = house.app.publish(change("once"), &campaign("")).await.unwrap();
    assert_eq!((again.revision, again.digest, again.replayed), (1, first.digest, true));
    let broken = house.app.publish(change("once"), "}").await;
    assert_eq!(code(broken), "idempotency-key-reused", "the key comes before the document");
    let back = house.app.rollback(change("back"), 1).await.unwrap();
    let again = house.app.rollback(change("back"), 1).await.unwrap();
    assert_eq!((back.replayed, again.replayed, again.digest), (false, true, first.digest));
}

#[tokio::test]
async fn who_started_elsewhere_is_told_what_changed() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    house.publish(&campaign("chances: {total: 9}").replace("title: Spring", "title: Summer")).await;
    let from = |key: &str, expected_live| Change { expected_live: Some(expected_live), ..change(key) };
    let told = async |expected: u64, key: &str| match house.app.publish(from(key, expected), &campaign("")).await {
        Err(Error::NotExpected { live: 2, difference }) => {
            difference.into_iter().map(|found| (found.place, found.change)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let place = |place: &str, change| (place.to_owned(), change);
    let since_first = [place("/document/chances", Difference::Added), place("/document/title", Difference::Changed)];
    assert_eq!(told(1, "a").await, since_first);
    // There is no such revision to compare with.
    assert_eq!(told(0, "b").await, []);
    assert_eq!(told(7, "c").await, []);
}

#[tokio::test]
async fn a_publish_starts_from_the_live_revision_if_it_says_so() {
    let house = House::new().await;
    let from = |key: &str, expected_live| Change { expected_live: Some(expected_live), ..change(key) };
    assert_eq!(code(house.app.publish(from("a", 1), &campaign("")).await), "revision-not-expected");
    assert_eq!(house.app.publish(from("b", 0), &campaign("")).await.unwrap().revision, 1);
    assert_eq!(house.app.publish(from("c", 1), &campaign("chances: {total: 5}")).await.unwrap().revision, 2);
    assert_eq!(code(house.app.rollback(from("d", 1), 1).await), "revision-not-expected");
}

#[tokio::test]
async fn a_missed_activation_is_caught_up_with() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    house.publish(&campaign("chances: {total: 9}")).await;
    // As if the answer to a rollback had been lost between store and host.
    let beside = house.beside().await;
    let at = "2026-11-30T23:30:00+08:00".parse().unwrap();
    let reason = Reason::default();
    let operation = Operation { actor: "operator".to_owned(), key: None, request: Digest::of(b"back"), at, reason };
    beside.rollback(&operation, &"spring".parse().unwrap(), 1, None).await.unwrap();
    assert_eq!(house.draw("alice", "1").await.revision, 1);
}

#[tokio::test]
async fn a_host_that_lost_its_database_says_so() {
    let house = House::new().await;
    house.publish(&campaign("")).await;
    house.draw("alice", "1").await;
    house.app.ready().await.unwrap();
    let _other = house.take_over().await;
    // Also while nobody draws.
    assert_eq!(code(house.app.ready().await), "store-lost");
    house.app.lost().await;
    assert_eq!(house.refusal("alice", "2").await, "store-lost");
}

#[tokio::test]
async fn a_publish_whose_answer_was_lost_is_taken_up_when_it_is_repeated() {
    let house = House::new().await;
    let document = campaign("");
    // It knows nothing of what happens in the store next, like a host whose call failed though the store did it.
    let unaware = house.second_app().await;
    house.app.publish(change("once"), &document).await.unwrap();
    let spring = "spring".parse().unwrap();
    assert_eq!(code(unaware.campaign(&spring).await), "campaign-unknown");
    let again = unaware.publish(change("once"), &document).await.unwrap();
    assert_eq!((again.revision, again.replayed), (1, true));
    assert_eq!(unaware.campaign(&spring).await.unwrap().revision, 1);
}

#[tokio::test]
async fn a_stock_that_differs_is_warned_of() {
    let house = House::new().await;
    let with = |stock: &str| campaign("").replace("stock: unlimited", stock);
    house.publish(&with("stock: 5")).await;
    let published = house.publish(&with("stock: 9")).await;
    let codes: Vec<_> = published.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::UnchangedStock]);
    assert!(published.findings[0].hint.contains(r#"{"add": 4}"#), "{:?}", published.findings);
}
