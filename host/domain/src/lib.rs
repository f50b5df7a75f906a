//! Vocabulary and arithmetic of Tombola: pure functions and plain values, without IO, clock or entropy.
//!
//! A **campaign** is one lottery. It has **prizes**, which have stock; **pools**, which are sets of prizes with exact odds;
//! and rules. A player's **chances** in it are the right to draw. A **draw** uses one chance and has exactly one outcome, a
//! function of its **seed** and of **facts**. The seed comes from the secret of an **epoch** and from the draw's **ordinal**.
//! A **grant** is the wish to hand over one unit of a prize, which a **stock** bucket allows or not. A **receipt** holds all
//! that is needed to replay one draw, and the host's **signature** seals batches of them. A **series** is several draws of
//! one player that a client asked for as one. The **ledger** says who has how much of a **unit**; a **hold** sets some of it
//! aside for a while.
//!
//! An **event** is something that a player did, and a **tally** what is remembered of their earlier ones. A **rebate** is what a
//! campaign gives for one event: **rewards**, each to the player or to the **referrer** who brought them, with a receipt of
//! its own.
//!
//! Coupon **codes** are handed over out of a **code pool**, whose free codes are the stock of the prizes that name it.
//!
//! A prize that was won is an **award**. How it reaches its player is its **delivery**, and how far that is its **state**. What
//! the host has to do for it is a **task** in a **queue**.
//!
//! A **switch** is what operators set for all hosts while they run; a **rate** is how many requests are let in while a window slides.
//!
//! An error is told with its [`causes`].

pub mod amount;
pub mod award;
mod canonical;
pub mod causes;
pub mod chance;
pub mod code;
pub mod digest;
pub mod draw;
pub mod epoch;
pub mod event;
pub mod fact;
pub mod hold;
pub mod id;
pub mod ledger;
pub mod list_digest;
pub mod merkle;
pub mod odds;
pub mod order;
pub mod random;
pub mod reason;
pub mod rebate;
pub mod receipt;
pub mod series;
pub mod signature;
pub mod stock;
pub mod switch;
pub mod task;
pub mod terminal;
pub mod time;
pub mod webhook;
