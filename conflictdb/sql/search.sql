-- Texts as pages may show them: escaped for HTML, each word that was asked for between <mark> and </mark>. Escaped first, so that
-- nothing in the text is taken for a tag, and no mark but ours can stand in the answer.
CREATE FUNCTION conflictdb_marked(written text, words tsquery, options text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ts_headline(
        'conflictdb',
        replace(replace(replace(replace(replace(written, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'),
        words, 'StartSel=<mark>, StopSel=</mark>, ' || options
    )
$$;
-- The same as plain text.
CREATE FUNCTION conflictdb_unmarked(marked text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(replace(replace(replace(marked,
        '<mark>', ''), '</mark>', ''), '&#39;', ''''), '&quot;', '"'), '&gt;', '>'), '&lt;', '<'), '&amp;', '&')
$$;
-- A value as it stands in an address.
CREATE FUNCTION conflictdb_quoted(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN value ~ '^[A-Za-z0-9 _.-]*$' THEN replace(value, ' ', '+')
                ELSE regexp_replace(encode(convert_to(value, 'UTF8'), 'hex'), '(..)', '%\1', 'g') END
$$;
-- The same, where it holds one of the words.
CREATE FUNCTION conflictdb_highlight(written text, words tsquery, options text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN marked LIKE '%<mark>%' THEN marked END
    FROM (SELECT conflictdb_marked(written, words, options) AS marked OFFSET 0) AS once
$$;
