WITH fine AS (
  SELECT MONTH_OF(created_at) AS month, rep_id, region_id, count(*) AS leads
  FROM leads
  WHERE status NOT IN ('spam', 'duplicate') AND created_at >= '2024-11-01' AND created_at < '2026-11-01'
  GROUP BY MONTH_OF(created_at), rep_id, region_id
)
SELECT 'all' AS k_by, 0 AS k_key, month AS k_month, sum(leads) AS leads FROM fine GROUP BY month
UNION ALL
SELECT 'rep', rep_id, month, sum(leads) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'region', region_id, month, sum(leads) FROM fine GROUP BY region_id, month;

WITH fine AS (
  SELECT MONTH_OF(ordered_on) AS month, rep_id, region_id, sum(amount) AS sales
  FROM orders JOIN order_lines ON order_lines.order_id = orders.id
  WHERE status <> 'cancelled' AND ordered_on >= '2024-11-01' AND ordered_on < '2026-11-01'
  GROUP BY MONTH_OF(ordered_on), rep_id, region_id
)
SELECT 'all' AS k_by, 0 AS k_key, month AS k_month, sum(sales) AS sales FROM fine GROUP BY month
UNION ALL
SELECT 'rep', rep_id, month, sum(sales) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'region', region_id, month, sum(sales) FROM fine GROUP BY region_id, month;

-- Every order has a line, so that orders and buyers need no lines. Buyers have a bit for each month.
WITH fine AS (
  SELECT MONTH_OF(ordered_on) AS month, rep_id, region_id, count(*) AS orders
  FROM orders WHERE status <> 'cancelled' AND ordered_on >= '2024-11-01' AND ordered_on < '2026-11-01'
  GROUP BY MONTH_OF(ordered_on), rep_id, region_id
)
SELECT 'all' AS k_by, 0 AS k_key, month AS k_month, sum(orders) AS orders FROM fine GROUP BY month
UNION ALL
SELECT 'rep', rep_id, month, sum(orders) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'region', region_id, month, sum(orders) FROM fine GROUP BY region_id, month;

WITH fine AS (
  SELECT customer_id, rep_id, region_id, bit_or(CAST(1 AS BIGINT) << MONTH_NUMBER(ordered_on)) AS bits
  FROM orders WHERE status <> 'cancelled' AND ordered_on >= '2024-11-01' AND ordered_on < '2026-11-01'
  GROUP BY customer_id, rep_id, region_id
)
SELECT 'all' AS k_by, 0 AS k_key, EACH_MONTH(sum((bits >> #) & 1) AS buyers_#)
FROM (SELECT bit_or(bits) AS bits FROM fine GROUP BY customer_id) AS everyone
UNION ALL
SELECT 'rep', rep_id, EACH_MONTH(sum((bits >> #) & 1))
FROM (SELECT rep_id, bit_or(bits) AS bits FROM fine GROUP BY customer_id, rep_id) AS everyone GROUP BY rep_id
UNION ALL
SELECT 'region', region_id, EACH_MONTH(sum((bits >> #) & 1))
FROM (SELECT region_id, bit_or(bits) AS bits FROM fine GROUP BY customer_id, region_id) AS everyone GROUP BY region_id;

WITH fine AS (
  SELECT MONTH_OF(closed_at) AS month, opportunities.rep_id, region_id,
         sum(CASE WHEN stage = 'won' THEN 1 ELSE 0 END) AS won, count(*) AS closed
  FROM opportunities JOIN leads ON leads.id = opportunities.lead_id
  WHERE stage IN ('won', 'lost') AND closed_at >= '2024-11-01' AND closed_at < '2026-11-01'
  GROUP BY MONTH_OF(closed_at), opportunities.rep_id, region_id
)
SELECT 'all' AS k_by, 0 AS k_key, month AS k_month, sum(won) AS won, sum(closed) AS closed FROM fine GROUP BY month
UNION ALL
SELECT 'rep', rep_id, month, sum(won), sum(closed) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'region', region_id, month, sum(won), sum(closed) FROM fine GROUP BY region_id, month;
