use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use clap::Args;
use tombola_domain::id::PlayerId;
use tombola_domain::list_digest::ListDigest;

use crate::exit::{Ended, UsageError};
use crate::progress;

/// Compute the digest of a file of players, as a host shows it for the list that holds them
#[derive(Debug, Args)]
pub(crate) struct Digest {
    /// File with one player's id a line
    file: PathBuf,
    /// Print JSON with size and digest
    #[arg(long)]
    json: bool,
}

impl Digest {
    pub(super) fn run(self) -> anyhow::Result<Ended> {
        let Self { file, json } = self;
        let unreadable = |error| UsageError::of(format!("{} can't be used", file.display()), error);
        let lines = File::open(&file).map_err(unreadable)?;
        let bar = progress::bytes(lines.metadata().map_err(unreadable)?.len());
        let content = digest(BufReader::new(bar.wrap_read(lines)));
        bar.finish_and_clear();
        let (size, digest) = content.map_err(unreadable)?;
        let digest = digest.digest();
        if json {
            println!("{}", serde_json::json!({"size": size, "digest": digest.to_string()}));
        } else {
            println!("{digest}");
        }
        Ok(Ended::Done)
    }
}

/// How many players there are, each counted once, and their digest.
fn digest(mut lines: impl BufRead) -> io::Result<(usize, ListDigest)> {
    let (mut players, mut digest, mut line, mut number) = (HashSet::new(), ListDigest::default(), String::new(), 0);
    while lines.read_line(&mut line)? > 0 {
        number += 1;
        let text = line.strip_suffix('\n').unwrap_or(&line);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, format!("line {number}: {error}"));
        let player: PlayerId = text.parse().map_err(invalid)?;
        let one = ListDigest::of(&player);
        if players.insert(player) {
            digest = digest + one;
        }
        line.clear();
    }
    Ok((players.len(), digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_player_counts_once() {
        let (size, one) = digest(&b"a\nb\r\na\nb"[..]).unwrap();
        assert_eq!((size, one), (2, digest(&b"b\na\n"[..]).unwrap().1));
        assert_eq!(digest(&b""[..]).unwrap(), (0, ListDigest::default()));
        assert_eq!(digest(&b"a\n\n"[..]).unwrap_err().to_string().split(':').next(), Some("line 2"));
    }
}
