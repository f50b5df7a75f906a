//! What does one evaluation cost in a fresh sandbox, and how much of that is the rule's own?
//!
//! ```text
//! cargo run --release -p tombola-sandbox --example evaluate -- COMPONENT [CONFIG]
//! ```
//!
//! The component is a guard, the config a JSON text. Every fact that it asks for is given as an integer, or as the plainest
//! value of its type. The same is measured for an empty guard, which does nothing but answer: its cost is that of the sandbox.
//! Ratios are firmer than times, and both are those of an otherwise idle machine. Build the compiling process beside it first:
//! `cargo build --release -p tombola-sandbox`.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tombola_domain::digest::Digest;
use tombola_domain::fact::{FactType, Value};
use tombola_engine::rule::{Kind, Rule, RuleFactory};
use tombola_sandbox::{ClassSettings, Sandbox, Settings, WorkerSettings};

/// Evaluations that are measured, after as many that aren't.
const EVALUATIONS: usize = 100_000;
const FUEL: u64 = 10_000_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let component = fs::read(args.next().ok_or("give the path of a component")?)?;
    let config = args.next().unwrap_or_else(|| "{}".to_owned());
    let config = serde_json::from_str(&config)?;
    let worker = WorkerSettings::new(worker()?, Vec::new());
    let sandbox = Sandbox::new(Settings { class: ClassSettings::FAST, worker, cache: None })?;

    let began = Instant::now();
    let manifest = sandbox.admit(&component).await?;
    println!("admit {}@{}: {:?}", manifest.name, manifest.version, began.elapsed());
    let began = Instant::now();
    let rule = sandbox.prepare(Digest::of(&component), &component, Kind::Guard, &config).await?;
    println!("prepare: {:?}", began.elapsed());

    let empty = empty();
    let empty = sandbox.prepare(Digest::of(&empty), &empty, Kind::Guard, &config).await?;
    let floor = measure("empty guard", &empty)?;
    let whole = measure("this guard", &rule)?;
    println!("this guard takes {:.2} times the empty one's time (at p50)", whole.as_secs_f64() / floor.as_secs_f64());
    Ok(())
}

/// The compiling process: beside the folder of examples.
fn worker() -> Result<PathBuf, Box<dyn Error>> {
    let example = std::env::current_exe()?;
    let folder = example.parent().and_then(|folder| folder.parent()).ok_or("an example stands in a folder")?;
    Ok(folder.join("sandbox-worker"))
}

/// Prints percentiles and what the kernel had to do meanwhile, and gives the median back.
fn measure(name: &str, rule: &Arc<dyn Rule>) -> Result<Duration, Box<dyn Error>> {
    let facts: Vec<Value> = rule.needs().facts.iter().map(|need| plain(need.expected)).collect();
    let mut times = vec![Duration::ZERO; EVALUATIONS];
    let mut faults_before = 0;
    for round in 0..2 {
        faults_before = page_faults()?;
        for time in &mut times {
            let began = Instant::now();
            black_box(rule.evaluate(black_box(&facts), FUEL)?);
            *time = began.elapsed();
        }
        black_box(round);
    }
    let faults = page_faults()? - faults_before;
    times.sort_unstable();
    let at = |percent: usize| times[EVALUATIONS * percent / 100];
    println!(
        "{name}: p5 {:?}, p50 {:?}, p99 {:?}; {faults} page faults in {EVALUATIONS} evaluations",
        at(5),
        at(50),
        at(99)
    );
    Ok(at(50))
}

fn plain(expected: FactType) -> Value {
    match expected {
        FactType::Boolean => Value::Boolean(true),
        FactType::Integer => Value::Integer(61),
        FactType::Integers => Value::Integers(vec![1, 2, 3]),
        FactType::Text => Value::Text("text".to_owned()),
        FactType::Texts => Value::Texts(vec!["text".to_owned()]),
    }
}

/// Page faults of this thread that were met without reading from a disk.
fn page_faults() -> Result<u64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/thread-self/stat")?;
    // After the name in brackets, which may hold spaces, this is the eighth field.
    let field = stat.rsplit(')').next().and_then(|fields| fields.split_whitespace().nth(7));
    Ok(field.ok_or("a thread's statistics have this field")?.parse()?)
}

/// A guard that asks for nothing and answers a constant.
fn empty() -> Vec<u8> {
    use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
        (func (export "tombola:rule/describe@0.1.0#describe") (result i32) (i32.const 64))
        (func (export "tombola:rule/guard@0.1.0#configure") (param i32 i32) (result i32) (i32.const 64))
        (func (export "tombola:rule/guard@0.1.0#decide") (param i32 i32) (result i32) (i32.const 64)))"#;
    let mut module = wat::parse_str(text).expect("the text is right");
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("rule.wit", include_str!("../../../wit/rule.wit")).expect("the contract is right");
    let world = resolve.select_world(&[package], Some("guard-rule")).expect("the contract has this world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the world is encodable");
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).expect("the module has its metadata");
    encoder.encode().expect("the module has every export of its world")
}
