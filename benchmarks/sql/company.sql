-- Leads and conversions by month of entry.
WITH fine AS (
  SELECT MONTH_OF(created_at) AS month, rep_id, region_id, count(*) AS entered,
         sum(CASE WHEN created_at < '2026-08-26' THEN 1 ELSE 0 END) AS mature,
         sum(CASE WHEN created_at < '2026-08-26' AND DAY_NUMBER(converted_at) - DAY_NUMBER(created_at) BETWEEN 0 AND 89
                  THEN 1 ELSE 0 END) AS converted
  FROM leads
  WHERE status NOT IN ('spam', 'duplicate') AND created_at >= '2024-11-01' AND created_at < '2026-11-01'
  GROUP BY MONTH_OF(created_at), rep_id, region_id
)
SELECT 'leads' AS k_what, 'all' AS k_by, 0 AS k_key, month AS k_month,
       sum(entered) AS entered, sum(mature) AS mature, sum(converted) AS converted FROM fine GROUP BY month
UNION ALL
SELECT 'leads', 'rep', rep_id, month, sum(entered), sum(mature), sum(converted) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'leads', 'region', region_id, month, sum(entered), sum(mature), sum(converted) FROM fine GROUP BY region_id, month;

-- Sales and their cost, of all months: what customers with a known lead brought so far needs the earlier ones.
WITH won AS (
  SELECT customers.id FROM customers JOIN leads ON leads.id = customers.lead_id
  WHERE created_at >= '2022-01-01' AND source_id IS NOT NULL
), fine AS (
  SELECT MONTH_OF(ordered_on) AS month, rep_id, region_id, CASE WHEN won.id IS NULL THEN 0 ELSE 1 END AS known,
         sum(amount) AS revenue, sum(cost) AS cost
  FROM orders JOIN order_lines ON order_lines.order_id = orders.id LEFT JOIN won ON won.id = orders.customer_id
  WHERE status <> 'cancelled' AND ordered_on < '2026-11-01'
  GROUP BY MONTH_OF(ordered_on), rep_id, region_id, CASE WHEN won.id IS NULL THEN 0 ELSE 1 END
)
SELECT 'sold' AS k_what, 'all' AS k_by, 0 AS k_key, month AS k_month, sum(revenue) AS revenue, sum(cost) AS cost,
       sum(revenue * known) AS known_revenue, sum(cost * known) AS known_cost
FROM fine GROUP BY month
UNION ALL
SELECT 'sold', 'rep', rep_id, month, sum(revenue), sum(cost), sum(revenue * known), sum(cost * known)
FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'sold', 'region', region_id, month, sum(revenue), sum(cost), sum(revenue * known), sum(cost * known)
FROM fine GROUP BY region_id, month;

WITH fine AS (
  SELECT MONTH_OF(booked_on) AS month, customers.rep_id, customers.region_id,
         CASE WHEN created_at >= '2022-01-01' AND source_id IS NOT NULL THEN 1 ELSE 0 END AS known, sum(amount) AS amount
  FROM service_costs JOIN customers ON customers.id = service_costs.customer_id
  LEFT JOIN leads ON leads.id = customers.lead_id
  WHERE booked_on < '2026-11-01' GROUP BY 1, 2, 3, 4
)
SELECT 'served' AS k_what, 'all' AS k_by, 0 AS k_key, month AS k_month, sum(amount) AS amount,
       sum(amount * known) AS known_amount
FROM fine GROUP BY month
UNION ALL
SELECT 'served', 'rep', rep_id, month, sum(amount), sum(amount * known) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'served', 'region', region_id, month, sum(amount), sum(amount * known) FROM fine GROUP BY region_id, month;

SELECT 'spent' AS k_what, 'region' AS k_by, region_id AS k_key, MONTH_OF(month) AS k_month, sum(amount) AS amount
FROM marketing_costs WHERE month >= '2024-11-01' AND month < '2026-11-01' GROUP BY region_id, MONTH_OF(month);

-- What it cost to win each customer, by the month of their first order.
WITH firsts AS (
  SELECT customer_id, min(ordered_on) AS first_on FROM orders WHERE status <> 'cancelled' GROUP BY customer_id
), won AS (
  SELECT customers.rep_id, customers.region_id, MONTH_OF(first_on) AS month, source_id, MONTH_OF(created_at) AS lead_month,
         count(*) AS customers
  FROM firsts JOIN customers ON customers.id = firsts.customer_id JOIN leads ON leads.id = customers.lead_id
  WHERE source_id IS NOT NULL AND created_at >= '2022-01-01' GROUP BY 1, 2, 3, 4, 5
), spent AS (
  SELECT source_id, MONTH_OF(month) AS month, sum(amount) AS amount FROM marketing_costs GROUP BY 1, 2
), batches AS (
  SELECT source_id, lead_month, sum(customers) AS customers FROM won GROUP BY 1, 2
), shares AS (
  SELECT spent.source_id, spent.month, amount, customers, amount / customers AS share
  FROM spent LEFT JOIN batches ON batches.source_id = spent.source_id AND batches.lead_month = spent.month
), fine AS (
  SELECT rep_id, region_id, won.month, sum(won.customers) AS customers, sum(won.customers * share) AS cost
  FROM won JOIN shares ON shares.source_id = won.source_id AND shares.month = won.lead_month GROUP BY 1, 2, 3
)
SELECT 'won' AS k_what, 'all' AS k_by, 0 AS k_key, month AS k_month, sum(customers) AS customers, sum(cost) AS cost
FROM fine GROUP BY month
UNION ALL
SELECT 'won', 'rep', rep_id, month, sum(customers), sum(cost) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'won', 'region', region_id, month, sum(customers), sum(cost) FROM fine GROUP BY region_id, month
UNION ALL
SELECT 'unallocated', 'all', 0, month, 0, sum(amount) FROM shares WHERE customers IS NULL GROUP BY month;

-- Existing buyers, and who bought at a higher level: a bit for each month since November 2024.
WITH firsts AS (
  SELECT customer_id, min((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) AS first_order
  FROM orders WHERE status <> 'cancelled' GROUP BY customer_id
), marked AS (
  SELECT DISTINCT order_id FROM order_lines WHERE mark = 'upsell'
), fine AS (
  SELECT orders.customer_id, rep_id, region_id, bit_or(CAST(1 AS BIGINT) << MONTH_NUMBER(ordered_on)) AS bought,
         bit_or(CASE WHEN order_id IS NULL THEN 0 ELSE CAST(1 AS BIGINT) << MONTH_NUMBER(ordered_on) END) AS upsold
  FROM orders JOIN firsts ON firsts.customer_id = orders.customer_id LEFT JOIN marked ON marked.order_id = orders.id
  WHERE status <> 'cancelled' AND ordered_on >= '2024-11-01' AND ordered_on < '2026-11-01'
        AND ((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) > first_order
  GROUP BY orders.customer_id, rep_id, region_id
)
SELECT 'bought' AS k_what, 'all' AS k_by, 0 AS k_key, count(*) AS existing,
       sum(CASE WHEN upsold <> 0 THEN 1 ELSE 0 END) AS upsold,
       EACH_MONTH(sum((bought >> #) & 1) AS existing_#), EACH_MONTH(sum((upsold >> #) & 1) AS upsold_#)
FROM (SELECT bit_or(bought) AS bought, bit_or(upsold) AS upsold FROM fine GROUP BY customer_id) AS everyone
UNION ALL
SELECT 'bought', 'rep', rep_id, count(*), sum(CASE WHEN upsold <> 0 THEN 1 ELSE 0 END),
       EACH_MONTH(sum((bought >> #) & 1)), EACH_MONTH(sum((upsold >> #) & 1))
FROM (SELECT rep_id, bit_or(bought) AS bought, bit_or(upsold) AS upsold FROM fine GROUP BY customer_id, rep_id) AS everyone
GROUP BY rep_id
UNION ALL
SELECT 'bought', 'region', region_id, count(*), sum(CASE WHEN upsold <> 0 THEN 1 ELSE 0 END),
       EACH_MONTH(sum((bought >> #) & 1)), EACH_MONTH(sum((upsold >> #) & 1))
FROM (SELECT region_id, bit_or(bought) AS bought, bit_or(upsold) AS upsold FROM fine GROUP BY customer_id, region_id) AS everyone
GROUP BY region_id;

-- Churn: a bit for each month since November 2023, and one for each first day of a month that is 366 days before
-- another one. A customer is active on the first of a month whose 365 days have a bit.
WITH days AS (
  SELECT customer_id, min(ordered_on) AS first_on, MONTH_NUMBER(min(ordered_on)) AS first_month, bit_or(CASE
           WHEN ordered_on < '2023-11-01' THEN 0
           WHEN ordered_on = '2023-11-01' THEN CAST(1 AS BIGINT) << 40
           WHEN ordered_on = '2023-12-01' THEN CAST(1 AS BIGINT) << 41
           WHEN ordered_on = '2024-01-01' THEN CAST(1 AS BIGINT) << 42
           WHEN ordered_on = '2024-02-01' THEN CAST(1 AS BIGINT) << 43
           ELSE CAST(1 AS BIGINT) << (MONTH_NUMBER(ordered_on) + 12) END) AS bits
  FROM orders WHERE status <> 'cancelled' AND ordered_on < '2026-11-01' GROUP BY customer_id
), fine AS (
  SELECT rep_id, region_id,
         EACH_MONTH(sum(CASE WHEN bits & YEAR_TO(#) <> 0 THEN 1 ELSE 0 END) AS active_#),
         sum(CASE WHEN bits & YEAR_TO(24) <> 0 THEN 1 ELSE 0 END) AS active_24,
         EACH_MONTH(sum(CASE WHEN bits & YEAR_TO(#) <> 0 AND bits & YEAR_TO_NEXT(#) = 0 THEN 1 ELSE 0 END) AS lost_#),
         sum(CASE WHEN bits & YEAR_TO(0) <> 0 AND bits & YEAR_TO(24) = 0 THEN 1 ELSE 0 END) AS lost,
         sum(CASE WHEN first_on >= '2024-11-01' AND bits & YEAR_TO(24) = 0 THEN 1 ELSE 0 END) AS gone,
         EACH_MONTH(sum(CASE WHEN first_month = # THEN 1 ELSE 0 END) AS new_#),
         sum(CASE WHEN first_on < '2024-11-01' THEN 1 ELSE 0 END) AS before
  FROM days JOIN customers ON customers.id = days.customer_id GROUP BY rep_id, region_id
)
SELECT 'active' AS k_what, 'all' AS k_by, 0 AS k_key, EACH_MONTH(sum(active_#) AS active_#), sum(active_24) AS active_24,
       EACH_MONTH(sum(lost_#) AS lost_#), sum(lost) AS lost, sum(gone) AS gone, EACH_MONTH(sum(new_#) AS new_#),
       sum(before) AS before FROM fine
UNION ALL
SELECT 'active', 'rep', rep_id, EACH_MONTH(sum(active_#)), sum(active_24), EACH_MONTH(sum(lost_#)), sum(lost), sum(gone),
       EACH_MONTH(sum(new_#)), sum(before)
FROM fine GROUP BY rep_id
UNION ALL
SELECT 'active', 'region', region_id, EACH_MONTH(sum(active_#)), sum(active_24), EACH_MONTH(sum(lost_#)), sum(lost), sum(gone),
       EACH_MONTH(sum(new_#)), sum(before)
FROM fine GROUP BY region_id;

WITH fine AS (
  SELECT MONTH_OF(answered_at) AS month, rep_id, region_id, count(score) AS n,
         sum(CASE WHEN score BETWEEN 9 AND 10 THEN 1 ELSE 0 END) AS promoters,
         sum(CASE WHEN score BETWEEN 0 AND 6 THEN 1 ELSE 0 END) AS detractors
  FROM nps_answers WHERE answered_at >= '2024-11-01' AND answered_at < '2026-11-01' GROUP BY 1, 2, 3
)
SELECT 'scored' AS k_what, 'all' AS k_by, 0 AS k_key, month AS k_month, sum(n) AS n, sum(promoters) AS promoters,
       sum(detractors) AS detractors FROM fine GROUP BY month
UNION ALL
SELECT 'scored', 'rep', rep_id, month, sum(n), sum(promoters), sum(detractors) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'scored', 'region', region_id, month, sum(n), sum(promoters), sum(detractors) FROM fine GROUP BY region_id, month;

WITH fine AS (
  SELECT MONTH_OF(sent_at) AS month, rep_id, region_id, count(*) AS delivered, count(answered_at) AS answered
  FROM nps_answers WHERE sent_at >= '2024-11-01' AND sent_at < '2026-11-01' GROUP BY 1, 2, 3
)
SELECT 'sent' AS k_what, 'all' AS k_by, 0 AS k_key, month AS k_month, sum(delivered) AS delivered,
       sum(answered) AS answered FROM fine GROUP BY month
UNION ALL
SELECT 'sent', 'rep', rep_id, month, sum(delivered), sum(answered) FROM fine GROUP BY rep_id, month
UNION ALL
SELECT 'sent', 'region', region_id, month, sum(delivered), sum(answered) FROM fine GROUP BY region_id, month;
