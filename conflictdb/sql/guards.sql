-- Truths that a CHECK constraint cannot tell because they look at more than one row. Each raises a check_violation whose
-- message is for people and whose constraint name is for programs.

-- A public address never changes. Records with a status are public from the moment they leave "draft".
CREATE OR REPLACE FUNCTION conflictdb_slug_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The slug "%" is public and cannot change to "%".', OLD.slug, NEW.slug
        USING ERRCODE = 'check_violation', CONSTRAINT = 'slug_is_fixed_once_public', TABLE = TG_TABLE_NAME, COLUMN = 'slug';
END $$;
CREATE OR REPLACE TRIGGER conflictdb_slug_is_fixed BEFORE UPDATE OF slug ON conflictdb_country FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION conflictdb_slug_is_fixed();
CREATE OR REPLACE TRIGGER conflictdb_slug_is_fixed BEFORE UPDATE OF slug ON conflictdb_dataset FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION conflictdb_slug_is_fixed();
CREATE OR REPLACE TRIGGER conflictdb_slug_is_fixed BEFORE UPDATE OF slug ON conflictdb_actor FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION conflictdb_slug_is_fixed();
CREATE OR REPLACE TRIGGER conflictdb_slug_is_fixed BEFORE UPDATE OF slug ON conflictdb_actorrelation FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION conflictdb_slug_is_fixed();
CREATE OR REPLACE TRIGGER conflictdb_slug_is_fixed BEFORE UPDATE OF slug ON conflictdb_source FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION conflictdb_slug_is_fixed();
CREATE OR REPLACE TRIGGER conflictdb_slug_is_fixed BEFORE UPDATE OF slug ON conflictdb_conflict FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION conflictdb_slug_is_fixed();
CREATE OR REPLACE TRIGGER conflictdb_slug_is_fixed BEFORE UPDATE OF slug ON conflictdb_incident FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug AND OLD.status <> 'draft') EXECUTE FUNCTION conflictdb_slug_is_fixed();
CREATE OR REPLACE TRIGGER conflictdb_slug_is_fixed BEFORE UPDATE OF slug ON conflictdb_claim FOR EACH ROW
    WHEN (OLD.slug IS DISTINCT FROM NEW.slug AND OLD.status <> 'draft') EXECUTE FUNCTION conflictdb_slug_is_fixed();

-- A record that was public does not become a draft again: its address would turn into a hole.
CREATE OR REPLACE FUNCTION conflictdb_public_stays_public() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '"%" is public and cannot become a draft again; retract it instead.', OLD.slug
        USING ERRCODE = 'check_violation', CONSTRAINT = 'public_stays_public', TABLE = TG_TABLE_NAME, COLUMN = 'status';
END $$;
CREATE OR REPLACE TRIGGER conflictdb_public_stays_public BEFORE UPDATE OF status ON conflictdb_incident FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND NEW.status = 'draft') EXECUTE FUNCTION conflictdb_public_stays_public();
CREATE OR REPLACE TRIGGER conflictdb_public_stays_public BEFORE UPDATE OF status ON conflictdb_claim FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND NEW.status = 'draft') EXECUTE FUNCTION conflictdb_public_stays_public();

-- A claim answers or supersedes only claims about the same incident. Checked at the commit: the two may be stored in
-- either order.
CREATE OR REPLACE FUNCTION conflictdb_links_stay_in_incident() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray record;
BEGIN
    -- One branch for each end of each link: each finds its few rows by an index.
    SELECT here.slug, there.slug AS other INTO stray
    FROM (
        SELECT id AS here_id, answers_id AS there_id FROM conflictdb_claim WHERE id = NEW.id
        UNION ALL SELECT id, superseded_by_id FROM conflictdb_claim WHERE id = NEW.id
        UNION ALL SELECT id, answers_id FROM conflictdb_claim WHERE answers_id = NEW.id
        UNION ALL SELECT id, superseded_by_id FROM conflictdb_claim WHERE superseded_by_id = NEW.id
    ) AS link
    JOIN conflictdb_claim AS here ON here.id = link.here_id
    JOIN conflictdb_claim AS there ON there.id = link.there_id
    WHERE here.incident_id IS DISTINCT FROM there.incident_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Claim "%" is linked to "%", which is about another incident.', stray.slug, stray.other
            USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_links_stay_in_incident', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
-- PostgreSQL replaces any trigger but these: one that is changed needs another name.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'conflictdb_links_insert') THEN
        CREATE CONSTRAINT TRIGGER conflictdb_links_insert AFTER INSERT ON conflictdb_claim
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (NEW.answers_id IS NOT NULL OR NEW.superseded_by_id IS NOT NULL)
            EXECUTE FUNCTION conflictdb_links_stay_in_incident();
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'conflictdb_links_update') THEN
        CREATE CONSTRAINT TRIGGER conflictdb_links_update AFTER UPDATE ON conflictdb_claim
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN ((OLD.answers_id, OLD.superseded_by_id, OLD.incident_id)
                  IS DISTINCT FROM (NEW.answers_id, NEW.superseded_by_id, NEW.incident_id))
            EXECUTE FUNCTION conflictdb_links_stay_in_incident();
    END IF;
END $$;

-- A series is not part of itself, nor a conflict its own dyad, by however many steps.
CREATE OR REPLACE FUNCTION conflictdb_parents_make_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_circle boolean;
BEGIN
    EXECUTE format(
        'WITH RECURSIVE above (id) AS (
             SELECT $1 UNION SELECT parent_id FROM %I JOIN above USING (id) WHERE parent_id IS NOT NULL
         ) SELECT EXISTS (SELECT FROM above WHERE id = $2)', TG_TABLE_NAME
    ) INTO is_circle USING NEW.parent_id, NEW.id;
    IF is_circle THEN
        RAISE EXCEPTION '"%" cannot be part of what is part of it.', NEW.slug
            USING ERRCODE = 'check_violation', CONSTRAINT = 'parents_make_no_circle', TABLE = TG_TABLE_NAME,
                  COLUMN = 'parent_id';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_parents_make_no_circle AFTER INSERT OR UPDATE OF parent_id ON conflictdb_incident
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION conflictdb_parents_make_no_circle();
CREATE OR REPLACE TRIGGER conflictdb_parents_make_no_circle AFTER INSERT OR UPDATE OF parent_id ON conflictdb_conflict
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION conflictdb_parents_make_no_circle();

-- A quote stands verbatim in the text that its source holds, at its offsets, with the words that it names before and after.
CREATE OR REPLACE FUNCTION conflictdb_misquoted(citation conflictdb_citation, held text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT held <> '' AND (
        citation.exact = '' OR citation.start IS NULL
        OR substr(held, citation.start + 1, citation."end" - citation.start) <> citation.exact
        OR right(left(held, citation.start), length(citation.prefix)) <> citation.prefix
        OR substr(held, citation."end" + 1, length(citation.suffix)) <> citation.suffix
    )
$$;
CREATE OR REPLACE FUNCTION conflictdb_refuse_misquote(claim_id bigint, number integer, exact text, source_id bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Citation % of claim "%" does not stand verbatim in its source "%": "%".', number,
        coalesce((SELECT slug FROM conflictdb_claim WHERE id = claim_id), claim_id::text),
        (SELECT slug FROM conflictdb_source WHERE id = source_id), left(exact, 200)
        USING ERRCODE = 'check_violation', CONSTRAINT = 'citation_quote_stands_verbatim', TABLE = 'conflictdb_citation',
              COLUMN = 'exact';
END $$;
CREATE OR REPLACE FUNCTION conflictdb_citations_are_verbatim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refuse_misquote(fresh.claim_id, fresh.number, fresh.exact, fresh.source_id)
    FROM new_rows AS fresh JOIN conflictdb_source AS source ON source.id = fresh.source_id
    JOIN conflictdb_citation AS citation ON citation.id = fresh.id
    WHERE source.text <> '' AND conflictdb_misquoted(citation, source.text);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_verbatim_insert AFTER INSERT ON conflictdb_citation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_citations_are_verbatim();
CREATE OR REPLACE TRIGGER conflictdb_verbatim_update AFTER UPDATE ON conflictdb_citation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_citations_are_verbatim();

-- A held text has the digest that its source names, and every quote from it still stands in it.
CREATE OR REPLACE FUNCTION conflictdb_text_is_held_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sha256 <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'The text of source "%" does not have the SHA-256 that the source names.', NEW.slug
            USING ERRCODE = 'check_violation', CONSTRAINT = 'source_text_has_its_sha256', TABLE = TG_TABLE_NAME,
                  COLUMN = 'sha256';
    END IF;
    PERFORM conflictdb_refuse_misquote(citation.claim_id, citation.number, citation.exact, citation.source_id)
    FROM conflictdb_citation AS citation
    WHERE citation.source_id = NEW.id AND conflictdb_misquoted(citation, NEW.text);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_text_is_held_whole AFTER INSERT OR UPDATE OF text, sha256 ON conflictdb_source
    FOR EACH ROW WHEN (NEW.text <> '') EXECUTE FUNCTION conflictdb_text_is_held_whole();
