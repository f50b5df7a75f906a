-- What lapsed of a player's lots, and was taken back of that: looked up where something is taken back.
CREATE INDEX transfers_lapsed ON transfers (from_owner, unit) WHERE to_kind = 'house' AND to_part = 'lapsed';
CREATE INDEX transfers_of_lapsed ON transfers (to_owner, unit) WHERE from_kind = 'house' AND from_part = 'lapsed';

-- The events that reverse one, for what compares what they took back.
CREATE INDEX events_reversing ON events (reverses) WHERE reverses IS NOT NULL;

-- A player's holds in the order in which they were placed.
CREATE INDEX holds_by_player ON holds (player, number);
