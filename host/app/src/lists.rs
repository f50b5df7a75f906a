//! Lists of players that operators keep.

use tombola_domain::digest::Digest;
use tombola_domain::id::{IdempotencyKey, ListName, PlayerId};
use tombola_store::lists::{ListChange, ListState};
use tombola_store::{Done, Operation};

use crate::{App, Error, Result};

impl App {
    /// Changes a list. A draw that begins after this returns sees it. Replacing it by nothing must be said twice.
    pub async fn change_list(
        &self,
        actor: &str,
        key: IdempotencyKey,
        list: &ListName,
        change: &ListChange,
        allow_empty: bool,
    ) -> Result<Done<ListState>> {
        if matches!(change, ListChange::Replace(players) if players.is_empty()) && !allow_empty {
            return Err(Error::ListEmptied);
        }
        let request = digest(list, change);
        let operation = Operation { actor: actor.to_owned(), key: Some(key), request, at: self.clock.now() };
        Ok(self.store.change_list(&operation, list, change).await?)
    }

    /// Lists by name, after one of them, at most `limit`.
    pub async fn lists(&self, after: Option<&ListName>, limit: u32) -> Result<Vec<(ListName, ListState)>> {
        Ok(self.store.lists(after, limit).await?)
    }
}

fn digest(list: &ListName, change: &ListChange) -> Digest {
    let joined = |players: &[PlayerId]| -> Vec<u8> {
        // Ids hold no control characters, so that a line break parts them.
        players.iter().flat_map(|player| player.as_str().bytes().chain([b'\n'])).collect()
    };
    let (verb, one, other) = match change {
        ListChange::Edit { add, remove } => ("edit", joined(add), joined(remove)),
        ListChange::Replace(players) => ("replace", joined(players), Vec::new()),
    };
    let parts = [b"list", list.as_str().as_bytes(), verb.as_bytes(), &one, &other];
    Digest::tagged("tombola/operation/v1", &parts)
}
