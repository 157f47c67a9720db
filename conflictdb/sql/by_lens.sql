-- Figures under the lenses that are kept (models/lens.py): a row an incident and lens, for all incidents, at any commit. They are
-- computed anew with the default ones (figures.sql), whatever these come from; readers take a kept lens for a table like that
-- of incidents (api/kept.py).

-- Bring the figures of incidents under every kept lens, or under one, up to their claims; rows that are right are not written.
CREATE OR REPLACE FUNCTION conflictdb_keep(incidents bigint[], of_lens bigint DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM conflictdb_keptlens) THEN
        RETURN;
    END IF;
    INSERT INTO conflictdb_keptfigure AS kept (
        lens_id, incident_id, killed_low, killed_best, killed_high, killed_is_open, killed_claims,
        injured_low, injured_best, injured_high, injured_is_open, injured_claims, disputed, is_spoken_of)
    SELECT lens.id, incident.id, told.*
    FROM conflictdb_keptlens AS lens
    CROSS JOIN (SELECT id FROM conflictdb_incident WHERE id = ANY (incidents) ORDER BY id) AS incident
    CROSS JOIN LATERAL conflictdb_told(incident.id, ROW(
        lens.according_to, lens.not_according_to, lens.datasets, lens.min_reliability, lens.min_credibility,
        lens.stated_before, lens.resolve)::conflictdb_lens) AS told
    WHERE of_lens IS NULL OR lens.id = of_lens
    ON CONFLICT (lens_id, incident_id) DO UPDATE
    SET (killed_low, killed_best, killed_high, killed_is_open, killed_claims,
         injured_low, injured_best, injured_high, injured_is_open, injured_claims, disputed, is_spoken_of)
        = ROW(EXCLUDED.killed_low, EXCLUDED.killed_best, EXCLUDED.killed_high, EXCLUDED.killed_is_open, EXCLUDED.killed_claims,
              EXCLUDED.injured_low, EXCLUDED.injured_best, EXCLUDED.injured_high, EXCLUDED.injured_is_open,
              EXCLUDED.injured_claims, EXCLUDED.disputed, EXCLUDED.is_spoken_of)
    WHERE kept IS DISTINCT FROM EXCLUDED;
END $$;

-- Whether a lens is kept: readers who took it for one, and would miss its figures, are told instead of answered.
CREATE OR REPLACE FUNCTION conflictdb_kept(lens bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM conflictdb_keptlens WHERE id = lens) THEN
        RAISE EXCEPTION 'Lens % is not kept any more.', lens USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN true;
END $$;

-- A lens comes with its figures and goes with them. Whoever writes what figures come from, and does not see it yet, writes
-- incidents too: the lock waits for them, and they for the commit, after which they see it. It never becomes another lens:
-- who took its key for that of the one would read the figures of the other.
CREATE OR REPLACE FUNCTION conflictdb_lens_stored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE conflictdb_incident IN SHARE ROW EXCLUSIVE MODE;
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'A kept lens is not changed: drop it, and keep another.' USING ERRCODE = 'check_violation';
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM conflictdb_keptfigure WHERE lens_id = OLD.id;
    ELSE
        PERFORM conflictdb_keep(array_agg(id), NEW.id) FROM conflictdb_incident HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_kept_stored AFTER INSERT OR UPDATE OR DELETE ON conflictdb_keptlens FOR EACH ROW
    EXECUTE FUNCTION conflictdb_lens_stored();

-- New incidents have a row too, though nobody speaks of them; those that go take theirs with them.
CREATE OR REPLACE FUNCTION conflictdb_kept_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_keep(array_agg(id)) FROM new_rows HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_kept_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM conflictdb_keptfigure AS kept USING old_rows, conflictdb_keptlens AS lens
    WHERE kept.lens_id = lens.id AND kept.incident_id = old_rows.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_kept_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM conflictdb_keptfigure;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_kept_insert AFTER INSERT ON conflictdb_incident
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_kept_inserted();
CREATE OR REPLACE TRIGGER conflictdb_kept_delete AFTER DELETE ON conflictdb_incident
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_kept_deleted();
CREATE OR REPLACE TRIGGER conflictdb_kept_truncate AFTER TRUNCATE ON conflictdb_incident
    FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_kept_truncated();
CREATE OR REPLACE TRIGGER conflictdb_kept_truncate AFTER TRUNCATE ON conflictdb_keptlens
    FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_kept_truncated();
