SELECT 'whole' AS k_part, MONTH_OF(ordered_on) AS k_month, sum(amount) AS value
FROM orders JOIN order_lines ON order_lines.order_id = orders.id
WHERE status <> 'cancelled' AND ordered_on >= '2023-10-01' AND ordered_on < '2026-11-01'
GROUP BY MONTH_OF(ordered_on);

-- Two months, first by rep, region, customer and product apart, then by what each of those belongs to.
WITH lines AS (
  SELECT CASE WHEN ordered_on >= '2026-10-01' THEN '2026-10' ELSE '2026-09' END AS month, rep_id, region_id, customer_id,
         product_id, amount, quantity
  FROM orders JOIN order_lines ON order_lines.order_id = orders.id
  WHERE status <> 'cancelled' AND ordered_on >= '2026-09-01' AND ordered_on < '2026-11-01'
), by_rep AS (
  SELECT month, rep_id, region_id, sum(amount) AS value FROM lines GROUP BY month, rep_id, region_id
), by_customer AS (
  SELECT customer_id, sum(CASE WHEN month = '2026-10' THEN amount ELSE 0 END) AS now,
         sum(CASE WHEN month = '2026-09' THEN amount ELSE 0 END) AS before
  FROM lines GROUP BY customer_id
), by_product AS (
  SELECT month, product_id, sum(amount) AS value, sum(quantity) AS pieces FROM lines GROUP BY month, product_id
)
SELECT 'rep' AS k_part, TEXT_OF(rep_id) AS k_key, month AS k_month, sum(value) AS value, CAST(NULL AS BIGINT) AS pieces
FROM by_rep GROUP BY rep_id, month
UNION ALL
SELECT 'region', TEXT_OF(region_id), month, sum(value), NULL FROM by_rep GROUP BY region_id, month
UNION ALL
SELECT 'team', TEXT_OF(team_id), month, sum(value), NULL
FROM by_rep JOIN reps ON reps.id = by_rep.rep_id GROUP BY team_id, month
UNION ALL
SELECT 'product', TEXT_OF(product_id), month, value, pieces FROM by_product
UNION ALL
SELECT 'category', TEXT_OF(category_id), month, sum(value), NULL
FROM by_product JOIN products ON products.id = by_product.product_id GROUP BY category_id, month
UNION ALL
SELECT 'segment', segment, '2026-10', sum(now), sum(before)
FROM by_customer JOIN customers ON customers.id = by_customer.customer_id GROUP BY segment
UNION ALL
SELECT 'source', TEXT_OF(source_id), '2026-10', sum(now), sum(before)
FROM by_customer JOIN customers ON customers.id = by_customer.customer_id LEFT JOIN leads ON leads.id = customers.lead_id
GROUP BY source_id
UNION ALL
SELECT 'changed', name, TEXT_OF(customer_id), now, before
FROM (SELECT * FROM by_customer ORDER BY abs(now - before) DESC LIMIT 50) AS most
JOIN customers ON customers.id = most.customer_id
UNION ALL
SELECT 'changes', NULL, NULL, sum(CASE WHEN now > before THEN now - before END), sum(CASE WHEN now < before THEN now - before END)
FROM by_customer;

SELECT 'target' AS k_part, sum(value) AS value FROM quotas WHERE metric = 'sales' AND month = '2026-10-01';
