//! Uploads made by chance: modules, components and rules out of nothing, and changes of real rules and of the corpus. None
//! may do more than be refused or become a rule, which then may do no more than answer or fail.
//!
//! Chance is seeded, so that what is found once is found again.

use arbitrary::{Arbitrary, Unstructured};
use tombola_domain::fact::Value;
use tombola_engine::decide::EVALUATION_FUEL_MAX;
use tombola_engine::rule::{AdmitError, Fuel, Kind, PrepareError, RuleFactory};
use tombola_guests::{alone, component_of, core_module, corpus};
use tombola_sandbox::{Sandbox, check_form};
use tombola_standard_rules::standard;
use wasm_mutate::WasmMutate;

use crate::bed::{class, prepare, sandbox};
use crate::chance::Chance;

/// Bytes from which a module is made.
const DNA_BYTES: usize = 2048;
/// Changes of one original, one upon the other.
const MUTATIONS: u64 = 6;

/// Uploads of each kind.
struct Counts {
    /// That are looked at without being compiled.
    looked_at: u64,
    /// That go all the way.
    uploaded: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_made_by_chance_do_no_harm() {
    run(&Counts { looked_at: 1_000, uploaded: 20 }, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: `make soak`"]
async fn soak_uploads_made_by_chance_do_no_harm() {
    run(&Counts { looked_at: 100_000, uploaded: 2_000 }, 1 << 32).await;
}

/// Makes an upload; not every number makes one.
type Maker<'a> = dyn Fn(&mut Chance) -> Option<Vec<u8>> + 'a;

async fn run(counts: &Counts, from: u64) {
    let sandbox = sandbox();
    let originals = originals();
    let makers: [&Maker<'_>; 5] = [
        &|chance| module(chance).map(|module| alone(&module)),
        &component,
        &rule,
        &|chance| Some(mutated(chance.among::<Vec<u8>>(&originals), chance)),
        &|chance| Some(garbled(chance.among::<Vec<u8>>(&originals), chance)),
    ];
    let mut rules = 0;
    for (kind, make) in makers.iter().enumerate() {
        let uploads = |count| {
            (from..from + count).filter_map(move |number| Some((number, make(&mut Chance::of(kind as u64, number))?)))
        };
        for (number, upload) in uploads(counts.looked_at) {
            let looked = check_form(&upload, &class());
            assert!(!matches!(looked, Err(AdmitError::Unavailable(_))), "{kind} {number}: {looked:?}");
        }
        for (number, upload) in uploads(counts.uploaded) {
            let done = go_all_the_way(&sandbox, &upload).await;
            rules += u64::from(done.unwrap_or_else(|error| panic!("{kind} {number}: {error}")));
        }
    }
    assert!(rules >= counts.uploaded / 4, "some of them are rules, or little was tried: {rules}");
}

/// Uploads, prepares and evaluates; says whether it came to be a rule. What the host can't do is an error.
async fn go_all_the_way(sandbox: &Sandbox, component: &[u8]) -> Result<bool, String> {
    match sandbox.admit(component).await {
        Ok(manifest) => assert!(!manifest.kinds.is_empty()),
        Err(AdmitError::Unavailable(error)) => return Err(error.to_string()),
        Err(_) => return Ok(false),
    }
    let mut is_rule = false;
    for kind in [Kind::Guard, Kind::Branch, Kind::Rebate] {
        let rule = match prepare(sandbox, component, kind).await {
            Ok(rule) => rule,
            Err(PrepareError::Unavailable(error)) => return Err(error.to_string()),
            Err(_) => continue,
        };
        is_rule = true;
        let facts = vec![Value::Integer(7); rule.needs().facts.len()];
        let first = rule.evaluate(&facts, Fuel::All(EVALUATION_FUEL_MAX)).map_err(|error| error.to_string())?;
        let again = rule.evaluate(&facts, Fuel::All(EVALUATION_FUEL_MAX)).map_err(|error| error.to_string())?;
        assert_eq!(first, again);
        assert!(first.fuel <= EVALUATION_FUEL_MAX);
    }
    Ok(is_rule)
}

/// The standard rules, and those of the corpus that are not made to be as large as can be.
fn originals() -> Vec<Vec<u8>> {
    let standard = standard().iter().map(|rule| rule.component.to_vec());
    let hostile = corpus().into_values().map(|guest| guest.component).filter(|component| component.len() < 16 << 10);
    standard.chain(hostile).collect()
}

fn module(chance: &mut Chance) -> Option<Vec<u8>> {
    let dna = chance.bytes(DNA_BYTES);
    let mut dna = Unstructured::new(&dna);
    let config = wasm_smith::Config::arbitrary(&mut dna).ok()?;
    wasm_smith::Module::new(config, &mut dna).ok().map(|module| module.to_bytes())
}

fn component(chance: &mut Chance) -> Option<Vec<u8>> {
    let dna = chance.bytes(DNA_BYTES);
    let mut dna = Unstructured::new(&dna);
    let config = wasm_smith::Config::arbitrary(&mut dna).ok()?;
    wasm_smith::Component::new(config, &mut dna).ok().map(|component| component.to_bytes())
}

/// A module with the exports of a rule and functions by chance.
fn rule(chance: &mut Chance) -> Option<Vec<u8>> {
    let dna = chance.bytes(DNA_BYTES);
    let config = wasm_smith::Config {
        exports: Some(core_module("by-chance", "")),
        max_imports: 0,
        max_memories: 1,
        max_tables: 2,
        gc_enabled: false,
        exceptions_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        ..wasm_smith::Config::default()
    };
    let module = wasm_smith::Module::new(config, &mut Unstructured::new(&dna)).ok()?;
    component_of(module.to_bytes()).ok()
}

/// A component whose core modules were changed, one change upon the other; in every second case so that they should mean the
/// same as before.
fn mutated(component: &[u8], chance: &mut Chance) -> Vec<u8> {
    let keeps_meaning = chance.below(2) == 0;
    let mut mutate = |module: &[u8]| {
        let mut module = module.to_vec();
        for _ in 0..=chance.below(MUTATIONS) {
            let mut mutator = WasmMutate::default();
            mutator.seed(chance.next()).preserve_semantics(keeps_meaning).fuel(100);
            let next = mutator.run(&module).ok().and_then(|mut all| all.next()).and_then(Result::ok);
            module = next.unwrap_or(module);
        }
        module
    };
    replaced(component, &mut mutate).unwrap_or_else(|| component.to_vec())
}

/// A component with other core modules. `None` where it is none.
fn replaced(component: &[u8], replace: &mut impl FnMut(&[u8]) -> Vec<u8>) -> Option<Vec<u8>> {
    const CORE_MODULE: u8 = 1;
    let (preamble, mut rest) = component.split_at_checked(8)?;
    let mut whole = preamble.to_vec();
    while let Some((id, after)) = rest.split_first() {
        let (length, after) = leb128(after)?;
        let (content, after) = after.split_at_checked(length)?;
        if *id == CORE_MODULE {
            whole.extend(&alone(&replace(content))[8..]);
        } else {
            whole.extend(&rest[..rest.len() - after.len()]);
        }
        rest = after;
    }
    Some(whole)
}

fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)?;
    let (number, rest) = bytes.split_at(end + 1);
    Some((number.iter().rev().fold(0, |sum, byte| (sum << 7) | usize::from(byte & 0x7f)), rest))
}

/// A component with some bytes changed, left out, or put in twice.
fn garbled(component: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = component.to_vec();
    for _ in 0..=chance.below(8) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = chance.index(bytes.len());
        let end = at + chance.index((bytes.len() - at).min(16));
        match chance.below(4) {
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at] = *chance.among(&[0, 1, 0x7f, 0x80, 0xff]),
            2 => drop(bytes.drain(at..end)),
            _ => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}
