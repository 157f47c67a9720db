-- The records of one slice, ids :first to :last; everything is drawn from the slice's own seed. Skew: rank r of n things is
-- chosen with a probability of about 1/r by floor((n + 1) ^ random()).
CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
WITH chance AS MATERIALIZED (
    SELECT n, floor(10001 ^ random())::integer AS place, 1 + floor(20000 * random())::integer AS phrase,
           date '1989-01-01' + floor(12783 * random() ^ 0.7)::integer AS day, random() AS exactness,
           floor(9 ^ random())::integer AS kind, random() AS armed, random() AS part, random() AS noted,
           floor(401 ^ random())::bigint AS conflict,
           least(3000, floor(random() ^ -1.05))::integer AS deaths, random() AS spread, random() AS second,
           random() AS third, 1 + floor(40 * random() ^ 2)::integer AS hurt
    FROM generate_series(:first, :last) AS n
), counted AS (  -- the first claim's bounds, and the second's lowest number: in few cases more than the first allows
    SELECT *, CASE WHEN spread < 0.6 THEN deaths ELSE deaths * 8 / 10 END AS first_low,
           CASE WHEN spread < 0.6 THEN deaths ELSE deaths * 3 / 2 + 1 END AS first_high, second < 0.5 AS is_second_open
    FROM chance
)
SELECT counted.*, CASE WHEN second < 0.05 THEN first_high + 3 WHEN second < 0.5 THEN deaths - deaths / 10
                       ELSE floor(deaths * (second - 0.5) * 2)::integer END AS second_low,
       third < 0.5 AS has_injured,
       place.name AS place_name, place.admin1, place.admin2, place.latitude, place.longitude, place.country_id,
       phrase.title, phrase.summary,
       timestamptz '2024-02-03 04:05:06.123457+00' + n * interval '1 second' AS stored_at
FROM counted JOIN bench.place ON place.id = counted.place JOIN bench.phrase ON phrase.id = counted.phrase;

INSERT INTO conflictdb_incident (
    id, slug, external_id, dataset_id, kind, title, summary, weapons, started_on, ended_on, date_precision, country_id,
    admin1, admin2, place_name, latitude, longitude, place_precision, conflict_id, parent_id, status, status_reason,
    quality_note, other_columns, row_digest, killed_low, killed_best, killed_high, killed_is_open, killed_claims,
    injured_low, injured_best, injured_high, injured_is_open, injured_claims, disputed, killed_most,
    injured_most, created_at, updated_at
)
SELECT n, 'bench-' || n, 'bench:' || n, 1,
       (ARRAY['armed_clash', 'shelling', 'bombing', 'air_or_drone_strike', 'violence_against_civilians', 'armed_attack',
              'abduction', 'riot'])[kind],
       title || ' near ' || place_name, summary,
       CASE WHEN armed < 0.5 THEN '{}' WHEN armed < 0.8 THEN '{small_arms}' WHEN armed < 0.9 THEN '{artillery}'
            ELSE '{drones,explosives}' END::varchar(30)[],
       day, day + nights, (ARRAY['day', 'week', 'month'])[CASE nights WHEN 0 THEN 1 WHEN 6 THEN 2 ELSE 3 END],
       country_id, admin1, admin2, place_name, latitude, longitude,
       CASE WHEN part < 0.7 THEN 'exact' WHEN part < 0.9 THEN 'near' ELSE 'district' END,
       CASE WHEN part < 0.85 THEN conflict END,
       CASE WHEN mod(n, 100) = 7 THEN n - mod(n, 1000) + 1 END,
       CASE mod(n, 200) WHEN 198 THEN 'retracted' WHEN 199 THEN 'draft' ELSE 'published' END,
       CASE mod(n, 200) WHEN 198 THEN 'Told twice.' ELSE '' END,
       CASE WHEN noted < 0.05 THEN 'Check deaths' ELSE '' END,
       jsonb_build_object('relid', 'BEN-' || n, 'code_status', 'Clear', 'event_clarity', '1'), md5(n::text)::uuid,
       CASE WHEN is_second_open THEN least(first_low, second_low) ELSE first_low END, deaths,
       CASE WHEN NOT is_second_open THEN first_high END, is_second_open, 2,
       CASE WHEN has_injured THEN hurt END, CASE WHEN has_injured THEN hurt END, CASE WHEN has_injured THEN hurt END,
       false, has_injured::integer, is_second_open AND second_low > first_high,
       greatest(first_high, second_low), CASE WHEN has_injured THEN hurt END, stored_at, stored_at
FROM drawn CROSS JOIN LATERAL (
    SELECT CASE WHEN exactness < 0.85 THEN 0 WHEN exactness < 0.95 THEN 6 ELSE 20 END AS nights
) AS duration ORDER BY n;

INSERT INTO conflictdb_participation (id, incident_id, actor_id, role)
SELECT 2 * n - 2 + side, n, mod(actor + side * 7, 5000) + 1, CASE side WHEN 1 THEN 'side_a' ELSE 'side_b' END
FROM (SELECT n, side, floor(5001 ^ random())::bigint AS actor FROM drawn CROSS JOIN generate_series(1, 2) AS side) AS part
ORDER BY n, side;

INSERT INTO conflictdb_claim (
    id, slug, external_id, dataset_id, kind, polarity, statement, incident_id, claimant_id, claimant_wording, stated_on,
    credibility, measure, victims, value_kind, low, best, high, value_wording, is_out_of_order, status, status_reason,
    answer_kind, created_at, updated_at
)
SELECT 3 * n - 3 + number, 'bench-' || n || '-' || number, '', 1, CASE WHEN is_toll THEN 'toll' ELSE 'occurrence' END,
       'asserts', phrase.statement, n, CASE WHEN speaker < 0.7 THEN floor(5001 ^ (speaker / 0.7))::bigint END,
       CASE WHEN speaker >= 0.7 THEN 'Local officials' ELSE '' END, day + number, (number + 1)::text,
       CASE WHEN is_toll THEN CASE number WHEN 3 THEN 'injured' ELSE 'killed' END ELSE '' END,
       CASE WHEN is_toll THEN CASE WHEN number = 2 AND NOT is_second_open THEN 'civilians' ELSE 'everyone' END ELSE '' END,
       CASE WHEN NOT is_toll THEN 'none' WHEN number = 3 THEN 'about' WHEN number = 2 AND is_second_open THEN 'at_least'
            WHEN number = 1 AND spread >= 0.6 THEN 'range' ELSE 'exact' END,
       CASE number WHEN 1 THEN first_low WHEN 2 THEN second_low END,
       CASE number WHEN 1 THEN deaths WHEN 2 THEN CASE WHEN NOT is_second_open THEN second_low END
                   ELSE CASE WHEN is_toll THEN hurt END END,
       CASE number WHEN 1 THEN first_high WHEN 2 THEN CASE WHEN NOT is_second_open THEN second_low END END,
       '', false, 'standing', '', '', stored_at, stored_at
FROM (SELECT drawn.*, number, number < 3 OR has_injured AS is_toll, random() AS speaker,
             1 + floor(20000 * random())::integer AS wording
      FROM drawn CROSS JOIN generate_series(1, 3) AS number) AS told
JOIN bench.phrase ON phrase.id = wording
ORDER BY n, number;

INSERT INTO conflictdb_citation (id, claim_id, number, source_id, exact, prefix, suffix)
SELECT 3 * n - 3 + claim, 3 * n - 3 + claim, 1, source, CASE claim WHEN 1 THEN phrase.statement ELSE '' END, '', ''
FROM (SELECT n, claim, floor(50001 ^ random())::bigint AS source, 1 + floor(20000 * random())::integer AS wording
      FROM drawn CROSS JOIN generate_series(1, 3) AS claim) AS cited
JOIN bench.phrase ON phrase.id = wording
ORDER BY n, claim;
