use std::time::Duration;

use super::ClientError;

/// How long a host may take to accept a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// How long a call may take: longer than a host gives itself, so that its own answer comes first.
const DEADLINE: Duration = Duration::from_secs(90);

/// An address without a slash at its end, if it is one that can be called.
pub(super) fn root(url: &str) -> Result<String, ClientError> {
    let url = url.trim_end_matches('/').to_owned();
    if url.starts_with("http://") { Ok(url) } else { Err(ClientError::Address(url)) }
}

/// What calls the host there.
pub(super) fn connecting(url: &str) -> Result<reqwest::blocking::Client, ClientError> {
    reqwest::blocking::Client::builder()
        .connect_timeout(CONNECT_DEADLINE)
        .timeout(DEADLINE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("tombola/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|source| ClientError::Unreachable { url: url.to_owned(), source })
}
