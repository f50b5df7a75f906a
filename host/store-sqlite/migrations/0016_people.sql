-- Erasing a referrer's values finds the events that name them.
CREATE INDEX events_by_referrer ON events (referrer) WHERE referrer IS NOT NULL;
