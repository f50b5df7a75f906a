//! Opening a database beside the host that serves it.

use tempfile::TempDir;
use tombola_domain::digest::Digest;
use tombola_domain::reason::Reason;
use tombola_domain::time::Timestamp;
use tombola_store::tokens::{Token, TokenError, Tokens};
use tombola_store::{Operation, StoreError};
use tombola_store_sqlite::{OpenError, Settings};

fn operation() -> Operation {
    let at = Timestamp::from_millis(1);
    Operation { actor: "test".to_owned(), key: None, request: Digest::of(b"test"), at, reason: Reason::default() }
}

fn token(name: &str) -> Token {
    Token {
        name: name.to_owned(),
        hash: Digest::of(name.as_bytes()),
        identity: Digest::of(name.as_bytes()),
        role: "client".to_owned(),
        campaigns: Vec::new(),
        created_at: Timestamp::from_millis(1),
        expires_at: None,
        revoked_at: None,
    }
}

#[tokio::test]
async fn both_write_and_see_what_the_other_wrote() {
    let folder = TempDir::new().unwrap();
    let settings = Settings::new(folder.path().join("tombola.db"));
    let host = tombola_store_sqlite::open(settings.clone()).await.unwrap();
    let beside = tombola_store_sqlite::open_beside(settings.clone()).await.unwrap();
    beside.create_token(&operation(), &token("beside")).await.unwrap();
    host.create_token(&operation(), &token("host")).await.unwrap();
    assert_eq!(beside.tokens().await.unwrap(), host.tokens().await.unwrap());
    assert_eq!(host.tokens().await.unwrap().len(), 2);

    // A host that takes over leaves neither of them anything to write.
    let next = tombola_store_sqlite::open(settings).await.unwrap();
    for fenced in [&host, &beside] {
        let refused = fenced.create_token(&operation(), &token("late")).await;
        assert!(matches!(refused, Err(TokenError::Store(StoreError::Fenced))), "{refused:?}");
    }
    beside.close().await;
    assert!(next.create_token(&operation(), &token("late")).await.is_ok());
}

#[tokio::test]
async fn there_must_be_a_database() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tombola.db");
    let missing = tombola_store_sqlite::open_beside(Settings::new(&path)).await.err();
    assert!(matches!(missing, Some(OpenError::Database { .. })), "{missing:?}");
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    let empty = tombola_store_sqlite::open_beside(Settings::new(&path)).await.err();
    assert!(matches!(empty, Some(OpenError::Older { found: 0, .. })), "{empty:?}");
}
