-- What customers bought, by the periods between the ends of three quarters, in one pass over the lines.
WITH sold AS (
  SELECT customer_id,
         sum(CASE WHEN ordered_on < '2025-07-01' THEN amount END) AS r0, sum(CASE WHEN ordered_on < '2025-07-01' THEN cost END) AS c0,
         sum(CASE WHEN ordered_on >= '2025-07-01' AND ordered_on < '2025-10-01' THEN amount END) AS r1,
         sum(CASE WHEN ordered_on >= '2025-07-01' AND ordered_on < '2025-10-01' THEN cost END) AS c1,
         sum(CASE WHEN ordered_on >= '2025-10-01' AND ordered_on < '2026-04-01' THEN amount END) AS r2,
         sum(CASE WHEN ordered_on >= '2025-10-01' AND ordered_on < '2026-04-01' THEN cost END) AS c2,
         sum(CASE WHEN ordered_on >= '2026-04-01' AND ordered_on < '2026-07-01' THEN amount END) AS r3,
         sum(CASE WHEN ordered_on >= '2026-04-01' AND ordered_on < '2026-07-01' THEN cost END) AS c3,
         sum(CASE WHEN ordered_on >= '2026-07-01' THEN amount END) AS r4, sum(CASE WHEN ordered_on >= '2026-07-01' THEN cost END) AS c4
  FROM orders JOIN order_lines ON order_lines.order_id = orders.id
  WHERE status <> 'cancelled' AND ordered_on < '2026-10-01' GROUP BY customer_id
), served AS (
  SELECT customer_id,
         sum(CASE WHEN booked_on < '2025-07-01' THEN amount END) AS s0,
         sum(CASE WHEN booked_on >= '2025-07-01' AND booked_on < '2025-10-01' THEN amount END) AS s1,
         sum(CASE WHEN booked_on >= '2025-10-01' AND booked_on < '2026-04-01' THEN amount END) AS s2,
         sum(CASE WHEN booked_on >= '2026-04-01' AND booked_on < '2026-07-01' THEN amount END) AS s3,
         sum(CASE WHEN booked_on >= '2026-07-01' THEN amount END) AS s4
  FROM service_costs WHERE booked_on < '2026-10-01' GROUP BY customer_id
), won AS (
  SELECT customers.id FROM customers JOIN leads ON leads.id = customers.lead_id
  WHERE created_at >= '2022-01-01' AND source_id IS NOT NULL
), profits AS (
  SELECT coalesce(sold.customer_id, served.customer_id) AS customer_id,
         coalesce(r4, 0) - coalesce(c4, 0) - coalesce(s4, 0) AS profit
  FROM sold FULL JOIN served ON served.customer_id = sold.customer_id WHERE r4 IS NOT NULL OR s4 IS NOT NULL
), placed AS (
  SELECT profit, row_number() OVER (ORDER BY profit DESC) AS place, count(*) OVER () AS customers FROM profits
)
SELECT 'sold' AS k_part, CASE WHEN won.id IS NULL THEN 'unknown' ELSE 'won' END AS k_known,
       sum(r0) AS r0, sum(c0) AS c0, sum(r1) AS r1, sum(c1) AS c1, sum(r2) AS r2, sum(c2) AS c2, sum(r3) AS r3, sum(c3) AS c3,
       sum(r4) AS r4, sum(c4) AS c4
FROM sold LEFT JOIN won ON won.id = sold.customer_id GROUP BY 2
UNION ALL
SELECT 'served', CASE WHEN won.id IS NULL THEN 'unknown' ELSE 'won' END,
       sum(s0), sum(s1), sum(s2), sum(s3), sum(s4), NULL, NULL, NULL, NULL, NULL
FROM served LEFT JOIN won ON won.id = served.customer_id GROUP BY 2
UNION ALL
SELECT 'losses', NULL, count(*), sum(CASE WHEN profit < 0 THEN 1 ELSE 0 END), sum(CASE WHEN profit < 0 THEN profit END),
       sum(profit), NULL, NULL, NULL, NULL, NULL, NULL
FROM profits
UNION ALL
SELECT 'tenth', TEXT_OF(tenth), sum(profit), count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT profit, QUOTIENT((place - 1) * 10, customers) + 1 AS tenth FROM placed) AS tenths GROUP BY tenth
UNION ALL
SELECT 'worst', name, profit, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT * FROM profits ORDER BY profit LIMIT 3) AS worst JOIN customers ON customers.id = worst.customer_id;

-- What it cost to win customers: by source and month of their lead, and by when they first ordered.
WITH firsts AS (
  SELECT customer_id, min(ordered_on) AS first_on FROM orders WHERE status <> 'cancelled' GROUP BY customer_id
)
SELECT 'won' AS k_part, source_id AS k_source, MONTH_OF(created_at) AS k_month,
       sum(CASE WHEN first_on < '2025-10-01' THEN 1 ELSE 0 END) AS by_2025_07,
       sum(CASE WHEN first_on < '2026-07-01' THEN 1 ELSE 0 END) AS by_2026_04,
       sum(CASE WHEN first_on < '2026-10-01' THEN 1 ELSE 0 END) AS by_2026_07,
       count(*) AS customers
FROM firsts JOIN customers ON customers.id = firsts.customer_id JOIN leads ON leads.id = customers.lead_id
WHERE source_id IS NOT NULL AND created_at >= '2022-01-01'
GROUP BY source_id, MONTH_OF(created_at);

SELECT 'spent' AS k_part, source_id AS k_source, MONTH_OF(month) AS k_month, sum(amount) AS amount
FROM marketing_costs WHERE month < '2026-12-01' GROUP BY source_id, MONTH_OF(month);
