//! Bearer tokens.

use tombola_domain::digest::Digest;

use super::Backend;
use super::fixture::{minute, set_up};
use crate::Operation;
use crate::audit::{Query, Verb};
use crate::tokens::{Token, TokenError};

fn token(name: &str, secret: &[u8], created: i64) -> Token {
    Token {
        name: name.to_owned(),
        hash: Digest::of(secret),
        identity: Digest::of(secret),
        role: "client".to_owned(),
        campaigns: vec![],
        created_at: minute(created),
        expires_at: None,
        revoked_at: None,
    }
}

/// An operation at this minute.
fn at(minutes: i64) -> Operation {
    Operation { at: minute(minutes), ..set_up() }
}

/// By the hash of its secret.
pub async fn a_token_is_read_back(backend: &impl Backend) {
    let store = backend.open().await;
    let campaigns = ["spring", "autumn"].map(|name| name.parse().unwrap()).to_vec();
    let bounded = Token { campaigns, expires_at: Some(minute(9)), ..token("a", b"one", 0) };
    let plain = Token { identity: Digest::of(b"one"), ..token("b", b"two", 0) };
    for token in [&bounded, &plain] {
        store.create_token(&set_up(), token).await.unwrap();
        assert_eq!(store.token(&token.hash).await.unwrap().as_ref(), Some(token));
    }
    assert_eq!(store.token(&Digest::of(b"three")).await.unwrap(), None);
    assert_eq!(store.tokens().await.unwrap(), [bounded, plain]);
}

/// Once revoked, its name is free again; both are listed.
pub async fn a_name_is_for_one_token_at_a_time(backend: &impl Backend) {
    let store = backend.open().await;
    store.create_token(&set_up(), &token("a", b"one", 2)).await.unwrap();
    let taken = store.create_token(&set_up(), &token("a", b"two", 1)).await;
    assert!(matches!(taken, Err(TokenError::NameTaken)), "{taken:?}");
    assert_eq!(store.token(&Digest::of(b"two")).await.unwrap(), None);
    assert!(store.revoke_token(&at(3), "a").await.unwrap());
    store.create_token(&set_up(), &token("a", b"two", 1)).await.unwrap();
    let revoked = Token { revoked_at: Some(minute(3)), ..token("a", b"one", 2) };
    assert_eq!(store.tokens().await.unwrap(), [token("a", b"two", 1), revoked]);
}

/// The first time counts.
pub async fn revoking_is_done_once(backend: &impl Backend) {
    let store = backend.open().await;
    assert!(!store.revoke_token(&at(1), "a").await.unwrap());
    store.create_token(&set_up(), &token("a", b"one", 0)).await.unwrap();
    assert!(store.revoke_token(&at(1), "a").await.unwrap());
    assert!(!store.revoke_token(&at(2), "a").await.unwrap());
    assert_eq!(store.token(&Digest::of(b"one")).await.unwrap().unwrap().revoked_at, Some(minute(1)));
}

/// Under its name, with a description that tells nothing of its secret.
pub async fn tokens_are_recorded(backend: &impl Backend) {
    let store = backend.open().await;
    let token = token("a", b"one", 2);
    store.create_token(&set_up(), &token).await.unwrap();
    store.revoke_token(&at(3), "a").await.unwrap();
    let entries = store.audit(&Query::default(), 9).await.unwrap();
    let entries: Vec<_> =
        entries.iter().map(|entry| (entry.what, entry.subject.as_str(), entry.before, entry.after)).collect();
    let described = Some(token.description());
    assert_eq!(entries, [(Verb::RevokeToken, "a", described, None), (Verb::CreateToken, "a", None, described)]);
    let others = [
        Token { hash: Digest::of(b"two"), ..token.clone() },
        Token { role: "viewer".to_owned(), ..token.clone() },
        Token { campaigns: vec!["a".parse().unwrap()], ..token.clone() },
        Token { expires_at: Some(minute(9)), ..token.clone() },
    ];
    let same: Vec<_> = others.iter().map(|other| other.description() == token.description()).collect();
    assert_eq!(same, [true, false, false, false]);
}
