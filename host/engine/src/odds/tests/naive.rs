//! Effective odds by walking every way there is, one after the other, and what follows for those that are added up.

use proptest::prelude::*;

use super::*;
use crate::decide::{Answer, Budget, ask};
use crate::pipeline::{BranchOutcome, GuardOutcome, Node, PlacedRule, Target};
use crate::rule::Pick;

struct Ways<'a> {
    pipeline: &'a Pipeline,
    circumstances: &'a Circumstances<'a>,
    total: Distribution,
}

impl Ways<'_> {
    fn picks(&self, rule: &PlacedRule) -> Vec<(BigRational, Pick)> {
        let (answer, _) = ask(rule, self.circumstances.facts, &mut Budget::default(), &mut ()).unwrap();
        match answer.unwrap() {
            Answer::Certain(pick) => vec![(BigRational::one(), pick)],
            Answer::Weighted(table, picks) => {
                let share = |(position, pick)| (ratio(table.weight(position), table.total()), pick);
                picks.into_iter().enumerate().map(share).collect()
            }
        }
    }

    fn add(&mut self, outcome: Outcome, probability: &BigRational) {
        *self.total.entry(outcome).or_insert_with(BigRational::zero) += probability;
    }

    fn runs_out(&self, prize: usize) -> bool {
        self.circumstances.sold_out.contains(&prize) || self.circumstances.limits[prize].is_some()
    }

    fn had(&self, prize: usize, amount: Span) -> Outcome {
        Outcome::Prize(self.pipeline.prizes[prize].id.clone(), amount)
    }

    fn guards(&mut self, from: usize, pool: usize, probability: &BigRational) {
        let Some(guard) = self.pipeline.guards.get(from) else { return self.pool(pool, probability) };
        for (share, pick) in self.picks(&guard.rule) {
            let probability = probability * share;
            match &guard.outcomes[pick.outcome as usize] {
                GuardOutcome::Proceed => self.guards(from + 1, pool, &probability),
                GuardOutcome::Choose(chosen) => self.guards(from + 1, *chosen, &probability),
                GuardOutcome::Grant(prize, _) if self.runs_out(*prize) => self.add(Outcome::Nothing, &probability),
                GuardOutcome::Grant(prize, amount) => self.add(self.had(*prize, *amount), &probability),
                GuardOutcome::Refuse(code, _) => self.add(Outcome::Refused(code.clone()), &probability),
            }
        }
    }

    fn pool(&mut self, pool: usize, probability: &BigRational) {
        let pool = &self.pipeline.pools[pool];
        for (position, entry) in pool.entries.iter().enumerate() {
            let probability = probability * ratio(pool.table.weight(position), pool.table.total());
            match *entry {
                None => self.add(Outcome::Nothing, &probability),
                Some(drawn) => {
                    let tree = self.pipeline.prizes[drawn].tree;
                    self.tree(drawn, Target::Node(self.pipeline.trees[tree].root), &probability);
                }
            }
        }
    }

    fn tree(&mut self, drawn: usize, at: Target, probability: &BigRational) {
        let Target::Node(position) = at else { return self.add(Outcome::Nothing, probability) };
        match &self.pipeline.trees[self.pipeline.prizes[drawn].tree].nodes[position] {
            Node::Grant(node) => {
                self.hand_over(drawn, (node.prize.unwrap_or(drawn), node.amount), node.sold_out, probability);
            }
            Node::Rule(branch) => {
                for (share, pick) in self.picks(&branch.rule) {
                    let probability = probability * share;
                    match &branch.outcomes[pick.outcome as usize] {
                        BranchOutcome::Follow(_, next) => self.tree(drawn, *next, &probability),
                        BranchOutcome::Grant(prize, amount) => {
                            self.hand_over(drawn, (*prize, *amount), branch.sold_out, &probability);
                        }
                    }
                }
            }
        }
    }

    fn hand_over(&mut self, drawn: usize, (prize, amount): (usize, Span), sold_out: Target, probability: &BigRational) {
        if self.runs_out(prize) {
            self.tree(drawn, sold_out, probability);
        } else {
            self.add(self.had(prize, amount), probability);
        }
    }
}

/// Two guards, two pools, two trees that meet themselves again, and prizes in both pools and trees.
fn campaign(shares: &[u64], weights: &[u64]) -> String {
    format!(
        "campaign: spring\ntitle: Spring\nwindow: {{opens: 2026-12-01T00:00:00Z}}\n\
         prizes: [{{id: phone, title: P, stock: 5, tree: odd}}, {{id: mug, title: M, stock: 9}}, {{id: cup, title: C, stock: 9}}, \
                  {{id: points, title: P, stock: unlimited, tree: odd}}]\n\
         pools: {{default: {{phone: {}, mug: {}, cup: {}, nothing: {}}}, rich: {{phone: {}, points: {}, mug: {}}}}}\n\
         guards: [\
           {{id: a, sold_out: nothing, rule: say@1, config: {{outcomes: [proceed, {{choose: rich}}, {{grant: [mug, 2, 3]}}], weights: [{}, {}, {}]}}}}, \
           {{id: b, rule: say@1, config: {{outcomes: [proceed, {{choose: default}}, {{grant: [points, 9, 9]}}], weights: [{}, {}, {}]}}}}]\n\
         trees: {{\
           default: {{root: f, nodes: {{\
             f: {{rule: say@1, config: {{outcomes: [{{follow: x}}, {{follow: y}}, {{grant: [cup, 4, 4]}}], weights: [{}, {}, {}]}}, on: {{x: h, y: g}}, sold_out: h}}, \
             h: {{grant: drawn, sold_out: g}}, \
             g: {{grant: drawn, amount: 7, sold_out: l}}, \
             l: {{grant: cup, sold_out: nothing}}}}}}, \
           odd: {{root: f, nodes: {{\
             f: {{rule: say@1, config: {{outcomes: [{{follow: x}}, {{follow: y}}], weights: [{}, {}]}}, on: {{x: h, y: h}}}}, \
             h: {{grant: drawn, amount: 5, sold_out: m}}, \
             m: {{grant: mug, sold_out: nothing}}}}}}}}",
        shares[0],
        shares[1],
        shares[2],
        shares[3],
        shares[4],
        shares[5],
        shares[6],
        weights[0],
        weights[1],
        weights[2],
        weights[3],
        weights[4],
        weights[5],
        weights[6],
        weights[7],
        weights[8],
        weights[9],
        weights[10],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn sums_are_those_of_all_ways(
        shares in prop::collection::vec(1u64..50, 7),
        weights in prop::collection::vec(1u64..50, 11),
        gone in prop::collection::vec(any::<bool>(), 3),
        limited in prop::collection::vec(any::<bool>(), 3),
    ) {
        let pipeline = pipeline(&campaign(&shares, &weights));
        let stocked = ["phone", "mug", "cup"].map(|prize| pipeline.prize(prize).unwrap());
        let sold_out = stocked.iter().zip(&gone).filter(|(_, gone)| **gone).map(|(prize, _)| *prize).collect();
        let mut limits = vec![None; pipeline.prizes.len()];
        for (prize, limited) in stocked.iter().zip(&limited) {
            limits[*prize] = limited.then_some(Limit::Player);
        }
        let circumstances = Circumstances { facts: &[], limits: &limits, sold_out: &sold_out };
        let mut ways = Ways { pipeline: &pipeline, circumstances: &circumstances, total: Distribution::new() };
        ways.guards(0, pipeline.default_pool, &BigRational::one());
        prop_assert_eq!(effective(&pipeline, &circumstances, &mut ()).unwrap(), ways.total);
    }
}
