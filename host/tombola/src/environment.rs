//! Every environment variable that the program reads. Flags come before them; `--help` shows each beside its flag, and the
//! page on operating a host lists all of them.

/// A TOML file with the settings of `serve`.
pub const CONFIG: &str = "TOMBOLA_CONFIG";
/// The folder of everything that a host keeps.
pub const DATA: &str = "TOMBOLA_DATA";
/// The database file, where it stands outside of that folder.
pub const DATABASE: &str = "TOMBOLA_DATABASE";
/// The file of the host's key, where it stands outside of that folder.
pub const HOST_KEY_FILE: &str = "TOMBOLA_HOST_KEY_FILE";
/// How many requests are let in in one campaign.
pub const CAMPAIGN_RATE: &str = "TOMBOLA_CAMPAIGN_RATE";
/// The destinations of webhooks that may be called without TLS, with commas between them.
pub const HTTP_DESTINATIONS: &str = "TOMBOLA_HTTP_DESTINATIONS";
/// The networks that are not public and to which webhooks may be sent, with commas between them.
pub const PRIVATE_NETWORKS: &str = "TOMBOLA_PRIVATE_NETWORKS";
/// How long a commit may be waited for before fewer requests are let in, in milliseconds.
pub const LATENCY_MS: &str = "TOMBOLA_LATENCY_MS";
/// The socket on which a supervisor wants to hear when a host answers and when it ends; systemd sets it.
pub const NOTIFY_SOCKET: &str = "NOTIFY_SOCKET";
/// For how many days after their campaign has closed receipts are kept.
pub const PAYLOADS_DAYS: &str = "TOMBOLA_PAYLOADS_DAYS";
/// How many requests are let in for one player.
pub const PLAYER_RATE: &str = "TOMBOLA_PLAYER_RATE";
/// How many requests are let in with one token.
pub const TOKEN_RATE: &str = "TOMBOLA_TOKEN_RATE";
/// The Redis by which hosts share what they have let in; the nodes of a cluster with commas between them.
pub const REDIS: &str = "TOMBOLA_REDIS";
/// The address and port that `serve` listens on.
pub const LISTEN: &str = "TOMBOLA_LISTEN";
/// Which log lines are written.
pub const LOG: &str = "TOMBOLA_LOG";
/// How log lines are written.
pub const LOG_FORMAT: &str = "TOMBOLA_LOG_FORMAT";
/// The bearer token that operators' commands show.
pub const TOKEN: &str = "TOMBOLA_TOKEN";
/// The address of the host that operators' commands call.
pub const URL: &str = "TOMBOLA_URL";
