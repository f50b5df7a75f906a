-- What was won in a campaign, in order: by draws, and by events.
CREATE INDEX draws_won ON draws (campaign, position) WHERE prize IS NOT NULL;
CREATE INDEX rebate_awards_by_campaign ON rebate_awards (campaign, position);

-- The accounts of campaigns, which are few among those of players.
CREATE INDEX accounts_of_campaigns ON accounts (owner) WHERE kind IN ('budget', 'prize');
