-- The names of places that incidents bear, each once a level: a vocabulary that is searched by how names look. Incidents repeat
-- theirs hundreds of times, and an index of the letters of all of them would weigh as much as all their words. Names that no
-- incident bears any more stay; whoever asks looks for an incident that may be shown. Two transactions may each note the same
-- new name, which does no harm: neither waits for the other. The table is the triggers' own, as the revision's is.
CREATE TABLE IF NOT EXISTS conflictdb_place (
    level text NOT NULL CHECK (level IN ('place_name', 'admin2', 'admin1')),
    name text NOT NULL,
    plain text NOT NULL GENERATED ALWAYS AS (plain_name(name)) STORED
);
CREATE INDEX IF NOT EXISTS place_by_name ON conflictdb_place (name, level);
CREATE INDEX IF NOT EXISTS place_by_likeness ON conflictdb_place USING gin (plain gin_trgm_ops);
CREATE OR REPLACE FUNCTION conflictdb_file_places(levels text[], names text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO conflictdb_place (level, name)
    SELECT DISTINCT noted.level, noted.name
    FROM unnest(levels, names) AS noted (level, name)
    WHERE noted.name <> ''
      AND NOT EXISTS (SELECT FROM conflictdb_place AS known WHERE known.name = noted.name AND known.level = noted.level)
$$;
CREATE OR REPLACE FUNCTION conflictdb_note_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO conflictdb_place (level, name)
    SELECT DISTINCT noted.level, noted.name
    FROM (SELECT DISTINCT place_name, admin2, admin1 FROM written) AS seen,
         LATERAL (VALUES ('place_name', place_name), ('admin2', admin2), ('admin1', admin1)) AS noted (level, name)
    WHERE noted.name <> ''
      AND NOT EXISTS (SELECT FROM conflictdb_place AS known WHERE known.name = noted.name AND known.level = noted.level);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_note_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_places(
        ARRAY['place_name', 'admin2', 'admin1'], ARRAY[NEW.place_name, NEW.admin2, NEW.admin1]::text[]
    );
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_places_new AFTER INSERT ON conflictdb_incident
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_note_places();
CREATE OR REPLACE TRIGGER conflictdb_places_changed AFTER UPDATE ON conflictdb_incident FOR EACH ROW
    WHEN ((OLD.place_name, OLD.admin2, OLD.admin1) IS DISTINCT FROM (NEW.place_name, NEW.admin2, NEW.admin1))
    EXECUTE FUNCTION conflictdb_note_place();
-- For importers too, who let the others rest, and the one above: of new incidents they know which names they have noted already.
ALTER TABLE conflictdb_incident ENABLE ALWAYS TRIGGER conflictdb_places_changed;
-- What was there before the triggers.
INSERT INTO conflictdb_place (level, name)
SELECT DISTINCT noted.level, noted.name
FROM (SELECT DISTINCT place_name, admin2, admin1 FROM conflictdb_incident) AS seen,
     LATERAL (VALUES ('place_name', place_name), ('admin2', admin2), ('admin1', admin1)) AS noted (level, name)
WHERE noted.name <> ''
  AND NOT EXISTS (SELECT FROM conflictdb_place AS known WHERE known.name = noted.name AND known.level = noted.level);
