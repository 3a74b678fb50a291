-- What was sold between the ends of three quarters, apart for customers with a known lead.
WITH won AS (
  SELECT customers.id FROM customers JOIN leads ON leads.id = customers.lead_id
  WHERE created_at >= '2022-01-01' AND source_id IS NOT NULL
)
SELECT 'sold' AS k_part, CASE WHEN won.id IS NULL THEN 'unknown' ELSE 'won' END AS k_known,
       CASE WHEN ordered_on < '2025-07-01' THEN 0 WHEN ordered_on < '2025-10-01' THEN 1 WHEN ordered_on < '2026-04-01' THEN 2
            WHEN ordered_on < '2026-07-01' THEN 3 ELSE 4 END AS k_period,
       sum(amount) AS revenue, sum(cost) AS cost
FROM orders JOIN order_lines ON order_lines.order_id = orders.id LEFT JOIN won ON won.id = orders.customer_id
WHERE status <> 'cancelled' AND ordered_on < '2026-10-01' GROUP BY 2, 3;

SELECT 'served' AS k_part,
       CASE WHEN created_at >= '2022-01-01' AND source_id IS NOT NULL THEN 'won' ELSE 'unknown' END AS k_known,
       CASE WHEN booked_on < '2025-07-01' THEN 0 WHEN booked_on < '2025-10-01' THEN 1 WHEN booked_on < '2026-04-01' THEN 2
            WHEN booked_on < '2026-07-01' THEN 3 ELSE 4 END AS k_period,
       sum(amount) AS amount
FROM service_costs JOIN customers ON customers.id = service_costs.customer_id
LEFT JOIN leads ON leads.id = customers.lead_id
WHERE booked_on < '2026-10-01' GROUP BY 2, 3;

-- The quarter's profit by customer: who lost money, and how much each tenth of the customers brings.
WITH sold AS (
  SELECT customer_id, sum(amount) - sum(cost) AS margin
  FROM orders JOIN order_lines ON order_lines.order_id = orders.id
  WHERE status <> 'cancelled' AND ordered_on >= '2026-07-01' AND ordered_on < '2026-10-01' GROUP BY customer_id
), served AS (
  SELECT customer_id, sum(amount) AS service
  FROM service_costs WHERE booked_on >= '2026-07-01' AND booked_on < '2026-10-01' GROUP BY customer_id
), profits AS (
  SELECT coalesce(sold.customer_id, served.customer_id) AS customer_id, coalesce(margin, 0) - coalesce(service, 0) AS profit
  FROM sold FULL JOIN served ON served.customer_id = sold.customer_id
), placed AS (
  SELECT customer_id, profit, row_number() OVER (ORDER BY profit DESC) AS place, count(*) OVER () AS customers FROM profits
)
SELECT 'tenth' AS k_part, TEXT_OF(tenth) AS k_key, sum(profit) AS profit,
       count(*) AS customers, sum(CASE WHEN profit < 0 THEN 1 ELSE 0 END) AS losses,
       sum(CASE WHEN profit < 0 THEN profit ELSE 0 END) AS lost
FROM (SELECT profit, QUOTIENT((place - 1) * 10, customers) + 1 AS tenth FROM placed) AS tenths GROUP BY tenth
UNION ALL
SELECT 'worst', name, profit, NULL, NULL, NULL
FROM placed JOIN customers ON customers.id = placed.customer_id WHERE place > placed.customers - 3;

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
