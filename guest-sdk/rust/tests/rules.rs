//! Rules as an author writes them, through the public interface alone.

use tombola_rule::native::{Decision, Kind, Outcome, Rule};
use tombola_rule::testing::{self, Answer};
use tombola_rule::{
    Branch, BranchNeeds, Decision as Answered, Fact, FactType, Facts, Fault, Gain, Guard, GuardNeeds, Pick, Problem,
    Problems, Rebate, RebateNeeds, Recipient, Refusal, Reward, Span, Value,
};

/// Answers in every way that there is, as its one fact says.
struct Everything {
    way: Fact<String>,
    absent: Fact<Option<i64>>,
    grant: tombola_rule::Outcome,
    proceed: tombola_rule::Outcome,
    refusal: Refusal,
}

impl Guard for Everything {
    type Config = Option<String>;

    fn configure(config: Option<String>, needs: &mut GuardNeeds) -> Result<Self, Problems> {
        if let Some(message) = config {
            let problem = Problem::at("", message).hint("leave it out");
            Problems::none_of(vec![problem.clone(), problem])?;
        }
        Ok(Self {
            way: needs.text("attribute.way"),
            absent: needs.fact("attribute.absent"),
            grant: needs.grant("points", Span { low: 1, high: 10 }),
            proceed: needs.proceed(),
            refusal: needs.refuse("no", "No."),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Answered, Fault> {
        match facts.get(self.way) {
            "narrow" => Ok(self.grant.amount(Span { low: 2, high: 3 }).into()),
            "refuse" => Ok(self.refusal.into()),
            "absent" if facts.get(self.absent).is_none() => Ok(self.proceed.into()),
            "weighted" => Ok(Answered::weighted([
                (3, Pick::from(self.proceed)),
                (u64::MAX >> 1, self.grant.amount(Span { low: 5, high: 5 })),
            ])),
            way => Err(format!("there is no way `{way}`").into()),
        }
    }
}

struct Same(Fact<i64>, tombola_rule::Outcome);

impl Branch for Same {
    type Config = ();

    fn configure((): (), needs: &mut BranchNeeds) -> Result<Self, Problems> {
        let first = (needs.integer("now.seconds"), needs.follow("on"));
        needs.grant("points", Span { low: 1, high: 1 });
        needs.boolean("player.lists.a");
        Ok(Self(
            needs.integer("now.seconds"),
            if needs.follow("on") == first.1 { first.1 } else { needs.follow("off") },
        ))
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Answered, Fault> {
        if facts.get(self.0) == 0 { Err("zero".into()) } else { Ok(self.1.into()) }
    }
}

/// Gives what its one fact says, more or less narrowed.
struct Giving {
    way: Fact<String>,
    nothing: tombola_rule::Outcome,
    both: tombola_rule::Outcome,
    one: tombola_rule::Outcome,
}

impl Rebate for Giving {
    type Config = ();

    fn configure((): (), needs: &mut RebateNeeds) -> Result<Self, Problems> {
        let amount = Span { low: 1, high: 10 };
        let both = [Reward::points("coins", amount), Reward::prize("mug", amount).for_referrer()];
        Ok(Self {
            way: needs.text("event.attribute.way"),
            nothing: needs.nothing(),
            both: needs.rewards(both),
            one: needs.rewards([Reward::chances(amount)]),
        })
    }

    fn decide(&self, facts: &Facts<'_>) -> Result<Answered, Fault> {
        let span = |amount| Span { low: amount, high: amount };
        match facts.get(self.way) {
            "nothing" => Ok(self.nothing.into()),
            "declared" => Ok(self.both.into()),
            "narrow" => Ok(self.both.amounts([span(3), span(10)]).into()),
            "one" => Ok(self.one.amount(span(2)).into()),
            "few" => Ok(self.both.amount(span(2)).into()),
            "above" => Ok(self.one.amount(span(11)).into()),
            way => Err(format!("there is no way `{way}`").into()),
        }
    }
}

tombola_rule::export!(guard: Everything, branch: Same, rebate: Giving);

#[test]
fn every_way_of_answering_works() {
    let rule = testing::guard::<Everything>("null");
    let answer = |way: &str| rule.given("attribute.way", way).given("attribute.absent", Value::None).answer();
    assert_eq!(answer("narrow"), Answer::grant("points", 2, 3));
    assert_eq!(answer("refuse"), Answer::refuse("no", "No."));
    assert_eq!(answer("absent"), Answer::proceed());
    assert_eq!(answer("other"), Answer::Fault("there is no way `other`".to_owned()));
    let award = Outcome::Grant { prize: "points".to_owned(), amount: Span { low: 5, high: 5 } };
    assert_eq!(answer("weighted"), Answer::Weighted(vec![(3, Outcome::Proceed), (u64::MAX >> 1, award)]));
}

fn giving(way: &str) -> Answer {
    testing::rebate::<Giving>("null").given("event.attribute.way", way).answer()
}

#[test]
fn rebates_give_several_things_at_once() {
    let span = |low, high| Span { low, high };
    let both = |points, mugs| [Reward::points("coins", points), Reward::prize("mug", mugs).for_referrer()];
    assert_eq!(giving("nothing"), Answer::rewards([]));
    assert_eq!(giving("declared"), Answer::rewards(both(span(1, 10), span(1, 10))));
    assert_eq!(giving("narrow"), Answer::rewards(both(span(3, 3), span(10, 10))));
    assert_eq!(giving("one"), Answer::rewards([Reward::chances(span(2, 2))]));
    assert_eq!(giving("other"), Answer::Fault("there is no way `other`".to_owned()));
    let [points, mug] = both(span(1, 1), span(1, 1));
    assert!(points.recipient == Recipient::Player && matches!(points.gain, Gain::Points(_)));
    assert!(mug.recipient == Recipient::Referrer && matches!(mug.gain, Gain::Prize(_)));
}

#[test]
#[should_panic(expected = "can't have the amounts")]
fn a_test_notices_too_few_amounts() {
    giving("few");
}

#[test]
#[should_panic(expected = "outside of the declared")]
fn a_test_notices_amounts_that_were_not_declared() {
    giving("above");
}

#[test]
fn problems_are_told_together() {
    let problems = testing::guard_problems::<Everything>("\"bad\"");
    assert_eq!(problems.len(), 2);
    assert_eq!((problems[0].message.as_str(), problems[0].hint.as_str()), ("bad", "leave it out"));
}

#[test]
fn the_same_need_has_the_same_handle() {
    let rule = testing::branch::<Same>("null");
    let facts: Vec<_> = rule.declared().facts.iter().map(|need| (need.name.as_str(), need.expected)).collect();
    assert_eq!(facts, [("now.seconds", FactType::Integer), ("player.lists.a", FactType::Boolean)]);
    assert_eq!(rule.declared().outcomes.len(), 2);
    assert_eq!(rule.given("now.seconds", 1).given("player.lists.a", true).answer(), Answer::follow("on"));
}

#[test]
fn a_crate_registers_its_rules() {
    let kinds: Vec<_> = RULES.iter().map(|rule| (rule.name(), rule.kind())).collect();
    let expected = [Kind::Guard, Kind::Branch, Kind::Rebate].map(|kind| ("tombola-rule", kind));
    assert_eq!(kinds, expected);
    assert_eq!(RULES[0].version(), env!("CARGO_PKG_VERSION"));
    assert_eq!(RULES[1].schema()["type"], "null");
}

#[test]
fn a_prefix_of_the_package_is_no_part_of_the_name() {
    assert_eq!(Rule::branch::<Same>("tombola-rule-same", "1.0.0", "").name(), "same");
}

#[test]
fn native_rules_check_their_facts() {
    let rule = RULES[1].configure("null").unwrap_or_else(|problems| panic!("{problems:?}"));
    let certain = rule.evaluate(&[Value::Integer(3), Value::Boolean(true)]);
    assert!(matches!(certain, Ok(Decision::Certain(pick)) if pick.outcome == 0 && pick.amounts.is_empty()));
    for facts in [&[][..], &[Value::Integer(3)], &[Value::Boolean(true), Value::Boolean(true)]] {
        assert!(rule.evaluate(facts).is_err(), "{facts:?}");
    }
    assert_eq!(rule.evaluate(&[Value::Integer(0), Value::Boolean(true)]), Err("zero".to_owned()));
}
