-- The best hits among the newest 200 incidents that hold :words, of which one more is sought than is shown, as `search` has them.
SELECT json_build_object(
    'kind', 'incidents', 'has_more', count(*) > 5, 'more', :base || 'incidents/?q=' || :words || '&ordering=-relevance',
    'hits', json_agg(json_build_object(
        'url', :base || 'incidents/' || slug || '/', 'slug', slug, 'title', title,
        'snippet', conflictdb_unmarked(conflictdb_marked(concat_ws('. ',
            nullif(concat_ws(', ', nullif(place_name, ''), nullif(admin2, ''), nullif(admin1, '')), ''), nullif(summary, '')
        ), websearch_to_tsquery('conflictdb', :words), 'MaxFragments=2, MinWords=10, MaxWords=30, FragmentDelimiter=" … "')),
        'match', 'words', 'rank', round(rank::numeric, 4)
    ) ORDER BY number) FILTER (WHERE number <= 5)
)
FROM (
    SELECT *, row_number() OVER (ORDER BY rank DESC, started DESC, id DESC) AS number
    FROM (
        SELECT id, slug, title, place_name, admin1, admin2, summary, coalesce(started_on, '0001-01-01') AS started,
               ts_rank(search, websearch_to_tsquery('conflictdb', :words)) AS rank
        FROM conflictdb_incident AS incident
        WHERE search @@ websearch_to_tsquery('conflictdb', :words) AND status = 'published'
          AND dataset_id NOT IN (SELECT id FROM conflictdb_dataset WHERE NOT redistributable)
        ORDER BY coalesce(started_on, '0001-01-01') DESC, id DESC LIMIT 200
    ) AS newest
    ORDER BY rank DESC, started DESC, id DESC LIMIT 6
) AS best
