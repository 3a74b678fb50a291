-- A sales company in DuckDB. Numbers come from hashes of row numbers and a fixed seed, so that the rows are the same
-- each time. benchmarks/company.py fills in the names in braces. The data ends the day before "today".

CREATE TEMP MACRO drawn(i, salt) AS CAST(hash(i, salt, ${seed}) % 1000000007 AS DOUBLE) / 1000000007;
CREATE TEMP MACRO pick(i, salt, n) AS CAST(hash(i, salt, ${seed}) % n AS INTEGER);
CREATE TEMP MACRO waited(i, salt, mean) AS -ln(1 - drawn(i, salt)) * mean;

CREATE TABLE regions AS
SELECT CAST(i AS INTEGER) AS id,
       ['Antwerp', 'Brussels', 'Flanders East', 'Flanders West', 'Hainaut', 'Liège', 'Limburg', 'Namur'][i] AS name
FROM range(1, 9) AS r(i);

CREATE TABLE teams AS
SELECT CAST(i AS INTEGER) AS id, 'Team ' || (SELECT name FROM regions WHERE id = i) AS name, CAST(i AS INTEGER) AS region_id
FROM range(1, 9) AS r(i);

CREATE TABLE reps AS
SELECT CAST(i AS INTEGER) AS id,
       ['Anna', 'Bram', 'Chloé', 'Dirk', 'Elise', 'Filip', 'Greet', 'Hugo', 'Ines', 'Jan', 'Katrien', 'Lucas', 'Marie',
        'Niels', 'Olivia', 'Pieter', 'Rachida', 'Stijn', 'Tine', 'Wout'][(i - 1) % 20 + 1] || ' '
       || ['Aerts', 'Bosmans', 'Claes', 'De Smet', 'Evens', 'Fontaine', 'Goossens', 'Hermans', 'Jacobs', 'Lambert',
           'Maes', 'Nys', 'Peeters', 'Renard', 'Smets', 'Thijs', 'Urbain', 'Verhoeven', 'Willems', 'Yilmaz']
          [(i - 1) // 20 % 20 + 1] AS name,
       CAST((i - 1) % 8 + 1 AS INTEGER) AS team_id,
       CAST((i - 1) % 8 + 1 AS INTEGER) AS region_id,
       DATE '2021-06-01' AS hired_on,
       CASE WHEN i % 29 = 0 THEN DATE '2026-03-01' END AS left_on
FROM range(1, ${reps} + 1) AS r(i);

CREATE TABLE sources AS
SELECT CAST(i AS INTEGER) AS id,
       ['Website', 'Referral', 'Trade fair', 'Phone', 'Newsletter', 'Search ads', 'Social ads', 'Partner'][i] AS name
FROM range(1, 9) AS r(i);

CREATE TABLE techniques AS
SELECT CAST(i AS INTEGER) AS id, ['Demo', 'Call', 'Visit', 'Mail', 'Sample', 'Webinar'][i] AS name
FROM range(1, 7) AS r(i);

CREATE TABLE categories AS
SELECT CAST(i AS INTEGER) AS id,
       ['Machines', 'Grinders', 'Beans', 'Cups', 'Filters', 'Cleaning', 'Milk', 'Syrups', 'Tea', 'Snacks', 'Parts',
        'Furniture'][i] AS name
FROM range(1, 13) AS r(i);

CREATE TABLE products AS
SELECT CAST(i AS INTEGER) AS id,
       (SELECT name FROM categories WHERE id = (i - 1) % 12 + 1) || ' no. ' || i AS name,
       CAST((i - 1) % 12 + 1 AS INTEGER) AS category_id,
       CAST(5 + 395 * pow(drawn(i, 'price'), 3) AS DECIMAL(10, 2)) AS list_price
FROM range(1, ${products} + 1) AS r(i);

CREATE TABLE leads AS
SELECT id, created_at, qualified_at, converted_at, source_id, technique_id, region_id, rep_id, segment,
       CASE WHEN is_void THEN CASE WHEN pick(id, 'void', 3) = 0 THEN 'duplicate' ELSE 'spam' END
            WHEN converted_at IS NOT NULL THEN 'converted'
            WHEN qualified_at IS NOT NULL THEN 'qualified'
            ELSE 'open' END AS status
FROM (
  SELECT id, created_at, source_id, technique_id, region_id, segment, is_void,
         CAST(region_id + 8 * floor(${reps} // 8 * pow(drawn(id, 'rep'), 1.3)) AS INTEGER) AS rep_id,
         CASE WHEN NOT is_void AND drawn(id, 'qualifies') < 0.35 AND created_at + qualifies_in < ${today}
              THEN created_at + qualifies_in END AS qualified_at,
         CASE WHEN NOT is_void AND drawn(id, 'converts') < ${conversion} * (0.55 + source_id * 0.1) / 0.94
                   AND created_at + converts_in < ${today}
              THEN created_at + converts_in END AS converted_at
  FROM (
    SELECT CAST(i AS INTEGER) AS id,
           TIMESTAMP '2022-01-01' + to_seconds(CAST(floor(${days} * 86400 * pow((i - 0.5) / ${leads}, 0.8)) AS BIGINT))
             AS created_at,
           1 + pick(i, 'source', 8) AS source_id,
           1 + pick(i, 'technique', 6) AS technique_id,
           CAST(1 + floor(8 * pow(drawn(i, 'region'), 1.2)) AS INTEGER) AS region_id,
           ['Hospitality', 'Office', 'Retail', 'Care', 'Schools'][1 + pick(i, 'segment', 5)] AS segment,
           drawn(i, 'is void') < 0.06 AS is_void,
           to_seconds(CAST(floor(3600 + waited(i, 'qualifies in', 6) * 86400) AS BIGINT)) AS qualifies_in,
           to_seconds(CAST(floor(7200 + waited(i, 'converts in', 38) * 86400) AS BIGINT)) AS converts_in
    FROM range(1, ${leads} + 1) AS r(i)
  )
);

CREATE TABLE customers AS
WITH won AS (
  SELECT row_number() OVER (ORDER BY converted_at, id) AS number, id AS lead_id, segment, region_id, rep_id,
         CAST(converted_at AS DATE) AS since
  FROM leads WHERE converted_at IS NOT NULL
), known AS (
  SELECT number + (SELECT count(*) FROM won) AS number, NULL AS lead_id,
         ['Hospitality', 'Office', 'Retail', 'Care', 'Schools'][1 + pick(number, 'old segment', 5)] AS segment,
         1 + pick(number, 'old region', 8) AS region_id, NULL AS rep_id,
         DATE '2022-01-01' + CAST(floor(${days} * pow(drawn(number, 'old since'), 2)) AS INTEGER) AS since
  FROM range(1, greatest(1, ${customers} - (SELECT count(*) FROM won)) + 1) AS r(number)
)
SELECT CAST(number AS INTEGER) AS id,
       ['Bistro', 'Brasserie', 'Garage', 'Hotel', 'Pharmacy', 'Bakery', 'School', 'Studio'][1 + pick(number, 'trade', 8)]
       || ' ' || ['Aalst', 'Arlon', 'Bruges', 'Ghent', 'Leuven', 'Mons', 'Ostend', 'Ypres'][1 + pick(number, 'town', 8)]
       || ' ' || number AS name,
       segment,
       CAST(region_id AS INTEGER) AS region_id,
       CAST(coalesce(rep_id, region_id + 8 * pick(number, 'old rep', ${reps} // 8)) AS INTEGER) AS rep_id,
       CAST(lead_id AS INTEGER) AS lead_id,
       since
FROM (SELECT * FROM won UNION ALL SELECT * FROM known)
ORDER BY number;

CREATE TABLE orders AS
WITH bought AS (
  SELECT id AS customer_id, rep_id, region_id, since, 120 + waited(id, 'stays', 700) AS stays,
         unnest(range(CAST(least(150, 1 + floor(waited(id, 'times', ${orders} / ${customers} * ${buying}))) AS BIGINT))) AS n
  FROM customers
), dated AS (
  SELECT customer_id, rep_id, region_id, n, customer_id * 200 + n AS draw,
         since + CAST(floor(CASE WHEN n = 0 THEN 0 ELSE stays * drawn(customer_id * 200 + n, 'day') END) AS INTEGER)
           AS ordered_on
  FROM bought
)
SELECT CAST(row_number() OVER (ORDER BY ordered_on, customer_id, n) AS INTEGER) AS id,
       customer_id,
       CASE WHEN drawn(draw, 'other rep') < 0.1
            THEN CAST(region_id + 8 * pick(draw, 'which rep', ${reps} // 8) AS INTEGER) ELSE rep_id END AS rep_id,
       region_id,
       ordered_on,
       CASE WHEN drawn(draw, 'status') < 0.03 THEN 'cancelled'
            WHEN drawn(draw, 'status') < 0.65 THEN 'paid' ELSE 'shipped' END AS status
FROM dated
WHERE ordered_on < CAST(${today} AS DATE)
ORDER BY id;

CREATE TABLE order_lines AS
WITH numbered AS (
  SELECT id AS order_id, unnest(range(CAST(1 + floor(4.4 * pow(drawn(id, 'lines'), 1.35)) AS BIGINT))) AS n,
         pick(id, 'partner', 4) = 0 AS has_partner,
         CAST(floor(${products} * pow(drawn(id, 'product'), 2)) AS INTEGER) AS first_product
  FROM orders
), chosen AS (
  SELECT order_id, n, order_id * 8 + n AS draw,
         1 + CASE WHEN n = 0 THEN first_product
                  WHEN n = 1 AND has_partner THEN (first_product * 7 + 3) % ${products}
                  ELSE CAST(floor(${products} * pow(drawn(order_id * 8 + n, 'product'), 2)) AS INTEGER) END AS product_id
  FROM numbered
), priced AS (
  SELECT order_id, n, draw, product_id, list_price,
         CASE WHEN drawn(draw, 'returned') < 0.01 THEN -1 ELSE 1 END * (1 + pick(draw, 'quantity', 6)) AS quantity
  FROM chosen JOIN products ON products.id = chosen.product_id
)
SELECT CAST(row_number() OVER (ORDER BY order_id, n) AS INTEGER) AS id,
       order_id,
       product_id,
       quantity,
       CAST(quantity * list_price * (1 - pick(draw, 'discount', 4) * 0.05) AS DECIMAL(12, 2)) AS amount,
       CAST(quantity * list_price * (0.45 + 0.5 * drawn(draw, 'cost')) AS DECIMAL(12, 2)) AS cost,
       CASE WHEN drawn(draw, 'mark') < 0.06 THEN 'upsell' WHEN drawn(draw, 'mark') < 0.09 THEN 'cross-sell' END AS mark
FROM priced
ORDER BY id;

CREATE TABLE opportunities AS
SELECT CAST(row_number() OVER (ORDER BY created_at, lead_id) AS INTEGER) AS id, *
FROM (
  SELECT id AS lead_id, rep_id,
         CAST(1 + floor(${products} * pow(drawn(id, 'deal product'), 2)) AS INTEGER) AS product_id,
         qualified_at AS created_at,
         CASE WHEN closes_at < ${today} THEN closes_at END AS closed_at,
         CASE WHEN closes_at < ${today} THEN CASE WHEN drawn(id, 'wins') < 0.3 THEN 'won' ELSE 'lost' END
              ELSE 'open' END AS stage
  FROM (SELECT *, qualified_at + to_seconds(CAST(floor(3600 + waited(id, 'closes in', 45) * 86400) AS BIGINT)) AS closes_at
        FROM leads WHERE qualified_at IS NOT NULL AND pick(id, 'deal', 3) = 0)
)
ORDER BY id;

CREATE TABLE service_costs AS
SELECT CAST(row_number() OVER (ORDER BY booked_on, customer_id, n) AS INTEGER) AS id, customer_id, booked_on, amount
FROM (
  SELECT customer_id, n,
         since + CAST(floor(date_diff('day', since, CAST(${today} AS DATE)) * drawn(customer_id * 50 + n, 'booked')) AS INTEGER)
           AS booked_on,
         CAST(10 + waited(customer_id * 50 + n, 'service', 60) AS DECIMAL(12, 2)) AS amount
  FROM (SELECT id AS customer_id, since,
               unnest(range(CAST(least(40, floor(waited(id, 'services', 2.5))) AS BIGINT))) AS n FROM customers)
)
ORDER BY id;

CREATE TABLE service_contracts AS
SELECT CAST(row_number() OVER (ORDER BY started_on, customer_id) AS INTEGER) AS id, customer_id, started_on,
       started_on + 364 AS ends_on
FROM (
  SELECT id AS customer_id,
         since + 365 * CAST(unnest(range(CAST(1 + floor(waited(id, 'terms', 1.6)) AS BIGINT))) AS INTEGER) AS started_on
  FROM customers WHERE pick(id, 'contract', 6) = 0
)
WHERE started_on < CAST(${today} AS DATE)
ORDER BY id;

CREATE TABLE nps_answers AS
SELECT CAST(row_number() OVER (ORDER BY sent_at, customer_id) AS INTEGER) AS id, customer_id, rep_id, region_id, segment,
       wave, sent_at, answered_at,
       CASE WHEN answered_at IS NOT NULL
            THEN CASE WHEN drawn(draw, 'score') < 0.42 THEN 9 + pick(draw, 'high', 2)
                      WHEN drawn(draw, 'score') < 0.75 THEN 7 + pick(draw, 'middle', 2)
                      ELSE pick(draw, 'low', 7) END END AS score
FROM (
  SELECT *, CASE WHEN drawn(draw, 'answers') < 0.4 AND sent_at + answers_in < ${today} THEN sent_at + answers_in END
           AS answered_at
  FROM (
    SELECT id AS customer_id, rep_id, region_id, segment, wave, id * 32 + wave AS draw,
           TIMESTAMP '2022-01-01' + to_days(wave * 91 + pick(id * 32 + wave, 'sent on', 21)) + INTERVAL 10 HOUR AS sent_at,
           to_seconds(CAST(floor(600 + waited(id * 32 + wave, 'answers in', 4) * 86400) AS BIGINT)) AS answers_in
    FROM (SELECT *, CAST(unnest(range(1, ${days} // 91 + 1)) AS INTEGER) AS wave FROM customers)
    WHERE pick(id * 32 + wave, 'is asked', 20) = 0 AND since < DATE '2022-01-01' + wave * 91
  )
  WHERE sent_at < ${today}
)
ORDER BY id;

CREATE TABLE marketing_costs AS
SELECT CAST(row_number() OVER (ORDER BY month, source_id, region_id) AS INTEGER) AS id, month, source_id, region_id,
       CAST(${leads} / 3776 * (6 + 4 * drawn(month_number * 64 + source_id * 8 + region_id, 'spent')) AS DECIMAL(12, 2)) AS amount
FROM (
  SELECT m AS month_number, CAST(DATE '2022-01-01' + to_months(CAST(m AS INTEGER)) AS DATE) AS month, s.id AS source_id, r.id AS region_id
  FROM range(0, 59) AS x(m), sources AS s, regions AS r
)
ORDER BY id;

CREATE TABLE sales_costs AS
SELECT CAST(row_number() OVER (ORDER BY m, rep_id) AS INTEGER) AS id,
       CAST(DATE '2022-01-01' + to_months(CAST(m AS INTEGER)) AS DATE) AS month, rep_id,
       CAST(3800 + 900 * drawn(m * 1000 + rep_id, 'paid') AS DECIMAL(12, 2)) AS amount
FROM (SELECT m, reps.id AS rep_id FROM range(0, 59) AS x(m), reps)
ORDER BY m, rep_id;

CREATE TABLE quotas AS
SELECT CAST(row_number() OVER (ORDER BY month, metric, rep_id) AS INTEGER) AS id, month, metric, rep_id, region_id,
       CAST(value AS DECIMAL(14, 4)) AS value
FROM (
  SELECT CAST(DATE '2022-01-01' + to_months(CAST(m AS INTEGER)) AS DATE) AS month, metric, rep_id, CAST(NULL AS INTEGER) AS region_id,
         per_rep * (0.8 + 0.4 * drawn(m * 1000 + rep_id, metric)) AS value
  FROM range(0, 60) AS x(m),
       (SELECT id AS rep_id FROM reps),
       (VALUES ('sales', ${orders} * 2.4 * 300.0 / 60 / ${reps}), ('orders', ${orders} * 1.0 / 60 / ${reps}),
               ('leads', ${leads} * 1.0 / 60 / ${reps})) AS t(metric, per_rep)
  UNION ALL
  SELECT CAST(DATE '2022-01-01' + to_months(CAST(m AS INTEGER)) AS DATE), metric, NULL, NULL, target
  FROM range(0, 60) AS x(m), (VALUES ('conversion', ${conversion}), ('cost_per_lead', 8.0), ('churn', 0.04), ('nps', 20.0)) AS t(metric, target)
)
ORDER BY id;
