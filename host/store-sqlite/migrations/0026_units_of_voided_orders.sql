-- A voided order keeps the units that it took, as a voided award does, and there are as many more instead: units are numbered by how many
-- were issued, and no number is given twice.
INSERT INTO stock_changes (campaign, prize, change, reason, actor, at)
SELECT o.campaign, sku, CAST(sum(quantity) AS BIGINT), 'orders that were voided', '', max(voided_at)
FROM orders o JOIN stock s ON s.campaign = o.campaign AND s.prize = o.sku
WHERE voided_at IS NOT NULL AND stocked = 1 GROUP BY o.campaign, sku;

UPDATE stock SET issued = issued + v.units, allotted = allotted + v.units
FROM (SELECT campaign AS c, sku, CAST(sum(quantity) AS BIGINT) AS units FROM orders
      WHERE voided_at IS NOT NULL AND stocked = 1 GROUP BY campaign, sku) AS v
WHERE campaign = v.c AND prize = v.sku;
