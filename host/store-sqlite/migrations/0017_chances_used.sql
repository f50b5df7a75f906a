-- Of players who took part before 0010 it was forgotten how many chances they had used: what was left became what they began with.
-- It stands in their draws: one that was made before then on a revision that counts chances took one. So many were used besides, and
-- as many were given in the beginning, which leaves what is left as it is.
--
-- A count that those draws do not account for stays, for reconciliation to tell of. 0010 was run somewhere within the second that
-- is kept of it.
WITH counting AS MATERIALIZED (
    SELECT campaign, number AS revision,
           iif(document -> '$.document' IS NULL, NULL, document ->> '$.document.chances.granted' IS NOT NULL) AS counts
    FROM revisions
),
ran AS MATERIALIZED (SELECT unixepoch(installed_on) * 1000 AS at FROM _sqlx_migrations WHERE version = 10)
UPDATE participations SET chances_initial = chances_initial + made - chances_used, chances_used = made
FROM (
    SELECT player AS p, campaign AS c, sum(counts) AS made, min(counts IS NOT NULL) AS known,
           sum(counts AND drawn_at >= at) AS at_most_since, sum(counts AND drawn_at >= at + 1000) AS at_least_since
    FROM draws LEFT JOIN counting USING (campaign, revision) JOIN ran GROUP BY player, campaign
)
WHERE player = p AND campaign = c AND known AND chances_initial IS NOT NULL AND chances_used < made
      AND chances_used BETWEEN at_least_since AND at_most_since;

-- Of every draw it is known by now whether it took a chance.
DROP TABLE chances_unknown;
