-- The first order of a customer and category, in one integer: its day, its number, and whether all its lines of the
-- category are marked (then the marks decide).
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

WITH lines AS (
  SELECT customer_id, ordered_on, orders.id AS order_id, category_id, mark
  FROM order_lines JOIN orders ON orders.id = order_lines.order_id JOIN products ON products.id = order_lines.product_id
  WHERE status <> 'cancelled' AND ordered_on < '2026-11-01'
), tried AS (
  SELECT customer_id, min(ordered_on) AS day,
         min((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 33) | (CAST(order_id AS BIGINT) << 1)
             | CASE WHEN mark IS NULL THEN 0 ELSE 1 END) AS first_order
  FROM lines GROUP BY customer_id, category_id
), bought AS (
  SELECT customer_id, min(first_order >> 1) AS first_order FROM tried GROUP BY customer_id
), sold AS (
  SELECT tried.customer_id, MONTH_OF(day) AS month
  FROM tried JOIN bought ON bought.customer_id = tried.customer_id
  WHERE (tried.first_order >> 1) > bought.first_order AND (tried.first_order & 1) = 0 AND day >= '2023-10-01'
  UNION
  SELECT lines.customer_id, MONTH_OF(ordered_on)
  FROM lines JOIN bought ON bought.customer_id = lines.customer_id
  WHERE mark = 'cross-sell' AND ordered_on >= '2023-10-01'
        AND ((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | order_id) > bought.first_order
)
SELECT 'whole' AS k_part, month AS k_month, count(*) AS numerator FROM sold GROUP BY month;
