-- Orders after the customer's first one, told by its day and number in one integer.
WITH firsts AS (
  SELECT customer_id, min((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) AS first_order
  FROM orders WHERE status <> 'cancelled' GROUP BY customer_id
)
SELECT 'whole' AS k_part, MONTH_OF(ordered_on) AS k_month, count(DISTINCT orders.customer_id) AS denominator,
       count(DISTINCT CASE WHEN id IN (SELECT order_id FROM order_lines WHERE mark = 'upsell') THEN orders.customer_id END)
         AS numerator
FROM orders JOIN firsts ON firsts.customer_id = orders.customer_id
WHERE status <> 'cancelled' AND ordered_on >= '2023-10-01' AND ordered_on < '2026-11-01'
      AND ((CAST(DAY_NUMBER(ordered_on) AS BIGINT) << 32) | id) > first_order
GROUP BY MONTH_OF(ordered_on);
