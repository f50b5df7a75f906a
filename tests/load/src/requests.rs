//! The bytes of requests.

/// Makes the requests of a load, each from its number.
pub trait Requests: Send + Sync {
    /// Appends the bytes of request `number`.
    fn write(&self, number: u64, out: &mut Vec<u8>);
}

/// A call with everything that a host asks for.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// `GET`, `POST`, `PUT`.
    pub method: &'a str,
    /// The path, with its query.
    pub path: &'a str,
    /// The secret of a token.
    pub token: &'a str,
    /// The idempotency key; none where it is empty.
    pub key: &'a str,
    /// The type of the body.
    pub media_type: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl Call<'_> {
    /// Appends its bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Self { method, path, token, key, media_type, body } = *self;
        // One after the other rather than formatted: the driver shares its cores with what it measures.
        for part in [method, " ", path, " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ", token] {
            out.extend_from_slice(part.as_bytes());
        }
        if !key.is_empty() {
            out.extend_from_slice(b"\r\nIdempotency-Key: ");
            out.extend_from_slice(key.as_bytes());
        }
        out.extend_from_slice(b"\r\nContent-Type: ");
        out.extend_from_slice(media_type.as_bytes());
        out.extend_from_slice(b"\r\nContent-Length: ");
        out.extend_from_slice(body.len().to_string().as_bytes());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(body);
    }
}

/// Draws of many players, each under a new key.
#[derive(Debug, Clone)]
pub struct Draws {
    path: String,
    token: String,
    run: String,
    players: u64,
}

impl Draws {
    /// Draws in `campaign` by the holder of `token`, of `players` players. `run` is part of every key: two loads of one run draw
    /// once.
    ///
    /// # Panics
    /// If there are no players.
    pub fn new(campaign: &str, token: &str, run: &str, players: u64) -> Self {
        assert!(players > 0, "draws are somebody's");
        let path = format!("/v1/campaigns/{campaign}/draws");
        Self { path, token: token.to_owned(), run: run.to_owned(), players }
    }
}

impl Requests for Draws {
    fn write(&self, number: u64, out: &mut Vec<u8>) {
        // Players come in an order that jumps, so that pages are touched as real players do.
        let player = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % self.players;
        let key = format!("{}-{number}", self.run);
        let body = format!(r#"{{"player":"player-{player}"}}"#);
        let call = Call {
            method: "POST",
            path: &self.path,
            token: &self.token,
            key: &key,
            media_type: "application/json",
            body: body.as_bytes(),
        };
        call.write(out);
    }
}

/// Draws of several kinds, one after the other.
#[derive(Debug, Clone)]
pub struct InTurn(Vec<Draws>);

impl InTurn {
    /// # Panics
    /// If there are none.
    pub fn new(kinds: Vec<Draws>) -> Self {
        assert!(!kinds.is_empty(), "draws are of some kind");
        Self(kinds)
    }
}

impl Requests for InTurn {
    fn write(&self, number: u64, out: &mut Vec<u8>) {
        let kinds = self.0.len() as u64;
        let kind = usize::try_from(number % kinds).expect("below their number");
        self.0[kind].write(number, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_a_whole_request() {
        let mut bytes = Vec::new();
        Draws::new("spring", "secret", "run", 1).write(7, &mut bytes);
        let expected = "POST /v1/campaigns/spring/draws HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n\
             Idempotency-Key: run-7\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{\"player\":\"player-0\"}";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
}
