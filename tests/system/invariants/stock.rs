//! Stock: issued once for each that has a unit, and changed as it was recorded.

/// Queries that find what must not be.
pub(super) const NEVER: &[(&str, &str)] = &[
    ("more units issued than there are", "SELECT campaign, prize FROM stock WHERE issued > allotted"),
    (
        "units issued that no draw or order has, or the other way round",
        "SELECT campaign, prize FROM stock WHERE issued <> (SELECT count(*) FROM draws \
         WHERE draws.campaign = stock.campaign AND draws.prize = stock.prize) + (SELECT count(*) FROM award_details AS a \
         WHERE a.campaign = stock.campaign AND a.prize = stock.prize AND rebate IS NOT NULL) + (SELECT count(*) FROM tasks \
         JOIN rebates ON number = rebates.position, json_each(referrals ->> 'prizes') WHERE queue = 'referrals' \
         AND rebates.campaign = stock.campaign AND json_each.value ->> 'prize' = stock.prize) + (SELECT coalesce(sum(quantity), 0) FROM orders \
         WHERE orders.campaign = stock.campaign AND sku = stock.prize AND stocked)",
    ),
    (
        "a stock that its changes do not add up to",
        "SELECT campaign, prize FROM stock WHERE allotted <> (SELECT total(change) FROM stock_changes AS c \
         WHERE c.campaign = stock.campaign AND c.prize = stock.prize)",
    ),
    (
        "a change of stock that is not recorded, or the other way round",
        "SELECT 1 WHERE (SELECT count(*) FROM operations WHERE what = 'adjust_stock') \
         + (SELECT count(*) FROM orders WHERE stocked AND voided_at IS NOT NULL) <> (SELECT count(*) FROM stock_changes WHERE award IS NULL) - (SELECT count(*) FROM stock)",
    ),
];
