//! The whole system, from outside: the real binary on a folder of its own, spoken to over HTTP, killed, restarted, and held to
//! account by reading its database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adjustments;
mod audit;
mod backup;
mod codes;
mod copied;
mod crash;
mod damage;
mod deliveries;
mod dice;
mod disk;
mod documents;
mod events;
mod faults;
mod fleet;
mod harness;
mod histories;
mod holds;
mod hostile;
mod hosts;
mod invariants;
mod journey;
mod lapses;
mod lists;
mod load;
mod metrics;
mod mixed;
mod operate;
mod players;
mod points;
mod queues;
mod races;
mod reach;
mod ready;
mod receiver;
mod reconcile;
mod recovered;
mod refused;
mod retention;
mod reversals;
mod roles;
mod routes;
mod rules;
mod swap;
mod switches;
mod turnover;
mod upload;
mod views;
