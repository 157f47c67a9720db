-- The revision of the dataset: one row with another token after every commit that wrote records, whichever way. It is
-- written at the very end of a transaction, by a deferred trigger: nobody waits for another's long transaction, and whoever
-- sees a token sees what was written under it. These triggers fire for importers too, who let the others rest. The tables
-- are the triggers' own: no record of the dataset, so that no model has them and no fixture holds them.
--
-- A token is a UUID of version 7 (RFC 9562): it begins with the milliseconds of the change, and the rest is random. No two
-- revisions share a second, however fast they follow each other (a burst runs ahead of the clock, which catches up): HTTP
-- knows no smaller unit, and whoever has seen an answer of some second must not take a later one for the same.
CREATE TABLE IF NOT EXISTS conflictdb_revision (
    id integer PRIMARY KEY CHECK (id = 1), token uuid NOT NULL, changed_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS conflictdb_revisionmark (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE OR REPLACE FUNCTION conflictdb_revision_token(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (substr(begin, 1, 8) || '-' || substr(begin, 9) || '-7' || substr(gen_random_uuid()::text, 16))::uuid
    FROM lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') AS begin
$$;
CREATE OR REPLACE FUNCTION conflictdb_revise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM conflictdb_revisionmark WHERE id = NEW.id;
    INSERT INTO conflictdb_revision AS last (id, token, changed_at)
    VALUES (1, conflictdb_revision_token(clock_timestamp()), clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET (token, changed_at) = (
        SELECT conflictdb_revision_token(now.at), now.at  -- the clock is read once the last writer is done
        FROM greatest(clock_timestamp(), date_trunc('second', last.changed_at) + interval '1 second') AS now (at)
    );
    RETURN NULL;
END $$;
-- A transaction is marked once; where a savepoint takes its mark back, it takes the setting back too.
CREATE OR REPLACE FUNCTION conflictdb_mark_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('conflictdb.marked', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        PERFORM set_config('conflictdb.marked', pg_current_xact_id()::text, true);
        INSERT INTO conflictdb_revisionmark DEFAULT VALUES;
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE
    noun text;
BEGIN
    FOREACH noun IN ARRAY ARRAY['actor', 'actoralias', 'actorrelation', 'citation', 'claim', 'conflict', 'country', 'dataset',
                                'disagreement', 'import', 'incident', 'participation', 'source'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER conflictdb_revision AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_mark_revision()', 'conflictdb_' || noun);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER conflictdb_revision', 'conflictdb_' || noun);
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'conflictdb_revision_ends') THEN
        CREATE CONSTRAINT TRIGGER conflictdb_revision_ends AFTER INSERT ON conflictdb_revisionmark
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION conflictdb_revise();
        ALTER TABLE conflictdb_revisionmark ENABLE ALWAYS TRIGGER conflictdb_revision_ends;
    END IF;
END $$;
-- What is there before the first such commit has a revision too.
INSERT INTO conflictdb_revision (id, token, changed_at)
VALUES (1, conflictdb_revision_token(clock_timestamp()), clock_timestamp()) ON CONFLICT (id) DO UPDATE
SET token = conflictdb_revision_token(conflictdb_revision.changed_at)
WHERE substr(conflictdb_revision.token::text, 15, 1) <> '7';  -- of an earlier version, whose tokens told no time
