//! The standard rules as native code.

use tombola_rule::native::Rule;

/// All kinds of all standard rules, in the order of the rules' names.
pub fn native() -> impl Iterator<Item = &'static Rule> {
    let rules = [
        tombola_rule_allowlist::RULES,
        tombola_rule_attribute_match::RULES,
        tombola_rule_blacklist::RULES,
        tombola_rule_consolation::RULES,
        tombola_rule_milestone::RULES,
        tombola_rule_purchase_rebate::RULES,
        tombola_rule_referral::RULES,
        tombola_rule_schedule::RULES,
        tombola_rule_sign_in::RULES,
        tombola_rule_unlock::RULES,
        tombola_rule_weight_tier::RULES,
    ];
    rules.into_iter().flatten()
}
