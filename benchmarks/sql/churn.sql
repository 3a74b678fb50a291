-- When customers were active, one row for each, then all counts of three months at once.
WITH active AS (
  SELECT customer_id, min(ordered_on) AS first_on,
         max(CASE WHEN ordered_on >= '2024-10-01' AND ordered_on < '2025-10-01' THEN 1 ELSE 0 END) AS oct_25,
         max(CASE WHEN ordered_on >= '2024-11-01' AND ordered_on < '2025-11-01' THEN 1 ELSE 0 END) AS nov_25,
         max(CASE WHEN ordered_on >= '2025-09-01' AND ordered_on < '2026-09-01' THEN 1 ELSE 0 END) AS sep_26,
         max(CASE WHEN ordered_on >= '2025-10-01' AND ordered_on < '2026-10-01' THEN 1 ELSE 0 END) AS oct_26,
         max(CASE WHEN ordered_on >= '2025-11-01' THEN 1 ELSE 0 END) AS nov_26
  FROM orders WHERE status <> 'cancelled' AND ordered_on < '2026-11-01' GROUP BY customer_id
)
SELECT 'whole' AS k_part, '2025-10' AS k_month, sum(oct_25) AS active_start, sum(oct_25 * (1 - nov_25)) AS lost,
       sum(CASE WHEN first_on >= '2025-10-01' AND first_on < '2025-11-01' THEN 1 ELSE 0 END) AS new,
       sum(nov_25) AS active_end, sum(CASE WHEN first_on < '2025-11-01' THEN 1 ELSE 0 END) AS ever FROM active
UNION ALL
SELECT 'whole', '2026-09', sum(sep_26), sum(sep_26 * (1 - oct_26)),
       sum(CASE WHEN first_on >= '2026-09-01' AND first_on < '2026-10-01' THEN 1 ELSE 0 END),
       sum(oct_26), sum(CASE WHEN first_on < '2026-10-01' THEN 1 ELSE 0 END) FROM active
UNION ALL
SELECT 'whole', '2026-10', sum(oct_26), sum(oct_26 * (1 - nov_26)),
       sum(CASE WHEN first_on >= '2026-10-01' THEN 1 ELSE 0 END), sum(nov_26), count(*) FROM active;

-- How long customers wait between days on which they order: the 80th and 90th percentile.
WITH days AS (
  SELECT DAY_NUMBER(ordered_on) - lag(DAY_NUMBER(ordered_on)) OVER (PARTITION BY customer_id ORDER BY ordered_on) AS wait
  FROM orders WHERE status <> 'cancelled' AND ordered_on < '2026-11-01'
), counted AS (
  SELECT wait, count(*) AS times FROM days WHERE wait > 0 GROUP BY wait
), running AS (
  SELECT wait, sum(times) OVER (ORDER BY wait) AS so_far, sum(times) OVER () AS times FROM counted
)
SELECT 'waits' AS k_part, max(times) AS waits, min(CASE WHEN 100 * so_far >= 80 * times THEN wait END) AS p80,
       min(CASE WHEN 100 * so_far >= 90 * times THEN wait END) AS p90
FROM running;

-- 1 November 2026 is day 9801.
SELECT 'at_risk' AS k_part, silent AS k_days, count(*) AS customers
FROM (SELECT 9801 - DAY_NUMBER(max(ordered_on)) AS silent
      FROM orders WHERE status <> 'cancelled' AND ordered_on >= '2025-11-01' AND ordered_on < '2026-11-01'
      GROUP BY customer_id) AS customers
GROUP BY silent;

SELECT 'target' AS k_part, value FROM quotas WHERE metric = 'churn' AND month = '2026-10-01' AND rep_id IS NULL;
