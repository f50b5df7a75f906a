//! What hosts have let in. Each key is a hash, of which a field is what one host let in in one slot.

use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;
use redis::cluster_routing::Slot;
use tombola_app::admission::{Heard, NotShared, SharedLimits};
use tombola_domain::switch::Limited;
use tombola_protection::Admitted;

use crate::hot::{CallError, Hot};

/// For how many windows what nobody asks for any more is kept: what counts is in the latest one and an eighth.
const WINDOWS_KEPT: u64 = 2;

/// Its keys are those of one tag. After the host come, for each key, how long it is kept, the oldest slot that counts, and how many slots
/// follow, each with its count. What is told is set rather than added, so that the script may run twice.
static EXCHANGE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local host, at, heard = ARGV[1], 2, {}
        for number, key in ipairs(KEYS) do
            local kept_ms, oldest, slots = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
            at = at + 3
            for _ = 1, slots do
                redis.call('HSET', key, ARGV[at] .. '/' .. host, ARGV[at + 1])
                at = at + 2
            end
            local others = {}
            local fields = redis.call('HGETALL', key)
            for place = 1, #fields, 2 do
                local slot, whose = string.match(fields[place], '^(%d+)/(.*)$')
                if tonumber(slot) < oldest then
                    redis.call('HDEL', key, fields[place])
                elseif whose ~= host then
                    others[#others + 1] = slot
                    others[#others + 1] = fields[place + 1]
                end
            end
            redis.call('PEXPIRE', key, kept_ms)
            heard[number] = others
        end
        return heard",
    )
});

#[async_trait]
impl SharedLimits for Hot {
    async fn exchange(&self, limited: Limited, admitted: &[Admitted]) -> Result<Vec<Heard>, NotShared> {
        let mut script = EXCHANGE.prepare_invoke();
        let tag = format!("tombola:{}:{}", self.namespace, limited.as_str());
        script.arg(self.host);
        for Admitted { key, window_ms, slot, requests } in admitted {
            // One tag, so that they are all in one slot of a cluster.
            let name = format!("{{{tag}}}:{window_ms}:{key:016x}");
            debug_assert_eq!(Slot::for_key(&name), Slot::for_key(&tag), "{name} is in another slot of a cluster");
            script.key(name);
            script
                .arg(u64::from(*window_ms) * WINDOWS_KEPT)
                .arg(slot.saturating_sub(Admitted::SLOTS))
                .arg(requests.len());
            for (slot, requests) in requests {
                script.arg(*slot).arg(*requests);
            }
        }
        let heard: Result<Vec<Heard>, _> = self.call(async |connection| script.invoke_async(connection).await).await;
        heard.map_err(|error| match error {
            CallError::Resting => NotShared::Resting,
            error => NotShared::Failed(Box::new(error)),
        })
    }
}
