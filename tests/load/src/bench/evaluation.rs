//! One evaluation in a fresh sandbox, beside what it could cost at least.

use std::ffi::OsString;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use hdrhistogram::Histogram;
use serde_json::{Value as Json, json};
use tombola_campaign_tests::Library;
use tombola_domain::digest::Digest;
use tombola_domain::fact::{FactType, Value};
use tombola_engine::rule::{Fuel, Kind, Rule, RuleFactory};
use tombola_sandbox::{ClassSettings, Sandbox, Settings, WorkerSettings};
use tombola_standard_rules::standard;

use super::Setting;
use crate::process::page_faults;
use crate::table::{Row, Table, to_float};

/// Evaluations in one go, of each subject in turn.
const CHUNK: u64 = 2_000;
/// How often each subject has its turn; the first is not counted.
const TURNS: u64 = 51;
const FUEL: Fuel = Fuel::All(10_000_000);

/// Something that is evaluated again and again.
struct Subject {
    name: String,
    rule: Arc<dyn Rule>,
    facts: Vec<Value>,
    nanos: Histogram<u64>,
    faults: u64,
}

pub(super) async fn evaluations(setting: &Setting) -> anyhow::Result<Table> {
    let (sandbox, native) = (sandbox(setting)?, Library::native());
    let empty = empty().context("making an empty component")?;
    let empty = sandbox.prepare(Digest::of(&empty), &empty, Kind::Guard, &json!({})).await?;
    let mut subjects = vec![Subject::new("an empty component", empty)];
    let tiers = json!({"fact": "player.draws.total", "tiers": [{"from": 60, "pool": "better"}]});
    let channel = json!({"attribute": "channel", "op": "equals", "value": "app", "pool": "better"});
    for (rule, of, config) in [("weight-tier", "an integer", &tiers), ("attribute-match", "a text", &channel)] {
        subjects.push(Subject::new(format!("{rule}, of {of}"), prepare(&sandbox, rule, config).await?));
        let native = native.prepare(rule, Kind::Guard, config).await?;
        subjects.push(Subject::new(format!("{rule}, native"), native));
    }
    for turn in 0..TURNS {
        for subject in &mut subjects {
            subject.take_turn(turn > 0)?;
        }
    }
    let mut table = Table::new("What does one evaluation cost in a fresh sandbox?");
    for subject in &subjects {
        table.add(subject.row(&subjects[0]));
    }
    Ok(table)
}

/// A sandbox as a host has it, without a cache.
pub(super) fn sandbox(setting: &Setting) -> anyhow::Result<Sandbox> {
    let worker = WorkerSettings::new(setting.program.clone(), vec![OsString::from("compile-worker")]);
    Sandbox::new(Settings { class: ClassSettings::FAST, worker, cache: None }).context("setting up the sandbox")
}

/// A standard rule in the sandbox.
pub(super) async fn prepare(sandbox: &Sandbox, rule: &str, config: &Json) -> anyhow::Result<Arc<dyn Rule>> {
    let component = standard().iter().find(|standard| standard.name == rule);
    let component = component.ok_or_else(|| anyhow!("there is no standard rule {rule}"))?.component;
    Ok(sandbox.prepare(Digest::of(component), component, Kind::Guard, config).await?)
}

/// The plainest facts that a rule asks for.
pub(super) fn facts(rule: &dyn Rule) -> Vec<Value> {
    let plain = |expected| match expected {
        FactType::Boolean => Value::Boolean(true),
        FactType::Integer => Value::Integer(61),
        FactType::Integers => Value::Integers(vec![1, 2, 3]),
        FactType::Text => Value::Text("web".to_owned()),
        FactType::Texts => Value::Texts(vec!["web".to_owned()]),
    };
    rule.needs().facts.iter().map(|need| plain(need.expected)).collect()
}

/// Evaluates once; the time it took.
pub(super) fn timed(rule: &dyn Rule, facts: &[Value]) -> anyhow::Result<Duration> {
    let began = Instant::now();
    black_box(rule.evaluate(black_box(facts), FUEL)?.decision)?;
    Ok(began.elapsed())
}

/// Nanoseconds of evaluations; beyond a second they count as a second.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(1_000_000_000, 3).expect("the bounds are a histogram's")
}

/// Percentiles, in microseconds.
pub(super) fn percentiles(row: Row, nanos: &Histogram<u64>) -> Row {
    let at = |quantile| to_float(nanos.value_at_quantile(quantile)) / 1e3;
    row.cell("p5", at(0.05), "µs").cell("p50", at(0.5), "µs").cell("p99", at(0.99), "µs")
}

impl Subject {
    fn new(name: impl Into<String>, rule: Arc<dyn Rule>) -> Self {
        let facts = facts(&*rule);
        Self { name: name.into(), rule, facts, nanos: histogram(), faults: 0 }
    }

    fn take_turn(&mut self, is_counted: bool) -> anyhow::Result<()> {
        let before = page_faults()?;
        for _ in 0..CHUNK {
            let time = timed(&*self.rule, &self.facts)?;
            if is_counted {
                self.nanos.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
            }
        }
        if is_counted {
            self.faults += page_faults()? - before;
        }
        Ok(())
    }

    fn row(&self, empty: &Self) -> Row {
        let row = percentiles(Row::new(&self.name), &self.nanos);
        let median = |nanos: &Histogram<u64>| to_float(nanos.value_at_quantile(0.5));
        let row = row.cell("", median(&self.nanos) / median(&empty.nanos), "× empty");
        row.cell("", to_float(self.faults * 1_000) / to_float(self.nanos.len()), "page faults/1000 calls")
    }
}

/// A guard that asks for nothing and answers a constant.
fn empty() -> anyhow::Result<Vec<u8>> {
    use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
        (func (export "tombola:rule/describe@1.0.0#describe") (result i32) (i32.const 64))
        (func (export "tombola:rule/guard@1.0.0#configure") (param i32 i32) (result i32) (i32.const 64))
        (func (export "tombola:rule/guard@1.0.0#decide") (param i32 i32) (result i32) (i32.const 64)))"#;
    let mut module = wat::parse_str(text)?;
    let mut resolve = wit_parser::Resolve::default();
    let contract = include_str!("../../../../wit/rule.wit");
    let package = resolve.push_str("rule.wit", contract).map_err(|error| anyhow!("the contract: {error:?}"))?;
    let world = resolve.select_world(&[package], Some("guard-rule")).map_err(|error| anyhow!("{error:?}"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| anyhow!("the world: {error:?}"))?;
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).map_err(|error| anyhow!("the module: {error:?}"))?;
    encoder.encode().map_err(|error| anyhow!("the component: {error:?}"))
}
