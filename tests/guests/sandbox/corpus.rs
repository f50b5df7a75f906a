//! The whole corpus, one guest after the other, from upload to draw: each comes to what is expected of it, and whatever
//! stands beside it in the campaign runs as if it were alone.

use std::sync::Arc;

use tokio::task::JoinSet;
use tombola_domain::fact::Value;
use tombola_engine::decide::{EVALUATION_FUEL_MAX, GUARD_FAULT, Plan};
use tombola_engine::rule::{AdmitError, FaultKind, Fuel, Kind, PrepareError, Rule, RuleFactory};
use tombola_guests::{Comes, EXPECTED, Hostile, Reason, corpus, hostile};
use tombola_sandbox::{Sandbox, check_form};
use tombola_standard_rules::standard;

use crate::bed::{class, prepare, sandbox};
use crate::draw::{Placed, campaign, draw, honest};

/// What a custom section begins with.
const CUSTOM_SECTION: u8 = 0;

/// What came of a guest, with the whole text that an operator was told.
#[derive(Debug)]
pub(crate) enum Came {
    Refused(Reason, String),
    Unconfigured(FaultKind, String),
    Unpublished(String),
    Fault(FaultKind, String),
    Answer(String),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_guest_comes_to_what_it_must() {
    let sandbox = sandbox();
    let honest = honest(&sandbox).await;
    let mut guests = corpus();
    let mut tasks = JoinSet::new();
    for (name, comes) in EXPECTED {
        let guest = guests.remove(*name).unwrap();
        let (sandbox, honest) = (Arc::clone(&sandbox), Arc::clone(&honest));
        tasks.spawn(async move { difference(name, &come(&sandbox, &honest, &guest).await, *comes) });
    }
    let mut wrong: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    wrong.sort();
    assert!(wrong.is_empty(), "{} guests:\n{}", wrong.len(), wrong.join("\n"));
}

/// With no imports, what a guest keeps to itself is all that could make it answer differently the next time; it finds nothing
/// of it again, in this host or in another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guest_counts_it_counts_in_vain() {
    let (one, other) = (sandbox(), sandbox());
    for name in ["counts-its-runs", "counts-its-starts"] {
        let component = hostile(name).component;
        let here = prepare(&one, &component, Kind::Guard).await.unwrap();
        let there = prepare(&other, &component, Kind::Guard).await.unwrap();
        assert_eq!((here.needs(), here.needs().outcomes.len()), (there.needs(), 4), "{name}");
        let first = here.evaluate(&[Value::Integer(7)], Fuel::All(EVALUATION_FUEL_MAX)).unwrap();
        for rule in [&here, &there] {
            for _ in 0..500 {
                assert_eq!(
                    rule.evaluate(&[Value::Integer(7)], Fuel::All(EVALUATION_FUEL_MAX)).unwrap(),
                    first,
                    "{name}"
                );
            }
        }
    }
}

/// A real component that ends too early, wherever it ends: in process at every place, and as an upload at some.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_beginning_of_a_rule_is_a_rule() {
    let sandbox = sandbox();
    let component = standard()[0].component;
    for length in 0..component.len() {
        match check_form(&component[..length], &class()) {
            Err(error) => assert!(is_no_rule(&error), "{length}: {error:?}"),
            // Last come the sections that mean nothing: their schema, and who made it.
            Ok(()) => assert_eq!(component[length], CUSTOM_SECTION, "{length}"),
        }
    }
    for length in (0..component.len() / 2).step_by(component.len() / 40) {
        let error = sandbox.admit(&component[..length]).await.unwrap_err();
        assert!(is_no_rule(&error), "{length}: {error:?}");
    }
}

fn is_no_rule(error: &AdmitError) -> bool {
    matches!(error, AdmitError::Invalid(_) | AdmitError::World(_))
}

pub(crate) fn difference(name: &str, came: &Result<Came, String>, comes: Comes) -> Option<String> {
    let is_expected = match (came, comes) {
        (Ok(Came::Refused(found, text)), Comes::Refused(reason, part)) => *found == reason && text.contains(part),
        (Ok(Came::Unconfigured(found, text)), Comes::Unconfigured(kind, part))
        | (Ok(Came::Fault(found, text)), Comes::Fault(kind, part)) => *found == kind && text.contains(part),
        (Ok(Came::Unpublished(text)), Comes::Unpublished(part)) => text.contains(part),
        (Ok(Came::Answer(found)), Comes::Answer(label)) => found == label,
        _ => false,
    };
    (!is_expected).then(|| format!("{name}: {came:?}, not {comes:?}"))
}

/// From upload to draw. What the host could not do is an error, which no guest may bring about.
async fn come(sandbox: &Sandbox, honest: &Arc<dyn Rule>, guest: &Hostile) -> Result<Came, String> {
    let manifest = match sandbox.admit(&guest.component).await {
        Ok(manifest) => manifest,
        Err(error) => return refused(&error),
    };
    assert_eq!(manifest.name, guest.name);
    let guard = prepare(sandbox, &guest.component, Kind::Guard).await;
    let branch = prepare(sandbox, &guest.component, Kind::Branch).await;
    match (guard, branch) {
        (Ok(guard), Ok(branch)) => Ok(drawn(&Placed { guard, branch }, honest).unwrap_or_else(Came::Unpublished)),
        (Err(error), _) | (_, Err(error)) => unprepared(error),
    }
}

fn refused(error: &AdmitError) -> Result<Came, String> {
    let reason = match error {
        AdmitError::Invalid(_) => Reason::Invalid,
        AdmitError::Imports(_) => Reason::Imports,
        AdmitError::World(_) => Reason::World,
        AdmitError::Compile(_) => Reason::Compile,
        AdmitError::Describe(_) => Reason::Describe,
        AdmitError::TooLarge { .. } | AdmitError::Unavailable(_) => return Err(error.to_string()),
    };
    Ok(Came::Refused(reason, error.to_string()))
}

pub(crate) fn unprepared(error: PrepareError) -> Result<Came, String> {
    match error {
        PrepareError::Fault(fault) => Ok(Came::Unconfigured(fault.kind, fault.message)),
        other => Err(other.to_string()),
    }
}

/// Draws with the guest in every place, and what stands beside it checked on the way.
fn drawn(guest: &Placed, honest: &Arc<dyn Rule>) -> Result<Came, String> {
    let proceeding = campaign("proceed", guest, honest)?;
    let decided = draw(&proceeding);
    assert_eq!(draw(&proceeding), decided, "the same draw comes out the same");
    let [first, second, third] = decided.steps.as_slice() else { panic!("{:#?}", decided.steps) };
    // The honest rule beside itself, as it runs where nobody means harm.
    let alone = draw(&campaign("proceed", &Placed { guard: Arc::clone(honest), ..beside(guest) }, honest)?);
    assert_eq!(
        (second.outcome.as_str(), second),
        ("choose better", &alone.steps[1]),
        "as if nothing had been before it"
    );
    let Plan::Draw { grants, .. } = &decided.plan else { panic!("{:#?}", decided.plan) };
    assert_eq!(grants.len(), 1, "what is drawn is handed over");
    let Some(fault) = decided.faults.first() else { return Ok(Came::Answer(first.outcome.clone())) };
    let fault = &fault.fault;
    assert_eq!(first.outcome, format!("fault, proceed: {}", fault.kind));
    // A branch declares other outcomes than a guard, so that what one may not answer may be the other's to give.
    let handed_over = if third.outcome == "grant points" { "points" } else { "mug" };
    assert_eq!(grants[0].prize.as_str(), handed_over, "{third:?}");

    let refusing = draw(&campaign("refuse", guest, honest)?);
    assert!(matches!(&refusing.plan, Plan::Refuse { code, .. } if code == GUARD_FAULT), "{:#?}", refusing.plan);
    assert_eq!(refusing.steps[0].outcome, format!("fault, refuse: {}", fault.kind));
    assert_eq!((refusing.steps.len(), refusing.steps[0].fuel), (1, first.fuel));
    Ok(Came::Fault(fault.kind, fault.message.clone()))
}

fn beside(guest: &Placed) -> Placed {
    Placed { guard: Arc::clone(&guest.guard), branch: Arc::clone(&guest.branch) }
}
