-- Everything that there is little of. Countries in an order of chance, so that the frequent ones do not all begin with an A.
SELECT setseed(0.5);
UPDATE bench.place SET country_id = drawn.country_id FROM (
    SELECT place.id, country.id AS country_id
    FROM (SELECT id, floor((SELECT count(*) + 1 FROM conflictdb_country) ^ random())::integer AS rank FROM bench.place) AS place
    JOIN (SELECT id, row_number() OVER (ORDER BY md5(slug)) AS rank FROM conflictdb_country) AS country USING (rank)
) AS drawn WHERE drawn.id = place.id;
CREATE TABLE bench.stored AS SELECT timestamptz '2024-02-03 04:05:06.123457+00' AS stored_at;

INSERT INTO conflictdb_dataset (
    id, slug, series, title, version, publisher, licence, citation, redistributable, url, description, created_at, updated_at
)
SELECT 1, 'bench', 'bench', 'Made for measuring', '1', 'Nobody', 'CC0-1.0', 'Nobody: Made for measuring, version 1.', true,
       '', '', stored_at, stored_at
FROM bench.stored;

INSERT INTO conflictdb_actor (id, slug, external_id, name, kind, country_id, description, dataset_id, created_at, updated_at)
SELECT place.id, 'actor-' || place.id, '',
       split_part(place.name, ' ', 1) || ' ' || split_part(place.admin1, ' ', 1) || ' Front',
       (ARRAY['rebel_group', 'militia', 'government', 'media'])[1 + mod(place.id, 4)], country_id, phrase.summary, 1,
       stored_at, stored_at
FROM bench.place JOIN bench.phrase USING (id) CROSS JOIN bench.stored WHERE place.id <= 5000;

INSERT INTO conflictdb_conflict (id, slug, external_id, name, kind, description, dataset_id, created_at, updated_at)
SELECT id, 'conflict-' || id, '', name || ': government', 'state_based', '', 1, stored_at, stored_at
FROM bench.place CROSS JOIN bench.stored WHERE id <= 400;

INSERT INTO conflictdb_source (
    id, slug, external_id, kind, title, publisher_id, url, archive_url, published_on, language, reliability, text, sha256,
    dataset_id, created_at, updated_at
)
SELECT n, 'source-' || n, '', 'article', phrase.title || ' ' || n, floor(5001 ^ random())::bigint, '', '',
       date '1989-01-01' + floor(12783 * random())::integer, 'en', substr('ABCDEF', 1 + mod(n, 6), 1), '', '', 1,
       stored_at, stored_at
FROM generate_series(1, 50000) AS n JOIN bench.phrase ON phrase.id = 1 + mod(n, 20000) CROSS JOIN bench.stored;
