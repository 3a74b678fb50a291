SELECT 'whole' AS k_part,
       CASE WHEN answered_at >= '2026-07-01' THEN '2026-07' WHEN answered_at >= '2026-04-01' THEN '2026-04'
            ELSE '2025-07' END AS k_month,
       count(score) AS n, sum(CASE WHEN score BETWEEN 9 AND 10 THEN 1 ELSE 0 END) AS promoters,
       sum(CASE WHEN score BETWEEN 0 AND 6 THEN 1 ELSE 0 END) AS detractors
FROM nps_answers
WHERE answered_at >= '2026-04-01' AND answered_at < '2026-10-01' OR answered_at >= '2025-07-01' AND answered_at < '2025-10-01'
GROUP BY 2;

SELECT 'whole' AS k_part,
       CASE WHEN sent_at >= '2026-07-01' THEN '2026-07' WHEN sent_at >= '2026-04-01' THEN '2026-04' ELSE '2025-07' END AS k_month,
       count(*) AS delivered, count(answered_at) AS answered
FROM nps_answers
WHERE sent_at >= '2026-04-01' AND sent_at < '2026-10-01' OR sent_at >= '2025-07-01' AND sent_at < '2025-10-01'
GROUP BY 2;
