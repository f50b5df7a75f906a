//! The engines: one that runs rules, and three that live in the compiling process.

use std::hash::{Hash, Hasher};

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OperatorCost, OptLevel, PoolingAllocationConfig, Strategy,
    WasmFeatures,
};

use crate::settings::{ClassSettings, PAGE_BYTES};

/// Bytes of the engine's own bookkeeping for one instance. Grows with the functions and globals of a module; a standard
/// rule takes a few kilobytes.
const INSTANCE_BYTES_MAX: usize = 512 << 10;

/// What a rule may be made of: WebAssembly 2.0 with extended constants, in a plain component. Whatever could differ between
/// machines (relaxed SIMD, threads) or is young (everything else) is off.
pub(crate) const fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::COMPONENT_MODEL)
        // Only a pseudo-feature of references to host objects, which a rule has no use for.
        .difference(WasmFeatures::GC_TYPES)
}

/// The engine in which rules of a class run. It loads native code and never compiles.
pub(super) fn for_pool(class: &ClassSettings) -> wasmtime::Result<Engine> {
    let mut config = code(class);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(class)));
    Engine::new(&config)
}

/// The engine that makes native code for [`for_pool`]'s.
pub(crate) fn for_code(class: &ClassSettings) -> wasmtime::Result<Engine> {
    Engine::new(&code(class))
}

/// The engine that checks a component in the compiling process, under its narrow address space: its pool has room for one
/// instance, so that what would not fit into [`for_pool`]'s does not fit here.
pub(crate) fn for_checks(class: &ClassSettings) -> wasmtime::Result<Engine> {
    let mut config = trial(class);
    let alone = ClassSettings { slots: 1, ..class.clone() };
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(&alone)));
    Engine::new(&config)
}

/// The engine that configures a component in the compiling process. Its code runs once, so it is compiled rather quickly
/// than well.
pub(crate) fn for_trials(class: &ClassSettings) -> wasmtime::Result<Engine> {
    let mut config = trial(class);
    // The faster register allocator would halve this again, but has no security support.
    config.cranelift_opt_level(OptLevel::None);
    Engine::new(&config)
}

/// What holds in the compiling process: memory is reserved as it is needed.
fn trial(class: &ClassSettings) -> Config {
    let mut config = common(class);
    config
        .memory_reservation(class.memory_bytes_max as u64)
        .memory_reservation_for_growth(PAGE_BYTES as u64)
        .memory_guard_size(PAGE_BYTES as u64)
        .memory_init_cow(false);
    config
}

/// Names everything that native code depends on: code made under another name must not be loaded.
pub(crate) fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

/// What native code of a class depends on. The same in both processes.
fn code(class: &ClassSettings) -> Config {
    let mut config = common(class);
    config.epoch_interruption(true).memory_init_cow(true).table_lazy_init(true).cranelift_opt_level(OptLevel::Speed);
    config
}

/// What holds wherever guest code runs.
fn common(class: &ClassSettings) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .wasm_features(WasmFeatures::all().difference(features()), false)
        .wasm_features(features(), true)
        .concurrency_support(false)
        .consume_fuel(true)
        .operator_cost(cost())
        // Bits of a NaN would be the one thing in which two machines could differ.
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(class.stack_bytes_max)
        .async_stack_size(class.stack_bytes_max)
        // A backtrace names functions, never files of the author's machine.
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable);
    config
}

/// What operators cost in fuel, of which a unit stands for about a nanosecond. The engine counts each as one and adds the bytes or
/// elements that are moved, if any; those that call into it take some dozens of nanoseconds also where they move nothing.
fn cost() -> OperatorCost {
    OperatorCost {
        MemoryGrow: CALL_COST,
        MemoryFill: CALL_COST,
        MemoryCopy: CALL_COST,
        MemoryInit: CALL_COST,
        DataDrop: CALL_COST,
        TableGrow: CALL_COST,
        TableFill: CALL_COST,
        TableCopy: CALL_COST,
        TableInit: CALL_COST,
        ElemDrop: CALL_COST,
        RefFunc: CALL_COST,
        ..OperatorCost::new()
    }
}

/// Fuel of an operator that calls into the engine.
const CALL_COST: u8 = 100;

fn pool(class: &ClassSettings) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(class.slots)
        .total_core_instances(class.slots * class.core_instances_max)
        .total_memories(class.slots * class.memories_max)
        .total_tables(class.slots * class.tables_max)
        .max_core_instances_per_component(class.core_instances_max)
        .max_memories_per_component(class.memories_max)
        .max_memories_per_module(class.memories_max)
        .max_tables_per_component(class.tables_max)
        .max_tables_per_module(class.tables_max)
        .max_component_instance_size(INSTANCE_BYTES_MAX)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .max_memory_size(class.memory_bytes_max)
        .table_elements(class.table_elements_max)
        .linear_memory_keep_resident(class.memory_resident_bytes)
        .table_keep_resident(class.table_elements_max * size_of::<usize>())
        .max_unused_warm_slots(class.slots * class.memories_max)
        .decommit_batch_size(1)
        // Reads former tenants' swapped-out pages as clean (an open report), and shaped guests don't need it.
        .pagemap_scan(Enabled::No);
    pool
}
