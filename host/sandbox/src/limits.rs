//! How much one store may hold. A guest that asks for more is stopped there and then, rather than told no: what it would
//! do with a refusal is a matter of its allocator, and the fault should name the cause. The fault is what is kept and counted; a
//! log line for each would be a rule's to write, one every draw.

use tracing::debug;
use wasmtime::ResourceLimiter;

use crate::settings::ClassSettings;

/// What a store may hold, as the data of that store.
#[derive(Debug)]
pub(crate) struct Limits {
    memory_bytes: usize,
    table_elements: usize,
    instances: usize,
    memories: usize,
    tables: usize,
}

/// A guest asked for more than it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Exceeded {
    /// Of linear memory.
    #[error("the rule asked for {wanted} bytes of memory; it may have {limit}")]
    Memory {
        /// Bytes.
        wanted: usize,
        /// Bytes.
        limit: usize,
    },
    /// Of one table.
    #[error("the rule asked for a table of {wanted} elements; it may have {limit}")]
    Table {
        /// Elements.
        wanted: usize,
        /// Elements.
        limit: usize,
    },
}

/// The host could not give what the guest may have.
#[derive(Debug, thiserror::Error)]
#[error("the host has no memory to give: {0}")]
pub(crate) struct HostShort(pub(crate) String);

impl Limits {
    pub(crate) fn of(class: &ClassSettings) -> Self {
        Self {
            memory_bytes: class.memory_bytes_max,
            table_elements: class.table_elements_max,
            instances: class.core_instances_max as usize,
            memories: class.memories_max as usize,
            tables: class.tables_max as usize,
        }
    }

    /// Room for the instance that reads a configured one's state.
    pub(crate) fn with_reader(mut self) -> Self {
        self.instances += 1;
        self
    }

    /// From now on, room for `bytes` more of memory.
    pub(crate) fn widen(&mut self, bytes: usize) {
        self.memory_bytes += bytes;
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, wanted: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let limit = self.memory_bytes;
        if wanted > limit {
            debug!(current, wanted, limit, "a rule asked for more memory than it may have");
            return Err(Exceeded::Memory { wanted, limit }.into());
        }
        Ok(maximum.is_none_or(|maximum| wanted <= maximum))
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(HostShort(format!("{error:#}")).into())
    }

    fn table_growing(&mut self, current: usize, wanted: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let limit = self.table_elements;
        if wanted > limit {
            debug!(current, wanted, limit, "a rule asked for a larger table than it may have");
            return Err(Exceeded::Table { wanted, limit }.into());
        }
        Ok(maximum.is_none_or(|maximum| wanted <= maximum))
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(HostShort(format!("{error:#}")).into())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}
