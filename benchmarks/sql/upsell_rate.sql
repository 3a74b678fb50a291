-- A customer's first order is told by its day and number in one integer. In the month of their first order customers
-- exist from their second order on.
WITH bought AS (
  SELECT customer_id, min((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) AS first_order
  FROM orders WHERE status <> 'cancelled' AND ordered_on < '2026-11-01' GROUP BY customer_id
), monthly AS (
  SELECT customer_id, MONTH_OF(ordered_on) AS month, max((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) AS last_order
  FROM orders WHERE status <> 'cancelled' AND ordered_on >= '2023-10-01' AND ordered_on < '2026-11-01'
  GROUP BY customer_id, MONTH_OF(ordered_on)
)
SELECT 'whole' AS k_part, month AS k_month, count(*) AS denominator
FROM monthly JOIN bought ON bought.customer_id = monthly.customer_id
WHERE last_order > first_order GROUP BY month;

WITH bought AS (
  SELECT customer_id, min((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) AS first_order
  FROM orders WHERE status <> 'cancelled' AND ordered_on < '2026-11-01' GROUP BY customer_id
), marked AS (
  SELECT customer_id, MONTH_OF(ordered_on) AS month,
         max((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | orders.id) AS last_order
  FROM order_lines JOIN orders ON orders.id = order_lines.order_id
  WHERE mark = 'upsell' AND status <> 'cancelled' AND ordered_on >= '2023-10-01' AND ordered_on < '2026-11-01'
  GROUP BY customer_id, MONTH_OF(ordered_on)
)
SELECT 'whole' AS k_part, month AS k_month, count(*) AS numerator
FROM marked JOIN bought ON bought.customer_id = marked.customer_id
WHERE last_order > first_order GROUP BY month;
