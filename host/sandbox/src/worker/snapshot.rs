//! Reading a configured instance's state, for the pre-initialiser to write into the component's image.

use std::collections::HashMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::component::{ComponentType, Lift, WasmList};
use wasmtime::{Error, Result};
use wasmtime_wizer::{ComponentContext, ComponentInstanceState, Wizer};

use super::trial::Trial;
use crate::settings::PAGE_BYTES;

/// Fuel for one reading, which is a handful of instructions.
const READING_FUEL: u64 = 10_000;

/// The component `context` with the state that `trial` is in, of at most `memory_bytes_max` a memory.
pub(super) fn snapshot(
    wizer: &Wizer,
    context: &ComponentContext<'_>,
    mut trial: Trial,
    memory_bytes_max: usize,
) -> Result<Vec<u8>> {
    trial.store.set_hostcall_fuel(memory_bytes_max);
    let mut reader = Reader { trial, memories: HashMap::new(), failed: None };
    let baked = ready(wizer.snapshot_component(context, &mut reader))?;
    match reader.failed {
        Some(error) => Err(error),
        None => Ok(baked),
    }
}

/// The pre-initialiser takes no errors from here. The first one is kept, zeros are read from then on, and the result is
/// thrown away.
struct Reader {
    trial: Trial,
    /// Each memory as it was first read. A reading grows it by a page to put its answer there, so a second one would not
    /// see the same.
    memories: HashMap<String, Vec<u8>>,
    failed: Option<Error>,
}

impl Reader {
    fn read<R, V: Default>(&mut self, interface: &str, function: &str, value: impl FnOnce(&Trial, R) -> V) -> V
    where
        R: Lift + ComponentType + Send + Sync + 'static,
    {
        let read = self
            .trial
            .store
            .set_fuel(READING_FUEL)
            .and_then(|()| self.trial.read::<R>(interface, function))
            .map(|read| value(&self.trial, read));
        read.unwrap_or_else(|error| {
            self.failed.get_or_insert(error);
            V::default()
        })
    }
}

impl ComponentInstanceState for Reader {
    async fn call_func_ret_list_u8(&mut self, interface: &str, function: &str, contents: impl FnOnce(&[u8]) + Send) {
        if !self.memories.contains_key(function) {
            self.trial.store.data_mut().widen(PAGE_BYTES);
            let bytes = |trial: &Trial, list: WasmList<u8>| list.as_le_slice(&trial.store).to_vec();
            let memory = self.read(interface, function, bytes);
            self.memories.insert(function.to_owned(), memory);
        }
        contents(&self.memories[function]);
    }

    async fn call_func_ret_s32(&mut self, interface: &str, function: &str) -> i32 {
        self.read(interface, function, |_, value| value)
    }

    async fn call_func_ret_s64(&mut self, interface: &str, function: &str) -> i64 {
        self.read(interface, function, |_, value| value)
    }

    async fn call_func_ret_f32(&mut self, interface: &str, function: &str) -> u32 {
        self.read(interface, function, |_, value: f32| value.to_bits())
    }

    async fn call_func_ret_f64(&mut self, interface: &str, function: &str) -> u64 {
        self.read(interface, function, |_, value: f64| value.to_bits())
    }
}

/// Runs a future that never waits: every call in it is synchronous.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing in a snapshot waits"),
    }
}
