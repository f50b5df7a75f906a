use super::*;
use crate::rule::FaultKind;
use crate::testing::pipeline;

const TEXT: &str = "campaign: spring\ntitle: Spring\nwindow: {opens: 2026-12-01T00:00:00Z}\n\
    prizes: [{id: phone, title: Phone, stock: 5}, {id: mug, title: Mug, stock: unlimited}]\n\
    pools: {default: {phone: 1}, better: {mug: 3, phone: 7}}\n\
    guards: [{id: broken, on_fault: proceed, rule: say@1, config: {outcomes: [proceed], fault: true}}, \
      {id: loyal, rule: say@1, config: {fact: player.draws.total, outcomes: [proceed, {choose: better}, {refuse: no}]}}]\n\
    trees: {default: {root: fork, nodes: {\
      fork: {rule: say@1, config: {outcomes: [{grant: [phone, 2, 4]}, {follow: on}], weights: [1, 2]}, on: {on: hand}, sold_out: hand}, \
      hand: {grant: drawn, sold_out: last}, last: {grant: mug}}}}";

fn tried(draws: i64, sold_out: &[&str], start: Start, seed: u8) -> Result<Trace, Stopped> {
    let pipeline = pipeline(TEXT);
    let sold_out = sold_out.iter().map(|prize| pipeline.prize(prize).unwrap()).collect();
    let (facts, seed) = ([Value::Integer(draws)], Seed::from_bytes([seed; 32]));
    run(&pipeline, &Trial { facts: &facts, limits: &[], sold_out: &sold_out, seed: &seed, start }, &mut ())
}

#[test]
fn every_step_is_told() {
    let trace = tried(1, &["phone"], Start::Ticket(3), 1).unwrap();
    let drawn = trace.drawn.unwrap();
    assert_eq!((drawn.pool, drawn.chosen_by.as_deref(), drawn.ticket, drawn.entry), (0, Some("guards/loyal"), 3, 1));
    let [broken, loyal, fork] = trace.steps.as_slice() else { panic!("{:#?}", trace.steps) };
    assert!(matches!(&broken.answer, TracedAnswer::Fault(fault) if fault.kind == FaultKind::Trap));
    assert_eq!((broken.outcome.as_str(), broken.place.as_str()), ("fault, proceed: trap", "/guards/0"));
    assert_eq!(loyal.facts, [("player.draws.total".to_owned(), Value::Integer(1))]);
    assert_eq!((loyal.outcome.as_str(), loyal.reference.as_str()), ("choose better", "say@1"));
    let TracedAnswer::Weighted(picks) = &fork.answer else { panic!("{fork:#?}") };
    let told: Vec<_> = picks.iter().map(|(weight, pick)| (*weight, pick.outcome.as_str(), pick.amount)).collect();
    assert_eq!(told, [(1, "grant phone", Some(Span::new(2, 4).unwrap())), (2, "follow on", None)]);
    assert_eq!(fork.place, "/trees/default/nodes/fork");
    // The phone is sold out wherever it is met, so that the mug at the end is had.
    assert_eq!(trace.path, ["trees/default/fork", "trees/default/hand", "trees/default/last"]);
    let Plan::Draw { grants, .. } = &trace.plan else { panic!("a draw") };
    assert_eq!(grants[trace.had.unwrap()].prize.as_str(), "mug");
    assert!(trace.verdicts.ends_with(&[TrialVerdict::SoldOut, TrialVerdict::Had]), "{:?}", trace.verdicts);
}

#[test]
fn the_path_ends_where_something_is_handed_over() {
    let trace = tried(0, &[], Start::Drawing(Some(0)), 1).unwrap();
    let end = trace.path.last().unwrap();
    let Plan::Draw { grants, .. } = &trace.plan else { panic!("a draw") };
    assert_eq!((trace.had, end), (Some(0), &grants[0].node));
    // An unlimited prize that is taken for sold out ends in nothing.
    let trace = tried(1, &["mug", "phone"], Start::Drawing(Some(1)), 1).unwrap();
    assert_eq!((trace.had, trace.path.len()), (None, 3));
}

#[test]
fn refusals_have_no_ticket() {
    let trace = tried(2, &[], Start::Ticket(u64::MAX), 1).unwrap();
    assert!(matches!(trace.plan, Plan::Refuse { ref code, .. } if code == "no"));
    assert_eq!((trace.drawn, trace.had, trace.path.len()), (None, None, 0));
}

#[test]
fn impossible_tickets_are_refused() {
    let stopped = tried(1, &[], Start::Ticket(10), 1).unwrap_err();
    assert_eq!(stopped, Stopped::TicketTooHigh { ticket: 10, pool: "better".to_owned(), total: 10 });
    assert_eq!(tried(0, &[], Start::Drawing(Some(1)), 1), Err(Stopped::NeverDrawn("default".to_owned())));
}

#[test]
fn a_seeded_trial_is_what_a_draw_decides() {
    let pipeline = pipeline(TEXT);
    for seed in 0..32 {
        let trace = tried(1, &[], Start::Seeded, seed).unwrap();
        let seed = Seed::from_bytes([seed; 32]);
        let situation = Situation { facts: &[Value::Integer(1)], limits: &[], seed: &seed };
        let decided = crate::decide::decide(&pipeline, &situation).unwrap();
        assert_eq!(trace.plan, decided.plan);
        let steps: Vec<_> = trace.steps.iter().map(|step| (&step.node, &step.outcome, step.fuel)).collect();
        let expected: Vec<_> = decided.steps.iter().map(|step| (&step.node, &step.outcome, step.fuel)).collect();
        assert_eq!(steps, expected);
    }
}
