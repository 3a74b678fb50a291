WITH bought AS (
  SELECT customer_id,
         sum(CASE WHEN ordered_on >= '2026-07-01' THEN amount END) AS now,
         sum(CASE WHEN ordered_on >= '2026-04-01' AND ordered_on < '2026-07-01' THEN amount END) AS previous,
         sum(CASE WHEN ordered_on < '2026-04-01' THEN amount END) AS year_ago
  FROM orders JOIN order_lines ON order_lines.order_id = orders.id
  WHERE status <> 'cancelled'
        AND (ordered_on >= '2026-04-01' AND ordered_on < '2026-10-01' OR ordered_on >= '2025-07-01' AND ordered_on < '2025-10-01')
  GROUP BY customer_id
)
SELECT 'all' AS k_part, NULL AS k_customer, sum(now) AS now, sum(previous) AS previous, sum(year_ago) AS year_ago, NULL AS name
FROM bought
UNION ALL
SELECT 'customer', customer_id, now, previous, year_ago, name
FROM (SELECT * FROM bought WHERE now IS NOT NULL ORDER BY now DESC LIMIT 10) AS best JOIN customers ON customers.id = best.customer_id;

SELECT 'target' AS k_part, sum(value) AS value
FROM quotas WHERE metric = 'sales' AND month >= '2026-07-01' AND month < '2026-10-01';
