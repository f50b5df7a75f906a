use tombola_domain::digest::Digest;
use tombola_domain::receipt::Receipt;
use tombola_store::Operation;
use tombola_store::modules::{Module, Modules};

use crate::fixture::{GATE, House, START, campaign, code};

/// Puts bytes beside the host's own modules. Nothing asks for them but a receipt's terms.
async fn put(house: &House, name: &str, component: &[u8]) -> Digest {
    let (digest, at) = (Digest::of(component), START.parse().unwrap());
    let operation =
        Operation { actor: "author".to_owned(), key: None, request: digest, at, reason: "".parse().unwrap() };
    let module = Module {
        digest,
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        summary: String::new(),
        kinds: vec![],
        config_schema: None,
        size: component.len() as u64,
        uploaded_by: "author".to_owned(),
        owner: None,
        uploaded_at: at,
    };
    house.beside().await.put_module(&operation, &module, component).await.unwrap();
    digest
}

#[tokio::test]
async fn a_bundle_holds_what_the_receipt_names_within_bounds() {
    let house = House::new().await;
    house.publish(&campaign(GATE)).await;
    let draw = house.draw("alice", "1").await;
    let mut terms = Receipt::decode(&house.app.receipt(&draw.id).await.unwrap().bytes).unwrap().terms;
    let bundle = house.app.bundle(&terms.basis()).await.unwrap();
    let named: Vec<_> = bundle.modules.iter().map(|(digest, _)| *digest).collect();
    assert_eq!(named, terms.modules);
    assert!(bundle.revision.contains("gate@1"), "{}", bundle.revision);

    terms.modules.push(put(&house, "half", &vec![1; 8 << 20]).await);
    assert_eq!(house.app.bundle(&terms.basis()).await.unwrap().modules.len(), 2);
    terms.modules.push(put(&house, "other-half", &vec![2; 8 << 20]).await);
    assert_eq!(code(house.app.bundle(&terms.basis()).await), "bundle-too-large");
}
