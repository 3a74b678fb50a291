SELECT 'whole' AS k_part, MONTH_OF(created_at) AS k_month, count(*) AS value
FROM leads
WHERE rep_id = 1 AND status NOT IN ('spam', 'duplicate') AND created_at >= '2023-10-01' AND created_at < '2026-11-01'
GROUP BY MONTH_OF(created_at);

SELECT 'target' AS k_part, value FROM quotas WHERE metric = 'leads' AND month = '2026-10-01' AND rep_id = 1;
