//! Bearer tokens.

use tombola_domain::digest::Digest;

use super::Backend;
use super::fixture::minute;
use crate::tokens::{Token, TokenError};

fn token(name: &str, secret: &[u8], created: i64) -> Token {
    Token {
        name: name.to_owned(),
        hash: Digest::of(secret),
        role: "client".to_owned(),
        campaigns: vec![],
        created_at: minute(created),
        expires_at: None,
        revoked_at: None,
    }
}

/// By the hash of its secret.
pub async fn a_token_is_read_back(backend: &impl Backend) {
    let store = backend.open().await;
    let campaigns = ["spring", "autumn"].map(|name| name.parse().unwrap()).to_vec();
    let bounded = Token { campaigns, expires_at: Some(minute(9)), ..token("a", b"one", 0) };
    let plain = token("b", b"two", 0);
    for token in [&bounded, &plain] {
        store.create_token(token).await.unwrap();
        assert_eq!(store.token(&token.hash).await.unwrap().as_ref(), Some(token));
    }
    assert_eq!(store.token(&Digest::of(b"three")).await.unwrap(), None);
    assert_eq!(store.tokens().await.unwrap(), [bounded, plain]);
}

/// Once revoked, its name is free again; both are listed.
pub async fn a_name_is_for_one_token_at_a_time(backend: &impl Backend) {
    let store = backend.open().await;
    store.create_token(&token("a", b"one", 2)).await.unwrap();
    let taken = store.create_token(&token("a", b"two", 1)).await;
    assert!(matches!(taken, Err(TokenError::NameTaken)), "{taken:?}");
    assert_eq!(store.token(&Digest::of(b"two")).await.unwrap(), None);
    assert!(store.revoke_token("a", minute(3)).await.unwrap());
    store.create_token(&token("a", b"two", 1)).await.unwrap();
    let revoked = Token { revoked_at: Some(minute(3)), ..token("a", b"one", 2) };
    assert_eq!(store.tokens().await.unwrap(), [token("a", b"two", 1), revoked]);
}

/// The first time counts.
pub async fn revoking_is_done_once(backend: &impl Backend) {
    let store = backend.open().await;
    assert!(!store.revoke_token("a", minute(1)).await.unwrap());
    store.create_token(&token("a", b"one", 0)).await.unwrap();
    assert!(store.revoke_token("a", minute(1)).await.unwrap());
    assert!(!store.revoke_token("a", minute(2)).await.unwrap());
    assert_eq!(store.token(&Digest::of(b"one")).await.unwrap().unwrap().revoked_at, Some(minute(1)));
}
