//! The points of players, computed before a transaction is begun: a hundred thousand take a second, for which no draw waits.

use std::collections::HashMap;

use tombola_domain::id::PlayerId;
use tombola_domain::list_digest::ListDigest;
use tombola_store::Result;
use tombola_store::lists::ListEdit;

use crate::error::Unavailable;

/// The points of all players that an edit names.
pub(super) struct Points(HashMap<PlayerId, ListDigest>);

impl Points {
    pub(super) async fn of(edit: &ListEdit) -> Result<Self> {
        let players: Vec<PlayerId> = edit.add.iter().chain(&edit.remove).cloned().collect();
        let points = move || {
            let mut points = HashMap::with_capacity(players.len());
            for player in players {
                let point = ListDigest::of(&player);
                points.insert(player, point);
            }
            Self(points)
        };
        Ok(tokio::task::spawn_blocking(points).await.map_err(Unavailable::Task)?)
    }

    /// Of those of the edit's players.
    pub(super) fn sum(&self, players: &[String]) -> ListDigest {
        players.iter().map(|player| self.0[player.as_str()]).sum()
    }
}
