//! What every backend has to pass: one public function a case, each on a database of its own.
//!
//! A backend's tests say how a database is made, and get a test for each case:
//!
//! ```ignore
//! tombola_store::conformance!(Folder::new());
//! ```
//!
//! where the expression makes a [`Backend`], is evaluated anew for each test, and names things of the file that it stands in. To add a case: a function in the file of
//! its subject, and its name in the list at the end of this page, without which it is reported as never used.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a case fails by panicking, like any test")]

pub mod adjustments;
pub mod audit;
pub mod awards;
pub mod budgets;
pub mod campaigns;
pub mod chances;
pub mod codes;
pub mod damage;
pub mod damaged;
pub mod destinations;
pub mod draws;
pub mod drift;
pub mod epochs;
mod event_wish;
pub mod events;
pub mod faults;
pub mod feed;
mod fixture;
pub mod health;
pub mod held;
pub mod holds;
pub mod hosts;
pub mod lapses;
pub mod ledger;
pub mod lists;
pub mod model;
pub mod modules;
pub mod orders;
pub mod origin;
pub mod outbox;
pub mod people;
pub mod players;
pub mod points;
pub mod receipts;
pub mod reconciliation;
pub mod retention;
pub mod reversals;
pub mod series;
pub mod stock;
pub mod switches;
pub mod tokens;
pub mod voids;

use std::sync::Arc;

use async_trait::async_trait;

use crate::Store;

/// A database that a case has for itself, empty at first. It is opened as a host opens it, which seals what it commits.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Opens it, or opens it again. What was opened before is not used any more.
    async fn open(&self) -> Arc<dyn Store>;

    /// Does to the database what no store does, on a connection of its own: neither triggers nor references keep it from that.
    async fn plant(&self, statements: &'static str);
}

/// Makes a test of every case of the suite, for the backend that the expression makes. Whatever a case did, what the store keeps twice
/// is the same twice after it.
#[macro_export]
macro_rules! conformance {
    ($backend:expr) => {
        $crate::conformance_cases! {
            $backend;
            adjustments: a_voided_grant_takes_what_is_left, a_grant_of_others_is_not_voided, grants_come_in_pages,
                a_voided_gift_is_taken_back_or_owed, what_comes_back_pays_what_is_owed, what_comes_back_lapsed_is_missed_once,
                what_lapsed_of_a_gift_is_not_taken_twice,
                what_was_taken_away_comes_back_as_it_was,
                only_adjustments_are_voided;
            audit: operations_are_recorded, only_what_is_done_is_recorded, the_record_comes_filtered_and_in_pages;
            awards: an_award_begins_as_it_is_delivered, an_award_is_read_back_with_its_history,
                people_move_what_is_theirs_to_deliver, what_can_t_be_moved_stays, a_repeated_move_does_nothing,
                a_failed_award_is_tried_again_or_done_otherwise, awards_of_other_campaigns_are_not_known,
                awards_come_in_pages, chances_are_delivered_once, chances_of_one_player_add_up,
                awards_of_events_come_in_pages;
            budgets: a_prize_takes_of_the_budget_what_it_costs, a_budget_is_spent_in_the_order_of_the_batch,
                a_prize_whose_account_is_full_falls_through, a_budget_is_charged_what_things_cost,
                a_budget_gets_back_what_is_reversed;
            campaigns: revisions_are_numbered_and_one_is_live, activations_count_up_over_all_campaigns,
                rollback_makes_an_earlier_revision_live, only_the_expected_revision_is_replaced,
                of_racing_publishes_one_wins, a_repeated_publish_does_nothing, a_key_is_for_one_request,
                a_repeated_rollback_does_nothing, revisions_come_in_pages, activations_are_found_by_their_keys,
                a_campaign_is_paused_and_resumed, pausing_is_repeated_without_effect;
            chances: an_operator_gives_no_more_than_can_be_counted, an_order_brings_no_more_than_can_be_counted,
                an_award_brings_no_more_than_can_be_counted, an_event_earns_no_more_than_can_be_counted,
                a_referrer_gets_no_more_than_can_be_counted, what_a_referrer_can_t_be_given_ends_with_its_event;
            codes: a_pool_is_made_and_changed, pools_come_in_pages, levels_are_of_the_named_pools, a_load_adds_what_the_pool_did_not_have,
                a_repeated_load_does_nothing, what_is_staged_is_nobody_s_yet, a_code_comes_with_its_draw,
                codes_stand_nowhere_else, codes_are_given_in_the_order_in_which_they_expire, an_empty_pool_is_sold_out,
                withdrawn_codes_are_not_given, concurrent_batches_give_every_code_once,
                a_series_gets_a_code_for_each_draw, there_are_so_many_loads;
            damage: a_pass_goes_on_past_damaged_names, a_pass_goes_on_past_what_does_not_decode,
                what_is_damaged_spoils_nothing_else, what_is_damaged_is_given_up_alone,
                a_damaged_event_keeps_no_other_waiting;
            damaged: a_damaged_order_spoils_no_other, a_damaged_hold_spoils_no_other, a_damaged_event_spoils_no_other,
                a_damaged_rebate_spoils_no_other, a_damaged_difference_keeps_no_other_from_being_told,
                a_pass_goes_on_past_damaged_orders_and_events, a_pass_goes_on_past_a_damaged_rebate;
            destinations: a_destination_is_read_back, secrets_stay_where_none_are_given, a_new_destination_needs_secrets,
                a_repeated_put_does_nothing, destinations_come_in_pages, there_are_so_many_destinations;
            draws: a_draw_is_read_back_as_it_was_committed, a_draw_of_nothing_is_a_draw, a_key_finds_its_draw,
                a_used_key_commits_nothing, one_draw_of_a_player_in_a_batch, a_changed_version_drops_out,
                what_drops_out_spoils_nothing, ordinals_have_no_gap, a_newer_activation_holds,
                no_older_draw_commits_after_a_publish, no_older_draw_commits_after_a_pause, wins_are_counted_in_all_and_by_day, an_empty_batch_is_answered,
                receipts_prove_themselves, everything_is_there_after_reopening, one_of_racing_draws_of_a_player_wins;
            drift: an_award_that_was_posted_otherwise_is_found, an_award_that_was_added_otherwise_is_found,
                a_receipt_that_is_elsewhere_is_found,
                an_order_that_was_posted_otherwise_is_found, a_hold_that_was_posted_otherwise_is_found, a_hold_that_was_voided_otherwise_is_found,
                a_reversal_that_lost_its_fellow_is_found, what_was_never_voided_is_found,
                what_was_taken_back_for_nothing_is_found, who_began_with_more_chances_is_found,
                codes_that_a_pool_never_had_are_found;
            epochs: epochs_begin_once, a_rotation_shows_the_secret, no_draw_of_an_ended_epoch_commits,
                abandoned_epochs_keep_their_secrets, signing_keys_are_remembered;
            events: what_an_event_earns_is_there_at_once, an_event_is_taken_once,
                an_event_goes_to_all_of_its_campaigns_or_to_none, a_waiting_event_is_decided_later,
                what_a_referrer_gets_is_handed_over_once, what_events_earn_comes_out_of_the_budget, points_of_events_lapse,
                what_can_t_be_posted_is_refused_by_its_campaign,
                concurrent_events_issue_exactly_the_stock;
            faults: faults_are_read_back, the_latest_faults_are_kept, faults_are_found_by_campaign;
            feed: the_feed_has_no_gap, the_feed_is_read_again_the_same, a_damaged_position_is_gone_round;
            health: a_store_is_well_before_and_after_a_write;
            held: an_operator_ends_a_hold, what_was_taken_is_given_back_once, holds_come_in_pages,
                a_hold_of_another_posting_moves_nothing;
            holds: a_hold_sets_aside_what_lapses_soonest, a_repeated_hold_does_nothing,
                what_can_t_be_held_changes_nothing, a_hold_is_taken_once, a_released_hold_comes_back_to_its_lots,
                an_expired_hold_comes_back_by_itself, who_holds_anew_gets_back_what_has_expired,
                of_racing_ends_one_wins, holds_are_there_after_reopening, random_holds_keep_the_books;
            hosts: a_host_has_its_own_number;
            lapses: what_lapses_soonest_is_used_first, what_lapsed_is_taken_away_once, a_lapse_or_a_draw_comes_first,
                every_chance_that_comes_in_lapses, what_is_taken_back_comes_out_of_its_own_lot,
                nothing_is_given_that_has_lapsed, many_players_chances_lapse_together, chances_lapse_at_so_many_times,
                lapses_go_on_in_steps;
            ledger: a_unit_is_declared_and_declared_anew, a_business_key_is_posted_once, what_is_refused_spoils_nothing,
                racing_spenders_never_overspend, balances_say_what_lapses_when, what_has_lapsed_is_taken_away,
                statements_come_in_pages, a_budget_is_an_operator_s_to_fill, the_ledger_is_there_after_reopening;
            lists: a_list_is_edited, a_list_is_replaced, many_players_at_once, what_is_staged_is_nobody_s_yet,
                a_list_is_emptied_only_where_it_may, garbage_is_swept_in_steps, snapshots_see_membership_and_version,
                snapshots_at_once_are_each_their_own,                a_repeated_change_does_nothing, lists_come_in_pages;
            model: random_commits_do_what_the_model_does;
            modules: a_module_is_read_back, the_same_bytes_again_are_no_error, a_version_is_for_ever,
                a_name_belongs_to_its_owner, an_upload_key_is_for_one_request,
                uploads_are_found_by_their_keys, modules_come_in_pages;
            orders: an_order_is_paid_and_brings_its_chances, a_repeated_order_does_nothing,
                what_can_t_be_had_changes_nothing, what_is_left_is_known_before_an_order,
                racing_buyers_get_exactly_the_stock,
                chances_that_come_in_are_seen_by_draws, an_operator_gives_chances_once,
                a_voided_order_gives_everything_back;
            origin: a_new_store_is_no_copy;
            outbox: what_is_won_waits_in_its_queue, a_task_is_done_once, racing_claims_get_different_tasks,
                a_claim_that_ended_holds_no_more, what_failed_is_due_later, what_is_given_up_is_a_dead_letter,
                dead_letters_are_tried_again, what_was_not_tried_is_given_back, claims_take_what_is_due_longest,
                claims_end_with_their_host, what_waits_is_counted;
            people: all_that_is_kept_of_a_player_is_given_out, what_a_referrer_got_names_nobody_else, an_export_comes_in_pages,
                erasing_takes_values_and_leaves_the_rest, erasing_who_was_named_takes_their_name,
                of_an_unknown_player_nothing_is_kept;
            players: an_unknown_player_has_nothing, draws_come_in_pages, the_last_refusal_is_kept;
            points: points_are_there_with_their_draw, points_that_do_not_fit_spoil_no_draw,
                points_that_wait_are_delivered_once, points_of_no_unit_are_given_up;
            receipts: receipts_are_sealed_by_the_batch, receipts_come_in_the_order_of_the_feed,
                receipts_of_rebates_come_in_the_order_of_the_feed, erasing_leaves_every_receipt,
                a_damaged_receipt_spoils_no_other, a_damaged_batch_spoils_no_other;
            reconciliation: what_differs_is_kept_until_it_is_gone, differences_come_in_pages, a_pass_is_recorded_once,
                a_revision_that_is_published_meanwhile_is_no_difference, a_pass_while_draws_run_finds_nothing;
            retention: receipts_of_a_closed_campaign_are_dropped_and_the_rest_stays, what_hangs_on_a_dropped_receipt_goes_on,
                nothing_is_dropped_once_a_campaign_has_changed, what_was_broken_off_is_gone_on_with,
                a_receipt_that_is_missing_before_its_time_is_found, draws_go_on_while_receipts_come_and_go;
            reversals: a_whole_event_is_reversed, parts_of_an_event_add_up, racing_parts_never_exceed_the_whole,
                what_was_used_of_an_event_stays_used, what_is_on_hold_is_no_loss, what_had_paid_a_debt_is_paid_again, what_lapsed_of_an_event_is_not_taken_twice,
                what_a_referrer_got_is_taken_back,
                a_waiting_event_is_reversed_as_a_whole, what_can_t_be_reversed_changes_nothing,
                what_a_budget_paid_goes_back_there, a_voided_prize_gives_its_cost_back;
            series: draws_of_one_key_are_read_back_in_order, a_key_finds_all_of_its_draws, wins_of_a_series_add_up,
                a_series_goes_in_whole_or_not_at_all, what_an_unforeseen_series_would_take_goes_to_others,
                a_series_and_a_draw_of_one_player_in_a_batch, one_of_racing_series_of_a_player_wins;
            stock: opening_stock_is_taken_once, the_last_unit_is_given_once, concurrent_batches_issue_exactly_the_stock,
                sold_out_is_marked_and_restocking_clears_it, a_reached_limit_takes_no_unit,
                what_drops_out_takes_no_unit, stock_changes_within_bounds, a_repeated_change_does_nothing,
                stock_of_an_unknown_prize, one_batch_over_several_campaigns;
            switches: a_switch_is_read_back, a_repeated_setting_does_nothing;
            tokens: a_token_is_read_back, a_name_is_for_one_token_at_a_time, revoking_is_done_once,
                tokens_are_recorded;
            voids: an_award_of_any_state_is_voided_for_good, a_voided_award_gives_its_unit_back,
                a_voided_award_takes_back_what_it_brought, what_lapsed_of_an_award_is_not_taken_twice,
                what_was_spent_is_owed_or_lost,
                a_claim_on_a_voided_award_ends_nothing, what_a_message_may_have_brought_goes_to_nobody_else, what_people_handed_over_stays_paid,
                a_repeated_void_does_nothing;
        }
    };
}

/// The tests behind [`conformance!`].
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($backend:expr; $($subject:ident: $($case:ident),+;)+) => {$(
        mod $subject {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let backend = $backend;
                    $crate::conformance::$subject::$case(&backend).await;
                    $crate::conformance::reconciliation::holds(&backend).await;
                }
            )+
        }
    )+};
}
