-- The default figures, and what no lens exceeds, kept on incidents' rows by statement-level triggers, whatever writes what they
-- come from.

-- Bring the incidents' rows up to their claims; rows that are right already are not written. What is written changed when
-- the claims last did, or at `moment`, whichever is later; a bound, which nobody is shown, changes without a time. The rows are locked before the claims are read: of two
-- transactions that write claims about one incident, the later waits and then sees the other's.
CREATE OR REPLACE FUNCTION conflictdb_refresh(incidents bigint[], moment timestamptz DEFAULT NULL)
RETURNS void LANGUAGE sql SET conflictdb.keeping = 'on' AS $$
    SELECT FROM unnest(incidents) AS asked(id) JOIN conflictdb_incident AS incident ON incident.id = asked.id
    ORDER BY incident.id FOR NO KEY UPDATE OF incident;
    UPDATE conflictdb_incident AS incident
    SET killed_low = kept.killed_low, killed_best = kept.killed_best, killed_high = kept.killed_high,
        killed_is_open = kept.killed_is_open, killed_claims = kept.killed_claims,
        injured_low = kept.injured_low, injured_best = kept.injured_best, injured_high = kept.injured_high,
        injured_is_open = kept.injured_is_open, injured_claims = kept.injured_claims,
        disputed = kept.disputed, killed_most = bounds.killed_most, injured_most = bounds.injured_most,
        updated_at = CASE
            WHEN (incident.killed_low, incident.killed_best, incident.killed_high, incident.killed_is_open,
                  incident.killed_claims, incident.injured_low, incident.injured_best, incident.injured_high,
                  incident.injured_is_open, incident.injured_claims, incident.disputed)
                 IS DISTINCT FROM
                 (kept.killed_low, kept.killed_best, kept.killed_high, kept.killed_is_open, kept.killed_claims,
                  kept.injured_low, kept.injured_best, kept.injured_high, kept.injured_is_open, kept.injured_claims,
                  kept.disputed)
            THEN greatest(incident.updated_at, moment,
                          (SELECT max(updated_at) FROM conflictdb_claim WHERE incident_id = incident.id))
            ELSE incident.updated_at END
    FROM conflictdb_figures(incidents) AS kept CROSS JOIN LATERAL conflictdb_bounds(kept.incident_id) AS bounds
    WHERE incident.id = kept.incident_id
      AND (incident.killed_low, incident.killed_best, incident.killed_high, incident.killed_is_open,
           incident.killed_claims, incident.injured_low, incident.injured_best, incident.injured_high,
           incident.injured_is_open, incident.injured_claims, incident.disputed, incident.killed_most, incident.injured_most)
          IS DISTINCT FROM
          (kept.killed_low, kept.killed_best, kept.killed_high, kept.killed_is_open, kept.killed_claims, kept.injured_low,
           kept.injured_best, kept.injured_high, kept.injured_is_open, kept.injured_claims, kept.disputed,
           bounds.killed_most, bounds.injured_most);
    SELECT conflictdb_keep(incidents);
$$;

-- Claims: whatever wrote them, the incidents before and after the statement are brought up to date.
CREATE OR REPLACE FUNCTION conflictdb_claims_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh(array_agg(DISTINCT incident_id)) FROM new_rows WHERE incident_id IS NOT NULL
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_claims_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh(array_agg(DISTINCT incident_id))
    FROM (SELECT incident_id FROM old_rows UNION SELECT incident_id FROM new_rows) AS touched
    WHERE incident_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_claims_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh(array_agg(DISTINCT incident_id), now()) FROM old_rows WHERE incident_id IS NOT NULL
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_claims_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh(array_agg(id), now()) FROM conflictdb_incident HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_insert AFTER INSERT ON conflictdb_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_claims_inserted();
CREATE OR REPLACE TRIGGER conflictdb_estimates_update AFTER UPDATE ON conflictdb_claim
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_claims_updated();
CREATE OR REPLACE TRIGGER conflictdb_estimates_delete AFTER DELETE ON conflictdb_claim
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_claims_deleted();
CREATE OR REPLACE TRIGGER conflictdb_estimates_truncate AFTER TRUNCATE ON conflictdb_claim
    FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_claims_truncated();

-- Citations and the reliability of sources decide which claim leads, and whom a lens hears.
CREATE OR REPLACE FUNCTION conflictdb_refresh_claims(claims bigint[]) RETURNS void LANGUAGE sql AS $$
    SELECT conflictdb_refresh(array_agg(DISTINCT claim.incident_id))
    FROM unnest(claims) AS asked(id) JOIN conflictdb_claim AS claim ON claim.id = asked.id
    WHERE claim.incident_id IS NOT NULL HAVING count(*) > 0
$$;
CREATE OR REPLACE FUNCTION conflictdb_citations_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh_claims(array_agg(DISTINCT fresh.claim_id))
    FROM new_rows AS fresh JOIN conflictdb_source AS source ON source.id = fresh.source_id
    WHERE source.reliability <> 'F' OR source.published_on IS NOT NULL OR source.publisher_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_citations_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh_claims(array_agg(DISTINCT claim_id))
    FROM (SELECT claim_id FROM old_rows UNION SELECT claim_id FROM new_rows) AS touched HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_citations_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh_claims(array_agg(DISTINCT claim_id)) FROM old_rows HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_insert AFTER INSERT ON conflictdb_citation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_citations_inserted();
CREATE OR REPLACE TRIGGER conflictdb_estimates_update AFTER UPDATE ON conflictdb_citation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_citations_updated();
CREATE OR REPLACE TRIGGER conflictdb_estimates_delete AFTER DELETE ON conflictdb_citation
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_citations_deleted();
CREATE OR REPLACE TRIGGER conflictdb_estimates_truncate AFTER TRUNCATE ON conflictdb_citation
    FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_claims_truncated();

-- Whoever changes what others lean on waits for those who are leaning on it, so that neither misses the other's rows.
CREATE OR REPLACE FUNCTION conflictdb_source_regraded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        LOCK TABLE conflictdb_citation IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    PERFORM conflictdb_refresh_claims(array_agg(DISTINCT claim_id))
    FROM conflictdb_citation WHERE source_id = NEW.id HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_regrade AFTER UPDATE ON conflictdb_source FOR EACH ROW
    WHEN ((OLD.reliability, OLD.published_on, OLD.publisher_id, OLD.dataset_id)
          IS DISTINCT FROM (NEW.reliability, NEW.published_on, NEW.publisher_id, NEW.dataset_id))
    EXECUTE FUNCTION conflictdb_source_regraded();
-- A source may be stored after the citations that name it: foreign keys wait for the commit.
CREATE OR REPLACE TRIGGER conflictdb_estimates_graded AFTER INSERT ON conflictdb_source FOR EACH ROW
    WHEN (NEW.reliability <> 'F' OR NEW.published_on IS NOT NULL OR NEW.publisher_id IS NOT NULL) EXECUTE FUNCTION conflictdb_source_regraded();

-- A dataset's terms decide which claims count, and which of their sources.
CREATE OR REPLACE FUNCTION conflictdb_dataset_terms_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        LOCK TABLE conflictdb_claim, conflictdb_citation IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    PERFORM conflictdb_refresh(array_agg(incident_id), now()) FROM conflictdb_leaning_on(NEW.id) HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_terms AFTER UPDATE ON conflictdb_dataset FOR EACH ROW
    WHEN (OLD.redistributable IS DISTINCT FROM NEW.redistributable) EXECUTE FUNCTION conflictdb_dataset_terms_changed();
CREATE OR REPLACE TRIGGER conflictdb_estimates_terms_set AFTER INSERT ON conflictdb_dataset FOR EACH ROW
    EXECUTE FUNCTION conflictdb_dataset_terms_changed();

-- So do those of what else a claim is about: an actor, or a relation and its ends. Either may be stored after the claim.
CREATE OR REPLACE FUNCTION conflictdb_actors_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh(array_agg(DISTINCT about.incident_id), now())
    FROM new_rows AS fresh CROSS JOIN LATERAL conflictdb_about_actor(fresh.id) AS about HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_insert AFTER INSERT ON conflictdb_actor
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_actors_inserted();
CREATE OR REPLACE FUNCTION conflictdb_actor_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE conflictdb_claim IN SHARE ROW EXCLUSIVE MODE;
    PERFORM conflictdb_refresh(array_agg(incident_id), now()) FROM conflictdb_about_actor(NEW.id) HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_move AFTER UPDATE ON conflictdb_actor FOR EACH ROW
    WHEN (OLD.dataset_id IS DISTINCT FROM NEW.dataset_id) EXECUTE FUNCTION conflictdb_actor_moved();
CREATE OR REPLACE FUNCTION conflictdb_relation_stored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        LOCK TABLE conflictdb_claim IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    PERFORM conflictdb_refresh(array_agg(DISTINCT incident_id), now()) FROM conflictdb_claim
    WHERE relation_id = NEW.id AND incident_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_insert AFTER INSERT ON conflictdb_actorrelation FOR EACH ROW
    EXECUTE FUNCTION conflictdb_relation_stored();
CREATE OR REPLACE TRIGGER conflictdb_estimates_move AFTER UPDATE ON conflictdb_actorrelation FOR EACH ROW
    WHEN ((OLD.dataset_id, OLD.subject_id, OLD.object_id) IS DISTINCT FROM (NEW.dataset_id, NEW.subject_id, NEW.object_id))
    EXECUTE FUNCTION conflictdb_relation_stored();

-- Incidents: their figures are nobody else's to write, and claims may have been stored before their incident.
CREATE OR REPLACE FUNCTION conflictdb_incident_keeps_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.killed_low := OLD.killed_low;
    NEW.killed_best := OLD.killed_best;
    NEW.killed_high := OLD.killed_high;
    NEW.killed_is_open := OLD.killed_is_open;
    NEW.killed_claims := OLD.killed_claims;
    NEW.injured_low := OLD.injured_low;
    NEW.injured_best := OLD.injured_best;
    NEW.injured_high := OLD.injured_high;
    NEW.injured_is_open := OLD.injured_is_open;
    NEW.injured_claims := OLD.injured_claims;
    NEW.disputed := OLD.disputed;
    NEW.killed_most := OLD.killed_most;
    NEW.injured_most := OLD.injured_most;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_keep BEFORE UPDATE ON conflictdb_incident FOR EACH ROW
    WHEN (current_setting('conflictdb.keeping', true) IS DISTINCT FROM 'on'
          AND (OLD.killed_low, OLD.killed_best, OLD.killed_high, OLD.killed_is_open, OLD.killed_claims,
               OLD.injured_low, OLD.injured_best, OLD.injured_high, OLD.injured_is_open, OLD.injured_claims,
               OLD.disputed, OLD.killed_most, OLD.injured_most)
              IS DISTINCT FROM
              (NEW.killed_low, NEW.killed_best, NEW.killed_high, NEW.killed_is_open, NEW.killed_claims,
               NEW.injured_low, NEW.injured_best, NEW.injured_high, NEW.injured_is_open, NEW.injured_claims,
               NEW.disputed, NEW.killed_most, NEW.injured_most))
    EXECUTE FUNCTION conflictdb_incident_keeps_figures();

CREATE OR REPLACE FUNCTION conflictdb_incidents_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Those that brought figures of their own, and those whose claims came first.
    PERFORM conflictdb_refresh(array_agg(fresh.id)) FROM new_rows AS fresh
    WHERE fresh.killed_claims <> 0 OR fresh.injured_claims <> 0 OR fresh.disputed OR fresh.killed_is_open OR fresh.injured_is_open
       OR coalesce(fresh.killed_low, fresh.killed_best, fresh.killed_high) IS NOT NULL
       OR coalesce(fresh.injured_low, fresh.injured_best, fresh.injured_high) IS NOT NULL
       OR coalesce(fresh.killed_most, fresh.injured_most) IS NOT NULL
       OR EXISTS (SELECT FROM conflictdb_claim AS claim WHERE claim.incident_id = fresh.id)
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_insert AFTER INSERT ON conflictdb_incident
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_incidents_inserted();

CREATE OR REPLACE FUNCTION conflictdb_incident_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_move AFTER UPDATE ON conflictdb_incident FOR EACH ROW
    WHEN (OLD.dataset_id IS DISTINCT FROM NEW.dataset_id) EXECUTE FUNCTION conflictdb_incident_moved();
