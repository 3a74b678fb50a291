SELECT 'whole' AS k_part, MONTH_OF(created_at) AS k_month, count(*) AS denominator
FROM leads
WHERE status NOT IN ('spam', 'duplicate') AND created_at >= '2023-10-01' AND created_at < '2026-11-01'
GROUP BY MONTH_OF(created_at);

SELECT 'whole' AS k_part, MONTH_OF(month) AS k_month, sum(amount) AS numerator
FROM marketing_costs WHERE month >= '2023-10-01' AND month < '2026-11-01' GROUP BY MONTH_OF(month);

SELECT 'target' AS k_part, value FROM quotas WHERE metric = 'cost_per_lead' AND month = '2026-10-01' AND rep_id IS NULL;
