-- Incidents and deaths by month and country, as JSON rows.
WITH groups AS (
    SELECT date_trunc('month', started_on::timestamp)::date AS month, country_id, count(*) AS incidents,
           sum(killed_low) AS low, sum(killed_best) AS best, sum(killed_high) AS high,
           count(*) FILTER (WHERE killed_best IS NOT NULL) AS with_best, count(*) FILTER (WHERE killed_is_open) AS open,
           count(*) FILTER (WHERE killed_claims > 0 AND killed_low IS NULL AND killed_best IS NULL AND killed_high IS NULL)
               AS unknown,
           count(*) FILTER (WHERE killed_claims > 0) AS reported,
           count(*) FILTER (WHERE ended_on <> started_on AND date_trunc('month', ended_on::timestamp)
                                                             <> date_trunc('month', started_on::timestamp)) AS spanning
    FROM conflictdb_incident WHERE status = 'published' GROUP BY 1, 2
), country AS MATERIALIZED (
    SELECT id, slug, (SELECT row_to_json(member) FROM (
               SELECT slug, name, iso3, :base || 'countries/' || slug || '/' AS url) AS member) AS document
    FROM conflictdb_country
)
SELECT (SELECT row_to_json(member) FROM (
           SELECT month, country.document AS country, incidents,
                  (SELECT row_to_json(figure) FROM (
                       SELECT low, best, CASE WHEN open = 0 THEN high END AS high, open > 0 AS is_open, with_best, open,
                              unknown, reported, incidents - reported AS not_reported) AS figure) AS killed) AS member)
FROM groups LEFT JOIN country ON country.id = country_id
ORDER BY month NULLS FIRST, country.slug NULLS FIRST
