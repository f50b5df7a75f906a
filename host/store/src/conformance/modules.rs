//! Uploads.

use std::sync::Arc;

use tombola_domain::digest::Digest;

use super::Backend;
use super::fixture::{minute, operation, set_up};
use crate::audit::Query;
use crate::modules::{Module, ModuleSummary, ModuleVersion, UploadError};
use crate::{Done, Operation, Store};

fn module(name: &str, version: &str, component: &[u8]) -> Module {
    Module {
        digest: Digest::of(component),
        name: name.to_owned(),
        version: version.to_owned(),
        summary: "Says \"no\".".to_owned(),
        kinds: vec!["guard".to_owned(), "branch".to_owned()],
        config_schema: Some(r#"{"type":"object"}"#.to_owned()),
        size: component.len() as u64,
        uploaded_by: "alice".to_owned(),
        owner: Some(Digest::of(b"alice")),
        uploaded_at: minute(0),
    }
}

/// Without its schema.
fn summary(module: &Module) -> ModuleSummary {
    let Module { digest, name, version, summary, kinds, size, uploaded_by, uploaded_at, .. } = module.clone();
    ModuleSummary { digest, name, version, summary, kinds, size, uploaded_by, uploaded_at }
}

async fn put(
    store: &Arc<dyn Store>,
    operation: &Operation,
    name: &str,
    version: &str,
    component: &[u8],
) -> Result<Done<Module>, UploadError> {
    let owner = Some(Digest::of(operation.actor.as_bytes()));
    let module = Module { uploaded_by: operation.actor.clone(), owner, ..module(name, version, component) };
    store.put_module(operation, &module, component).await
}

/// By digest and by name, with its bytes.
pub async fn a_module_is_read_back(backend: &impl Backend) {
    let store = backend.open().await;
    let component: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let expected = module("unlock", "1.0.0", &component);
    let done = put(&store, &set_up(), "unlock", "1.0.0", &component).await.unwrap();
    assert_eq!(done, Done { result: expected.clone(), replayed: false });
    assert_eq!(store.module(&expected.digest).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.component(&expected.digest).await.unwrap(), Some(component));
    assert_eq!(store.modules(None, 10).await.unwrap(), [summary(&expected)]);
    let version = ModuleVersion { version: "1.0.0".to_owned(), digest: expected.digest };
    assert_eq!(store.versions("unlock").await.unwrap(), [version]);
    let without = Module { config_schema: None, kinds: vec![], ..module("plain", "1.0.0", b"plain") };
    store.put_module(&set_up(), &without, b"plain").await.unwrap();
    assert_eq!(store.module(&without.digest).await.unwrap(), Some(without));
    let unknown = Digest::of(b"unknown");
    assert_eq!((store.module(&unknown).await.unwrap(), store.component(&unknown).await.unwrap()), (None, None));
    assert_eq!(store.versions("unknown").await.unwrap(), []);
}

/// Whatever the key and whoever asks: the module that is there is answered.
pub async fn the_same_bytes_again_are_no_error(backend: &impl Backend) {
    let store = backend.open().await;
    let first = put(&store, &operation("key", "upload"), "unlock", "1.0.0", b"wasm").await.unwrap();
    let bob = Operation { actor: "bob".to_owned(), ..operation("key", "upload") };
    for operation in [operation("key", "upload"), operation("other", "upload"), set_up(), bob] {
        let again = put(&store, &operation, "unlock", "1.0.0", b"wasm").await.unwrap();
        assert_eq!(again, Done { replayed: true, ..first.clone() });
    }
    assert_eq!(store.modules(None, 10).await.unwrap(), [summary(&first.result)]);
}

/// Other bytes under the same name and version are refused.
pub async fn a_version_is_for_ever(backend: &impl Backend) {
    let store = backend.open().await;
    put(&store, &set_up(), "unlock", "1.0.0", b"one").await.unwrap();
    let other = put(&store, &operation("key", "upload"), "unlock", "1.0.0", b"other").await;
    assert!(matches!(other, Err(UploadError::VersionTaken(digest)) if digest == Digest::of(b"one")), "{other:?}");
    assert_eq!(store.module(&Digest::of(b"other")).await.unwrap(), None);
    assert_eq!(store.component(&Digest::of(b"other")).await.unwrap(), None);
    put(&store, &set_up(), "unlock", "1.0.1", b"other").await.unwrap();
    let mut versions = store.versions("unlock").await.unwrap();
    versions.sort_by(|one, other| one.version.cmp(&other.version));
    assert_eq!(versions.iter().map(|module| module.version.as_str()).collect::<Vec<_>>(), ["1.0.0", "1.0.1"]);
}

/// Its first one's, for all versions, whoever has the same name later.
pub async fn a_name_belongs_to_its_owner(backend: &impl Backend) {
    let store = backend.open().await;
    put(&store, &set_up(), "unlock", "1.0.0", b"one").await.unwrap();
    let bob = Operation { actor: "bob".to_owned(), ..set_up() };
    for version in ["1.0.0", "1.0.1"] {
        let refused = put(&store, &bob, "unlock", version, b"two").await;
        assert!(matches!(&refused, Err(UploadError::NameTaken(publisher)) if publisher == "alice"), "{refused:?}");
    }
    for owner in [Some(Digest::of(b"alice's successor")), None] {
        let namesake = Module { owner, ..module("unlock", "1.0.1", b"two") };
        let refused = store.put_module(&set_up(), &namesake, b"two").await;
        assert!(matches!(&refused, Err(UploadError::NameTaken(publisher)) if publisher == "alice"), "{refused:?}");
    }
    put(&store, &bob, "lock", "1.0.0", b"two").await.unwrap();
    let own = Module { owner: None, ..module("own", "1.0.0", b"own") };
    store.put_module(&set_up(), &own, b"own").await.unwrap();
    assert_eq!(store.module(&own.digest).await.unwrap(), Some(own));
}

/// Another upload under it is a mistake.
pub async fn an_upload_key_is_for_one_request(backend: &impl Backend) {
    let store = backend.open().await;
    put(&store, &operation("key", "upload"), "unlock", "1.0.0", b"one").await.unwrap();
    let reused = put(&store, &operation("key", "another"), "unlock", "1.0.1", b"two").await;
    assert!(matches!(reused, Err(UploadError::KeyReused(_))), "{reused:?}");
    assert_eq!(store.module(&Digest::of(b"two")).await.unwrap(), None);
}

/// Before the bytes are looked at, also where they were there before.
pub async fn uploads_are_found_by_their_keys(backend: &impl Backend) {
    let store = backend.open().await;
    let key = |request| operation("key", request);
    assert_eq!(store.uploaded(&key("upload")).await.unwrap(), None);
    let done = put(&store, &set_up(), "unlock", "1.0.0", b"one").await.unwrap();
    put(&store, &key("upload"), "unlock", "1.0.0", b"one").await.unwrap();
    assert_eq!(store.uploaded(&key("upload")).await.unwrap(), Some(done.result.clone()));
    assert_eq!(store.uploaded(&set_up()).await.unwrap(), None);
    let reused = store.uploaded(&key("another")).await;
    assert!(matches!(reused, Err(UploadError::KeyReused(_))), "{reused:?}");
    let reused = put(&store, &key("another"), "unlock", "1.0.0", b"one").await;
    assert!(matches!(reused, Err(UploadError::KeyReused(_))), "{reused:?}");
    let entries = store.audit(&Query::default(), 9).await.unwrap();
    let digests: Vec<_> = entries.iter().map(|entry| (entry.before, entry.after)).collect();
    let digest = Some(done.result.digest);
    assert_eq!(digests, [(digest, digest), (None, digest)]);
}

/// By digest, ascending.
pub async fn modules_come_in_pages(backend: &impl Backend) {
    let store = backend.open().await;
    let mut digests = vec![];
    for number in 0..5u8 {
        put(&store, &set_up(), "unlock", &format!("1.0.{number}"), &[number]).await.unwrap();
        digests.push(Digest::of(&[number]));
    }
    digests.sort();
    let mut found = vec![];
    let mut after = None;
    loop {
        let page = store.modules(after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(last.digest);
        found.extend(page.iter().map(|module| module.digest));
    }
    assert_eq!(found, digests);
}
