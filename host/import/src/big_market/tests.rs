use num_rational::BigRational;
use tombola_engine::document::{Amount, ShareText, Stock, Unlimited, parse};

use super::*;
use crate::dump::FAULTS_MAX;
use crate::yaml;

/// The reference's sample, as `mysqldump` writes it.
const SAMPLE: &[u8] = include_bytes!("../../tests/big-market.sql");

fn shanghai() -> Zone {
    "Asia/Shanghai".parse().unwrap()
}

#[track_caller]
fn imported(dump: &str) -> Import {
    import(dump.as_bytes(), &shanghai()).unwrap_or_else(|error| panic!("{error}"))
}

fn ratio(numerator: u32, denominator: u32) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

/// A strategy 1 with these awards (`id, count, left, rate, tree`) and more statements.
fn strategy(models: &str, awards: &[&str], more: &str) -> String {
    format!(
        "INSERT INTO strategy (strategy_id, strategy_desc, rule_models) VALUES (1, 'One', {models});\n\
         INSERT INTO strategy_award (strategy_id, award_id, award_count, award_count_surplus, award_rate, rule_models) VALUES {};\n{more}",
        awards.iter().map(|award| format!("(1, {award})")).collect::<Vec<_>>().join(", ")
    )
}

/// The notes with this code that a dump gives, as their messages.
fn messages(import: &Import, code: Code) -> Vec<&str> {
    let notes = import.campaigns.iter().flat_map(|campaign| &campaign.notes).chain(&import.notes);
    notes.filter(|note| note.code == code).map(|note| note.message.as_str()).collect()
}

#[test]
fn the_slots_of_the_sample_gave_what_they_gave() {
    let import = import(SAMPLE, &shanghai()).unwrap();
    let odds = |campaign: usize, pool: usize| {
        let PoolOdds { pool, from, prizes } = &import.campaigns[campaign].odds[pool];
        let prize = |prize: &PrizeOdds| (prize.prize.clone(), prize.declared.clone(), prize.reference.clone());
        (pool.clone(), *from, prizes.iter().map(prize).collect::<Vec<_>>())
    };
    // 7.69 % for the prize that should have come with 0.01 %.
    let (pool, from, prizes) = odds(0, 0);
    assert_eq!((pool.as_str(), from, prizes.len()), ("default", None, 9));
    assert_eq!(prizes[8], ("109".to_owned(), ratio(1, 10_000), ratio(1, 13)));
    assert_eq!(prizes[0], ("101".to_owned(), ratio(3, 10), ratio(3, 13)));
    let (pool, from, prizes) = odds(0, 2);
    assert_eq!((pool.as_str(), from), ("from-200", Some(200)));
    assert_eq!(prizes, [("106".to_owned(), ratio(5, 9), ratio(5, 9)), ("107".to_owned(), ratio(4, 9), ratio(4, 9))]);
    assert_eq!(odds(1, 0).2[0], ("101".to_owned(), ratio(1, 2), ratio(50, 61)));
    assert_eq!(odds(2, 0).2[0], ("101".to_owned(), ratio(79, 100), ratio(79, 100)));
    assert_eq!(import.campaigns[2].odds.len(), 4);
}

#[test]
fn what_the_sample_leaves_is_told() {
    let import = import(SAMPLE, &shanghai()).unwrap();
    let codes = |notes: &[Note]| notes.iter().map(|note| note.code.as_str()).collect::<Vec<_>>();
    assert_eq!(
        codes(&import.campaigns[0].notes),
        [
            "consolation-added",
            "tier-through-tree",
            "tier-counts",
            "odds-differ",
            "list-made",
            "window-assumed",
            "delivery-left",
        ]
    );
    assert_eq!(
        codes(&import.campaigns[1].notes),
        ["consolation-added", "rates-relative", "window-assumed", "delivery-left"]
    );
    assert_eq!(
        codes(&import.campaigns[2].notes),
        [
            "consolation-added",
            "tier-through-tree",
            "tier-counts",
            "list-made",
            "zone-assumed",
            "chances-merged",
            "delivery-left",
            "lock-idle",
        ]
    );
    let counted = import.campaigns[0].notes[2].to_string();
    assert!(counted.starts_with("tier-counts at strategy_rule, line "), "{counted}");
    assert!(counted.contains("of strategy 100001 begin at 60, 200, 1000: here these are draws"), "{counted}");
    let idle = import.campaigns[2].notes.last().unwrap().to_string();
    assert!(idle.starts_with("lock-idle at rule_tree_node, line "), "{idle}");
    assert!(idle.contains("tree_lock_3 leads to 'rule_luck_award' whether it is open or not"), "{idle}");
    assert_eq!(messages(&import, Code::SkuLeft), [""; 0]);
    assert_eq!(messages(&import, Code::RebateLeft), [""; 0]);
    assert_eq!(messages(&import, Code::RowOrphaned), [""; 0]);
    assert!(messages(&import, Code::ColumnsLeft).contains(&"not carried over: rule_desc"));
    assert_eq!(messages(&import, Code::TableMissing), [""; 0]);
}

/// Those of `timestamp` columns are of the zone that the dump sets, also where it stands in a comment; those of `datetime` ones are not.
#[test]
fn timestamps_are_of_the_zone_that_the_dump_sets() {
    let dump = |set: &str, begins: &str, ends: &str| {
        let more = format!(
            "SET @OLD_TIME_ZONE=@@TIME_ZONE;\n{set};\nCREATE TABLE raffle_activity (activity_id bigint, begin_date_time {begins} NOT NULL, \
             end_date_time {ends}, strategy_id bigint, state varchar(8));\n\
             INSERT INTO raffle_activity VALUES (7, '2024-03-09 10:00:00', '2024-04-09 10:00:00', 1, 'open');\n\
             SET TIME_ZONE=@OLD_TIME_ZONE;"
        );
        strategy("NULL", &["101, 1, 1, 1, NULL"], &more)
    };
    let check = |dump: &str, opens: &str, closes: &str, note: &str| {
        let import = imported(dump);
        let window = &import.campaigns[0].document.window;
        assert_eq!((window.opens.as_str(), window.closes.as_deref()), (opens, Some(closes)), "{dump}");
        let [told] = messages(&import, Code::ZoneAssumed)[..] else { panic!("{dump}") };
        assert!(told.contains(note), "{told}");
    };
    let (local, moved) = ("T10:00:00+08:00", "T18:00:00+08:00");
    let (day, last) = ("2024-03-09", "2024-04-09");
    for set in
        ["/*!40103 SET TIME_ZONE='+00:00' */", "SET NAMES utf8mb4, time_zone = 'UTC'", "set @@time_zone = \"+0:00\""]
    {
        let both = "begin_date_time is taken for a time in";
        check(&dump(set, "timestamp", "TIMESTAMP(3)"), &format!("{day}{moved}"), &format!("{last}{moved}"), both);
        let one = "end_date_time for a time in Asia/Shanghai";
        check(&dump(set, "timestamp", "datetime"), &format!("{day}{moved}"), &format!("{last}{local}"), one);
        let none = "the times of activity 7 are taken for times in Asia/Shanghai";
        check(&dump(set, "datetime", "datetime"), &format!("{day}{local}"), &format!("{last}{local}"), none);
    }
    for set in [
        "SET NAMES utf8mb4",
        "SET TIME_ZONE='SYSTEM'",
        "SET GLOBAL time_zone = '+00:00'",
        "SET @@global.time_zone = '+00:00'",
    ] {
        let none = "the times of activity 7 are taken for times in Asia/Shanghai";
        check(&dump(set, "timestamp", "timestamp"), &format!("{day}{local}"), &format!("{last}{local}"), none);
    }
}

#[test]
fn the_sample_says_window_and_chances_of_its_activity() {
    let import = import(SAMPLE, &shanghai()).unwrap();
    let document = &import.campaigns[2].document;
    assert_eq!((document.campaign.as_str(), document.title.as_str()), ("100006", "Sample activity"));
    assert_eq!(document.window.opens, "2024-03-09T10:15:10+08:00");
    assert_eq!(document.window.closes.as_deref(), Some("2034-03-09T10:15:10+08:00"));
    assert_eq!(document.window.timezone, "Asia/Shanghai");
    let chances = &document.chances;
    assert_eq!((chances.total, chances.month, chances.day, chances.granted), (None, Some(150), Some(150), Some(0)));
    let skus: Vec<_> = document.skus.iter().map(|sku| (sku.id.as_str(), sku.chances, sku.price.amount)).collect();
    assert_eq!(skus, [("9011", 150, 200), ("9012", 50, 100), ("9013", 5, 20), ("9014", 1, 5)]);
    let rebates: Vec<_> =
        document.rebates.iter().map(|rebate| (rebate.id.as_str(), rebate.config.to_string())).collect();
    assert_eq!(
        rebates,
        [("sign-sku", r#"{"chances":1}"#.to_owned()), ("sign-integral", r#"{"base":10,"unit":"points"}"#.to_owned()),]
    );
    let members = ["user001", "user002", "user003"].map(str::to_owned);
    let list = &import.campaigns[2].lists[0];
    assert_eq!((list.name.as_str(), &list.members[..]), ("blacklist-100006", &members[..]));
}

#[test]
fn documents_read_as_they_are_written() {
    let odd = r#"'no', 'on: off', '# x', '{a}', ' - ', '\n\r\t\\', '101', 'null', '随机', '''', '\"', '~', '1e3', '\0', '...', '- '"#;
    for title in odd.split(", ") {
        let dump = format!(
            "INSERT INTO strategy (strategy_id, strategy_desc) VALUES (1, {title});\n\
             INSERT INTO strategy_award (strategy_id, award_id, award_title, award_count, award_rate) VALUES (1, 7, {title}, 5, 1);"
        );
        let import = imported(&dump);
        let campaign = &import.campaigns[0];
        assert_eq!(parse(&yaml(&campaign.document, &campaign.notes).unwrap()).unwrap(), campaign.document, "{title}");
    }
    for campaign in import(SAMPLE, &shanghai()).unwrap().campaigns {
        assert_eq!(parse(&yaml(&campaign.document, &campaign.notes).unwrap()).unwrap(), campaign.document);
    }
}

/// As the verifier wants it.
#[test]
fn titles_become_lines() {
    let long = "long ".repeat(50);
    let dump = format!(
        "INSERT INTO strategy (strategy_id, strategy_desc) VALUES (1, 'one\\ntwo\\0');\n\
         INSERT INTO strategy_award (strategy_id, award_id, award_title, award_count, award_rate)\n\
         VALUES (1, 7, '{long}', 5, 0.5), (1, 8, ' as it is ', 5, 0.5);"
    );
    let import = imported(&dump);
    let document = &import.campaigns[0].document;
    assert_eq!(document.title, "one two ");
    assert_eq!(document.prizes[0].title, long[..200]);
    assert_eq!(document.prizes[1].title, " as it is ");
    let told = messages(&import, Code::TitleChanged);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|message| message.ends_with("it is 'one two ' now")), "{told:?}");
}

#[test]
fn what_is_left_of_a_stock_is_the_opening_stock() {
    let import = imported(&strategy(
        "NULL",
        &["101, 80000, 79998, 0.5, NULL", "102, 5, NULL, 0.5, NULL", "103, 5, -1, 0, ''"],
        "",
    ));
    let stocks: Vec<_> = import.campaigns[0].document.prizes.iter().filter_map(|prize| prize.stock).collect();
    assert_eq!(stocks, [Stock::Units(79_998), Stock::Units(5), Stock::Units(0)]);
    assert_eq!(
        messages(&import, Code::StockLeft),
        [
            "of 80000 units of award 101 there are 79998 left; 79998 are the opening stock",
            "of 5 units of award 103 there are -1 left; 0 are the opening stock",
        ]
    );
    assert_eq!(messages(&import, Code::RateZero), ["award 103 has the rate 0, and is in no pool"]);
    let pool = &import.campaigns[0].document.pools["default"];
    assert_eq!(pool.len(), 2);
}

#[test]
fn rates_that_are_not_one_in_all_count_in_proportion() {
    let import = imported(&strategy("NULL", &["101, 1, 1, 0.9, NULL", "102, 1, 1, 0.6, NULL"], ""));
    let pool = &import.campaigns[0].document.pools["default"];
    assert_eq!((&pool["101"], &pool["102"]), (&ShareText::Weight(3), &ShareText::Weight(2)));
    assert!(messages(&import, Code::RatesRelative)[0].contains("sum to 3/2, not to 1"));
}

#[test]
fn rules_without_counterpart_are_told() {
    let rules = "INSERT INTO strategy_rule (strategy_id, award_id, rule_model, rule_value) VALUES \
                 (1, NULL, 'rule_weight', '60:101,999 60:101 9:999 x:101 5:102'), (1, 101, 'rule_lock', '3'), \
                 (1, NULL, 'rule_blacklist', '77:a b,ok,,é'), (1, NULL, 'rule_moon', 'full'), (2, NULL, 'rule_weight', '');";
    let models = "'rule_weight, rule_blacklist,rule_dice,rule_default'";
    let import = imported(&strategy(models, &["101, 1, 1, 1, NULL", "102, 1, 1, 0, NULL"], rules));
    let document = &import.campaigns[0].document;
    assert_eq!(document.pools.keys().collect::<Vec<_>>(), ["default", "from-60"]);
    assert_eq!(messages(&import, Code::TierLeft).len(), 6, "{:?}", messages(&import, Code::TierLeft));
    assert_eq!(
        messages(&import, Code::RuleLeft),
        [
            "strategy 1 runs 'rule_dice', which has no counterpart",
            "'rule_lock' of award 101 ('3') is not read; trees are",
            "strategy 1 does not run its 'rule_moon' ('full')",
        ]
    );
    // What listed players get is no prize of the strategy's, and so becomes one without stock.
    assert_eq!(document.guards[1].config["grant"]["prize"], "consolation");
    assert_eq!(document.guards[1].sold_out, None);
    assert_eq!(import.campaigns[0].lists[0].members, ["a b", "ok"]);
    assert_eq!(messages(&import, Code::PlayerLeft), ["'é' is no player's id, and is not on the list"]);
    assert_eq!(messages(&import, Code::RowOrphaned), ["there is no strategy 2"]);
}

#[test]
fn trees_keep_their_defects() {
    let trees = "INSERT INTO rule_tree (tree_id, tree_node_rule_key) VALUES ('t', 'rule_lock'), ('spare', 'rule_stock');\n\
        INSERT INTO rule_tree_node (tree_id, rule_key, rule_value) VALUES ('t', 'rule_lock', 'many'), ('t', 'rule_stock', NULL), \
        ('t', 'rule_luck_award', '101:0.5,1'), ('t', 'rule_dice', '6'), ('gone', 'rule_lock', '1');\n\
        INSERT INTO rule_tree_node_line (tree_id, rule_node_from, rule_node_to, rule_limit_type, rule_limit_value) VALUES \
        ('t', 'rule_stock', 'rule_dice', 'GT', 'ALLOW'), ('t', 'rule_stock', 'rule_luck_award', 'EQUAL', 'TAKE_OVER'), \
        ('t', 'rule_dice', 'rule_stock', 'EQUAL', 'SIX');\n\
        INSERT INTO award (award_id, award_key, award_config) VALUES (101, 'user_credit_random', '1,100'), (102, 'mug', NULL);";
    let import =
        imported(&strategy("NULL", &["101, 1, 1, 0.5, 't'", "102, 1, 1, 0.25, 't'", "103, 1, 1, 0.25, 'none'"], trees));
    let document = &import.campaigns[0].document;
    assert_eq!(document.trees.keys().collect::<Vec<_>>(), ["t", "t_points"]);
    assert_eq!(document.trees["t_points"].nodes["rule_stock"].amount, Some(Amount::Range([1, 100])));
    assert_eq!(document.trees["t"].nodes["rule_stock"].sold_out, None);
    assert_eq!(document.prizes[2].tree, None);
    assert_eq!(messages(&import, Code::NodeLeft).len(), 2);
    assert_eq!(messages(&import, Code::LineLeft).len(), 3);
    assert_eq!(messages(&import, Code::AmountLeft), ["the consolation of tree t has the amount '0.5,1'"]);
    assert_eq!(messages(&import, Code::TreeMissing).len(), 1);
    assert_eq!(messages(&import, Code::TreeUnused), ["no award uses tree spare"]);
    assert_eq!(messages(&import, Code::RowOrphaned), ["there is no tree gone"]);
    assert_eq!(
        messages(&import, Code::DeliveryLeft),
        ["what is delivered of 102 (mug ) does not stand in the document"]
    );
}

#[test]
fn a_prize_with_an_amount_needs_a_tree() {
    let awards = "INSERT INTO award (award_id, award_key, award_config) VALUES (101, 'user_credit_random', '1,100'), \
                  (102, 'user_credit_random', '5'), (103, 'user_credit_random', '0.01,1');";
    let shares = ["101, 1, 1, 0.5, NULL", "102, 1, 1, 0.25, NULL", "103, 1, 1, 0.25, NULL"];
    let import = imported(&strategy("NULL", &shares, awards));
    let document = &import.campaigns[0].document;
    assert_eq!(
        document.trees.keys().collect::<Vec<_>>(),
        ["direct_points", "direct_points_1_100", "direct_points_5_5"]
    );
    assert_eq!(document.prizes[0].tree.as_deref(), Some("direct_points_1_100"));
    assert_eq!(messages(&import, Code::AmountLeft), ["award 103 has the amount '0.01,1'"]);
}

#[test]
fn of_several_activities_the_open_one_counts() {
    let activities = "INSERT INTO raffle_activity (activity_id, begin_date_time, end_date_time, strategy_id, state, activity_count_id) \
        VALUES (7, '2024-01-01 00:00:00', '2025-01-01 00:00:00', 1, 'close', 3), \
        (8, '2024-02-01 00:00:00', 'soon', 1, 'open', 4), (9, '2024-02-01', '2025', 5, 'open', NULL);\n\
        INSERT INTO raffle_activity_count (activity_count_id, total_count, month_count, day_count) VALUES (3, 1, 1, 1), (4, 10, 5, -1);";
    let import = imported(&strategy("NULL", &["101, 1, 1, 1, NULL"], activities));
    let document = &import.campaigns[0].document;
    assert_eq!(document.window.opens, "2024-02-01T00:00:00+08:00");
    assert_eq!(document.window.closes.as_deref(), Some("soon"), "the verifier finds it");
    assert_eq!((document.chances.total, document.chances.month, document.chances.day), (Some(10), Some(5), None));
    assert_eq!(document.title, "One");
    assert_eq!(
        messages(&import, Code::ActivityLeft),
        ["activity 7 uses the strategy as well; the document is of activity 8"]
    );
    assert_eq!(messages(&import, Code::RowOrphaned), ["there is no strategy 5"]);
}

#[test]
fn what_nothing_can_be_made_of_is_said() {
    let error = |dump: &str| import(dump.as_bytes(), &shanghai()).unwrap_err().to_string();
    assert!(error("SET x = 1;").contains("no rows of the tables strategy and strategy_award"));
    assert_eq!(
        error("INSERT INTO strategy (strategy_id) VALUES ('x');"),
        "strategy, line 1, column strategy_id: 'x' is not a whole number; mend it, or leave the row out of the dump"
    );
    let rate = strategy("NULL", &["101, 1, 1, -0.5, NULL"], "");
    assert!(error(&rate).starts_with("strategy_award, line 2, column award_rate: '-0.5' is not a decimal from 0 on; "));
    let missing = strategy("NULL", &["101, 1, 1, NULL, NULL"], "");
    assert!(error(&missing).starts_with("strategy_award, line 2, column award_rate: a value is needed; set one"));
    let import =
        imported(&strategy("NULL", &["101, 1, 1, 0, NULL"], "DELETE FROM strategy;\nINSERT INTO task VALUES (1),(2);"));
    assert_eq!(messages(&import, Code::StrategyEmpty).len(), 1);
    assert_eq!(messages(&import, Code::StatementSkipped), ["a statement that begins with DELETE is not followed"]);
    assert_eq!(messages(&import, Code::TableLeft), ["2 rows are not read"]);
    assert_eq!(messages(&import, Code::TableMissing).len(), 9);
}

/// Of several tables, of several cells of a row, of cells and of what is no row, by their lines.
#[test]
fn all_that_can_t_be_read_is_told_at_once() {
    let more = "INSERT INTO raffle_activity_count (activity_count_id, total_count, month_count, day_count) VALUES (1, 'lots', NULL, 1),\n\
                (2, 1, 1, 1, 1),\n(3, 1, 1, NOW());\nINSERT INTO rule_tree VALUES ('t');\n\
                INSERT INTO raffle_activity_sku (sku, activity_id, activity_count_id) VALUES (1, 7, 'a\\nb');";
    let dump = strategy("NULL", &["101, 1, 1, 1, NULL", "102, few, 1, x, NULL"], more);
    let ImportError::Faults(faults) = import(dump.as_bytes(), &shanghai()).unwrap_err() else { panic!("it was read") };
    let told: Vec<_> = faults.told().iter().map(ToString::to_string).collect();
    let expected = [
        "strategy_award, line 2, column award_count: only a server can compute this; dump what it has stored there",
        "strategy_award, line 2, column award_rate: only a server can compute this; dump what it has stored there",
        "raffle_activity_count, line 3, column total_count: 'lots' is not a whole number; mend it, or leave the row out of the dump",
        "raffle_activity_count, line 3, column month_count: a value is needed; set one, or leave the row out of the dump",
        "line 4, column 1: the row has 5 values for 4 columns; dump definition and rows of the table together",
        "raffle_activity_count, line 5, column day_count: only a server can compute this; dump what it has stored there",
        "line 6, column 23: nothing says which columns the values are of; dump with definitions of tables, or with `--complete-insert`",
        "raffle_activity_sku, line 7, column activity_count_id: 'a b' is not a whole number; mend it, or leave the row out of the dump",
    ];
    assert_eq!(told, expected);
    assert_eq!(faults.to_string(), format!("8 places can't be read:\n  {}", expected.join("\n  ")));
}

/// So many are told, each in a line, however long what stands there is.
#[test]
fn of_many_faults_the_first_are_told() {
    let rows = vec![format!("('{}')", "x".repeat(999)); FAULTS_MAX + 7].join(", ");
    let dump = format!("INSERT INTO strategy (strategy_id) VALUES {rows};");
    let told = import(dump.as_bytes(), &shanghai()).unwrap_err().to_string();
    assert!(told.starts_with("107 places can't be read:\n") && told.ends_with("\n  and 7 more"), "{told}");
    let longest = told.lines().map(str::len).max();
    assert!(told.lines().count() == 1 + FAULTS_MAX + 1 && longest < Some(200), "{longest:?}");
}

#[test]
fn what_can_t_be_sold_or_given_is_told() {
    let import = imported(&strategy(
        "NULL",
        &["101, 5, 5, 1, NULL"],
        "INSERT INTO raffle_activity (activity_id, begin_date_time, end_date_time, strategy_id, state)
         VALUES (7, '2026-01-01 00:00:00', '2027-01-01 00:00:00', 1, 'open');
         INSERT INTO raffle_activity_count (activity_count_id, total_count, month_count, day_count) VALUES (1, 3, 3, 1);
         INSERT INTO raffle_activity_sku (sku, activity_id, activity_count_id, stock_count, stock_count_surplus, product_amount)
         VALUES (1, 7, 1, 9, 9, '1.50'), (2, 7, 1, NULL, NULL, '4.00'), (3, 8, 1, 9, 9, '1'), (4, 7, 1, 9, 2, '5'), (5, 7, 1, 9, 0, '6');
         INSERT INTO daily_behavior_rebate (behavior_type, rebate_type, rebate_config, state)
         VALUES ('sign', 'sku', '2', 'open'), ('sign', 'integral', 'many', 'open'),
             ('sign', 'integral', '4', 'open'), ('sign', 'integral', '5', 'open'), ('pay', 'sku', '2', 'close'), ('pay', 'integral', '3', 'open');",
    ));
    let document = &import.campaigns[0].document;
    let skus: Vec<_> = document.skus.iter().map(|sku| (sku.id.as_str(), sku.price.amount, sku.stock)).collect();
    let unlimited = Stock::Unlimited(Unlimited::Unlimited);
    assert_eq!(skus, [("2", 4, unlimited), ("4", 5, Stock::Units(2)), ("5", 6, Stock::Units(0))]);
    let left = messages(&import, Code::StockLeft);
    assert!(left.contains(&"of 9 units of sku 5 there are 0 left; 0 are the opening stock"), "{left:?}");
    let rebates: Vec<_> = document.rebates.iter().map(|rebate| rebate.id.as_str()).collect();
    assert_eq!((rebates, document.events.len()), (vec!["sign-sku", "sign-integral", "sign-integral-2"], 1));
    assert_eq!(
        messages(&import, Code::SkuLeft),
        ["sku 1 is not carried over: its price is '1.50'", "sku 3 is of activity 8, which is in no document"]
    );
    assert_eq!(
        messages(&import, Code::RebateLeft),
        ["'sign' gives integral many (open)", "'pay' gives sku 2 (close)", "'pay' gives integral 3 (open)"]
    );
}
