//! Both HTTP APIs: for clients under `/v1`, for operators under `/v1/operator`.
//!
//! One operation, one file, always in the same order: request, response, errors, handler. All routes stand on one page,
//! [`router`]. A caller is an extractor that says which role it lets in; what a handler may refuse is a
//! [`problem::Problem`], made from the use case's error in one place. To add an operation: its file, its line in `router`.

mod body;
mod bundle;
mod caller;
mod client;
mod complaint;
mod describe;
mod limits;
mod lines;
mod observe;
mod once;
mod operator;
mod page;
mod params;
pub mod problem;
mod rates;
mod reason;
mod route;
mod router;
mod system;
mod taken;
mod throttle;
mod view;
mod wire;

pub use router::{Settings, open_api, router};
