-- The first order of a customer and category, in one integer: its day, its number, and whether all its lines of the
-- category are marked (then the marks decide). 1 October 2023 is day 8674.
WITH firsts AS (
  SELECT customer_id, min((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) AS first_order
  FROM orders WHERE status <> 'cancelled' GROUP BY customer_id
)
SELECT 'whole' AS k_part, MONTH_OF(ordered_on) AS k_month, count(DISTINCT orders.customer_id) AS denominator
FROM orders JOIN firsts ON firsts.customer_id = orders.customer_id
WHERE status <> 'cancelled' AND ordered_on >= '2023-10-01' AND ordered_on < '2026-11-01'
      AND ((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) > first_order
GROUP BY MONTH_OF(ordered_on);

WITH dated AS (
  SELECT id, customer_id, (CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 33) | (CAST(id AS BIGINT) << 1) AS place
  FROM orders WHERE status <> 'cancelled' AND ordered_on < '2026-11-01'
), tried AS (
  SELECT customer_id, min(place | CASE WHEN mark IS NULL THEN 0 ELSE 1 END) AS first_order
  FROM order_lines JOIN dated ON dated.id = order_lines.order_id JOIN products ON products.id = order_lines.product_id
  GROUP BY customer_id, category_id
), bought AS (
  SELECT customer_id, min(first_order >> 1) AS first_order FROM tried GROUP BY customer_id
), sold AS (
  SELECT tried.customer_id, DATE_OF(tried.first_order >> 33) AS day
  FROM tried JOIN bought ON bought.customer_id = tried.customer_id
  WHERE (tried.first_order >> 1) > bought.first_order AND (tried.first_order & 1) = 0 AND (tried.first_order >> 33) >= 8674
  UNION ALL
  SELECT orders.customer_id, ordered_on
  FROM order_lines JOIN orders ON orders.id = order_lines.order_id JOIN bought ON bought.customer_id = orders.customer_id
  WHERE mark = 'cross-sell' AND status <> 'cancelled' AND ordered_on >= '2023-10-01' AND ordered_on < '2026-11-01'
        AND ((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | orders.id) > bought.first_order
)
SELECT 'whole' AS k_part, MONTH_OF(day) AS k_month, count(DISTINCT customer_id) AS numerator FROM sold GROUP BY MONTH_OF(day);
