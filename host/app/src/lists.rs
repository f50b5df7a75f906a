//! Lists of players that operators keep.

use async_trait::async_trait;
use tombola_domain::causes::Causes;
use tombola_domain::digest::{Digest, Hasher};
use tombola_domain::id::{ListName, PlayerId};
use tombola_store::lists::{ListEdit, ListState, Staging};
use tombola_store::{Done, Operation};

use crate::intent::Intent;
use crate::{App, Error, Result};

/// Players that a list is replaced by, repetitions counted: a gigabyte of ids, which takes some minutes to stage.
pub const MEMBERS_MAX: u64 = 10_000_000;
/// Lists that are replaced at once: each keeps the disk busy.
pub(crate) const REPLACEMENTS_MAX: usize = 2;

/// A content for a list, as it comes.
#[async_trait]
pub trait Members: Send {
    /// Why there may be no more of them.
    type Error: From<Error> + Send;

    /// The next players; `None` after the last.
    async fn next(&mut self) -> Result<Option<Vec<PlayerId>>, Self::Error>;
}

/// Players who are all there.
#[async_trait]
impl Members for Option<Vec<PlayerId>> {
    type Error = Error;

    async fn next(&mut self) -> Result<Option<Vec<PlayerId>>> {
        Ok(self.take())
    }
}

impl App {
    /// Adds players to a list and removes others. A draw that begins after this returns sees it. The last player is removed
    /// only where the list may be empty.
    pub async fn edit_list(
        &self,
        intent: Intent,
        list: &ListName,
        edit: &ListEdit,
        allow_empty: bool,
    ) -> Result<Done<ListState>> {
        let parts = [digest(&edit.add), digest(&edit.remove)];
        let operation = self.list_operation(&intent, list, b"edit", &parts, allow_empty);
        Ok(self.store.edit_list(&operation, list, edit, allow_empty).await?)
    }

    /// Makes a list hold exactly these players. They are staged as they come, while draws go on; a draw that begins after this
    /// returns sees all of them, and one that began before sees none. After an error the list is as it was. Of what comes under a key
    /// that was used before nothing is staged.
    pub async fn replace_list<M: Members>(
        &self,
        intent: Intent,
        list: &ListName,
        mut members: M,
        allow_empty: bool,
    ) -> Result<Done<ListState>, M::Error> {
        let _permit = self.replacements.try_acquire().map_err(|_| Error::Busy)?;
        let is_repeated = self.is_repeated(&intent).await?;
        let mut staging = self.store.begin_staging().await.map_err(Error::from)?;
        let done = match self.stage((!is_repeated).then_some(&mut staging), &mut members).await {
            Ok(content) => {
                let operation = self.list_operation(&intent, list, b"replace", &[content], allow_empty);
                let done = self.store.replace_list(&operation, list, &staging, allow_empty && !is_repeated).await;
                done.map_err(|error| Error::from(error).into())
            }
            Err(error) => Err(error),
        };
        if !matches!(&done, Ok(Done { replayed: false, .. }))
            && let Err(error) = self.store.abandon_staging(&staging).await
        {
            tracing::warn!(error = %Causes(&error), "what was staged for a list stays until the next start");
        }
        self.sweeper.wake();
        done
    }

    /// Takes in everything, stages it where it is to be staged, and answers the digest of what came.
    async fn stage<M: Members>(&self, mut staging: Option<&mut Staging>, members: &mut M) -> Result<Digest, M::Error> {
        let (mut content, mut count) = (Hasher::default(), 0);
        while let Some(players) = members.next().await? {
            count += players.len() as u64;
            if count > MEMBERS_MAX {
                return Err(Error::ListTooLong.into());
            }
            add(&mut content, &players);
            if let Some(staging) = &mut staging {
                self.store.stage(staging, &players).await.map_err(Error::from)?;
            }
        }
        Ok(content.finish())
    }

    fn list_operation(
        &self,
        intent: &Intent,
        list: &ListName,
        verb: &[u8],
        contents: &[Digest],
        allow_empty: bool,
    ) -> Operation {
        let contents: Vec<u8> = contents.iter().flat_map(|content| *content.as_bytes()).collect();
        let parts = [b"list", list.as_str().as_bytes(), verb, &contents, &[u8::from(allow_empty)]];
        intent.operation(&parts, self.clock.now())
    }

    /// One list.
    pub async fn list(&self, list: &ListName) -> Result<ListState> {
        self.store.list(list).await?.ok_or_else(|| Error::ListUnknown(list.to_string()))
    }

    /// Lists by name, after one of them, at most `limit`.
    pub async fn lists(&self, after: Option<&ListName>, limit: u32) -> Result<Vec<(ListName, ListState)>> {
        Ok(self.store.lists(after, limit).await?)
    }
}

fn digest(players: &[PlayerId]) -> Digest {
    let mut content = Hasher::default();
    add(&mut content, players);
    content.finish()
}

/// Ids hold no line breaks, so that one parts them.
fn add(content: &mut Hasher, players: &[PlayerId]) {
    for player in players {
        content.update(player.as_str().as_bytes());
        content.update(b"\n");
    }
}
