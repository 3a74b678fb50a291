SELECT 'whole' AS k_part, MONTH_OF(ordered_on) AS k_month, sum(amount) AS value
FROM orders JOIN order_lines ON order_lines.order_id = orders.id
WHERE rep_id = 1 AND status <> 'cancelled' AND ordered_on >= '2023-10-01' AND ordered_on < '2026-11-01'
GROUP BY MONTH_OF(ordered_on);

SELECT 'target' AS k_part, value FROM quotas WHERE metric = 'sales' AND month = '2026-10-01' AND rep_id = 1;
