-- The months of the series and of the two periods that it is compared with. Leads of the last 90 days aren't judged.
SELECT 'month' AS k_part, MONTH_OF(created_at) AS k_month,
       sum(CASE WHEN created_at < '2026-08-26' AND DAY_NUMBER(converted_at) - DAY_NUMBER(created_at) BETWEEN 0 AND 89
                THEN 1 ELSE 0 END) AS numerator,
       sum(CASE WHEN created_at < '2026-08-26' THEN 1 ELSE 0 END) AS denominator,
       count(*) AS entered
FROM leads
WHERE rep_id = 1 AND status NOT IN ('spam', 'duplicate') AND created_at >= '2022-11-01' AND created_at < '2026-11-01'
GROUP BY MONTH_OF(created_at);
