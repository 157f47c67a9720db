-- From claims to figures: the default estimate of every incident, kept on its row by statement-level triggers.
-- estimates.py states the rule in prose; this file is the rule. Everything works on sets: one incident or a million.

-- Whether one group of victims holds another: everyone holds all, combatants hold the two sides; a group that counts
-- people whoever they belonged to (no actor) holds the same group counted for one actor.
CREATE OR REPLACE FUNCTION conflictdb_holds(wide text, wide_actor bigint, narrow text, narrow_actor bigint)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (wide = narrow OR wide = 'everyone' OR (wide = 'combatants' AND narrow IN ('side_a', 'side_b')))
       AND (wide_actor IS NULL OR wide_actor IS NOT DISTINCT FROM narrow_actor)
$$;

-- The standing claims about incidents that may count in what everybody reads: those whose dataset may be passed on, or is
-- the incident's own (an incident that may not be passed on is withheld whole).
CREATE OR REPLACE FUNCTION conflictdb_counting(incidents bigint[])
RETURNS SETOF conflictdb_claim LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT claim.*
    FROM unnest(incidents) AS asked(id)
    JOIN conflictdb_incident AS incident ON incident.id = asked.id
    JOIN conflictdb_claim AS claim ON claim.incident_id = incident.id
    JOIN conflictdb_dataset AS dataset ON dataset.id = claim.dataset_id
    WHERE claim.status = 'standing' AND (dataset.redistributable OR claim.dataset_id = incident.dataset_id)
$$;

-- Every counting toll claim with the bounds it sets, its rank among the claims of its group that set any (1 leads; those
-- that set none are ranked among themselves) and the verdict on it: 'used', or why it was set aside: 'denial', 'no_figure', 'held' (a wider group is counted by another claim).
CREATE OR REPLACE FUNCTION conflictdb_weighed(incidents bigint[])
RETURNS TABLE (
    incident_id bigint, claim_id bigint, measure text, victims text, victim_actor_id bigint,
    low integer, best integer, high integer, rank bigint, verdict text
) LANGUAGE sql STABLE AS $$
    WITH bounded AS MATERIALIZED (
        SELECT claim.id, claim.incident_id, claim.measure::text, claim.victims::text, claim.victim_actor_id,
               claim.polarity, claim.credibility, claim.stated_on, claim.best,
               -- a toll cannot be below zero, so "at most" starts there, whatever its best
               CASE WHEN claim.value_kind = 'at_most' THEN 0
                    ELSE coalesce(claim.low, claim.best, CASE WHEN claim.high IS NOT NULL THEN 0 END) END AS low,
               coalesce(claim.high, CASE WHEN claim.value_kind = 'about' THEN claim.best END) AS high
        FROM conflictdb_counting(incidents) AS claim
        WHERE claim.kind = 'toll'
    ), groups AS (
        SELECT DISTINCT incident_id, measure, victims, victim_actor_id
        FROM bounded WHERE polarity = 'asserts' AND low IS NOT NULL
    ), held AS (
        SELECT DISTINCT narrow.*
        FROM groups AS narrow JOIN groups AS wide USING (incident_id, measure)
        WHERE (narrow.victims, narrow.victim_actor_id) IS DISTINCT FROM (wide.victims, wide.victim_actor_id)
          AND conflictdb_holds(wide.victims, wide.victim_actor_id, narrow.victims, narrow.victim_actor_id)
    ), graded AS (
        SELECT citation.claim_id, min(nullif(source.reliability, 'F')) AS reliability
        FROM bounded
        JOIN conflictdb_citation AS citation ON citation.claim_id = bounded.id
        JOIN conflictdb_source AS source ON source.id = citation.source_id
        GROUP BY citation.claim_id
    )
    SELECT bounded.incident_id, bounded.id, bounded.measure, bounded.victims, bounded.victim_actor_id,
           bounded.low, bounded.best, bounded.high,
           row_number() OVER (
               PARTITION BY bounded.incident_id, bounded.measure, bounded.victims, bounded.victim_actor_id,
                            bounded.polarity = 'denies' OR bounded.low IS NULL
               -- unknown grades and days come after all known ones
               ORDER BY nullif(bounded.credibility, '6') NULLS LAST, graded.reliability NULLS LAST,
                        bounded.stated_on DESC NULLS LAST, bounded.id
           ),
           CASE
               WHEN bounded.polarity = 'denies' THEN 'denial'
               WHEN bounded.low IS NULL THEN 'no_figure'
               WHEN held.incident_id IS NOT NULL THEN 'held'
               ELSE 'used'
           END
    FROM bounded
    LEFT JOIN graded ON graded.claim_id = bounded.id
    LEFT JOIN held ON held.incident_id = bounded.incident_id AND held.measure = bounded.measure
        AND held.victims = bounded.victims AND held.victim_actor_id IS NOT DISTINCT FROM bounded.victim_actor_id
$$;

-- One row for every incident and measure of which a counting claim speaks: the range estimate.
CREATE OR REPLACE FUNCTION conflictdb_estimated(incidents bigint[])
RETURNS TABLE (
    incident_id bigint, measure text, low bigint, best bigint, high bigint, is_open boolean, claims bigint
) LANGUAGE sql STABLE AS $$
    WITH weighed AS MATERIALIZED (
        SELECT * FROM conflictdb_weighed(incidents)
    ), collapsed AS (  -- within a group: the lowest low, the best of the leading claim that has one, the highest high
        SELECT incident_id, measure, min(low) AS low,
               (array_agg(best ORDER BY rank) FILTER (WHERE best IS NOT NULL))[1] AS best,
               CASE WHEN bool_and(high IS NOT NULL) THEN max(high) END AS high
        FROM weighed WHERE verdict = 'used'
        GROUP BY incident_id, measure, victims, victim_actor_id
    ), added AS (  -- over disjoint groups: the sums; an unknown part leaves the best and the upper bound unknown
        SELECT incident_id, measure, sum(low) AS low,
               CASE WHEN bool_and(best IS NOT NULL) THEN sum(best) END AS best,
               CASE WHEN bool_and(high IS NOT NULL) THEN sum(high) END AS high,
               bool_or(high IS NULL) AS is_open
        FROM collapsed GROUP BY incident_id, measure
    ), counted AS (
        SELECT incident_id, measure, count(*) AS claims FROM weighed GROUP BY incident_id, measure
    )
    SELECT counted.incident_id, counted.measure, added.low, added.best, added.high,
           coalesce(added.is_open, false), counted.claims
    FROM counted LEFT JOIN added USING (incident_id, measure)
$$;

-- The incidents among those asked for whose standing claims cannot all be right.
CREATE OR REPLACE FUNCTION conflictdb_disputed(incidents bigint[])
RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    WITH counting AS MATERIALIZED (
        SELECT * FROM conflictdb_counting(incidents)
    ), tolls AS (  -- figures published out of order still span what they span
        SELECT incident_id, measure::text, victims::text, victim_actor_id, polarity,
               -- "about" bounds nothing on a side that it does not state: nobody can say how far off is too far
               CASE WHEN low IS NULL AND (best IS NULL OR value_kind IN ('about', 'at_most')) THEN 0
                    ELSE least(low, best, high) END AS low,
               CASE WHEN high IS NOT NULL THEN greatest(low, best, high) END AS high,
               low IS NULL AND best IS NULL AND high IS NULL AS is_without_figure,
               value_kind = 'about' AND (low IS NULL OR high IS NULL) AS is_loose,
               value_kind = 'about' AND low IS NULL AND best > 0 AS is_about_some
        FROM counting WHERE kind = 'toll'
    ), spans AS (
        SELECT incident_id, measure, victims, victim_actor_id, max(low) AS low, min(high) AS high
        FROM tolls WHERE polarity = 'asserts' AND NOT is_without_figure
        GROUP BY incident_id, measure, victims, victim_actor_id
    )
    -- a group's lowest possible number is above the highest possible one of itself or of a group that holds it
    SELECT narrow.incident_id
    FROM spans AS narrow JOIN spans AS wide USING (incident_id, measure)
    WHERE narrow.low > wide.high
      AND conflictdb_holds(wide.victims, wide.victim_actor_id, narrow.victims, narrow.victim_actor_id)
    UNION
    -- a toll above zero is asserted, and denied as such or in numbers that take in all it may be
    SELECT asserted.incident_id
    FROM tolls AS asserted JOIN tolls AS denied USING (incident_id, measure)
    WHERE asserted.polarity = 'asserts' AND denied.polarity = 'denies'
      AND (asserted.low > 0 OR asserted.is_about_some)
      AND conflictdb_holds(denied.victims, denied.victim_actor_id, asserted.victims, asserted.victim_actor_id)
      AND (denied.is_without_figure
           OR (NOT denied.is_loose AND asserted.low >= denied.low
               AND (denied.high IS NULL OR asserted.high <= denied.high)))
    UNION
    -- the same actor is held responsible, or linked, and is said not to be
    SELECT asserted.incident_id
    FROM counting AS asserted JOIN counting AS denied USING (incident_id, kind, named_actor_id)
    WHERE asserted.kind IN ('responsibility', 'link') AND asserted.polarity = 'asserts' AND denied.polarity = 'denies'
    UNION
    -- two different actors are held responsible
    SELECT incident_id FROM counting
    WHERE kind = 'responsibility' AND polarity = 'asserts'
    GROUP BY incident_id HAVING count(DISTINCT named_actor_id) > 1
    UNION
    -- a claim denies or corrects another, and both stand
    SELECT answer.incident_id
    FROM counting AS answer JOIN counting AS answered ON answered.id = answer.answers_id
    WHERE answer.answer_kind IN ('denies', 'corrects')
$$;

-- Bring the incidents' rows up to their claims; rows that are right already are not written. An incident whose figures
-- move changes when the claims that moved them did, or at `moment`, whichever is later. The rows are locked before the claims
-- are read: of two transactions that write claims about one incident, the later waits and then sees the other's claims.
CREATE OR REPLACE FUNCTION conflictdb_refresh(incidents bigint[], moment timestamptz DEFAULT NULL)
RETURNS void LANGUAGE sql SET conflictdb.keeping = 'on' AS $$
    SELECT FROM unnest(incidents) AS asked(id) JOIN conflictdb_incident AS incident ON incident.id = asked.id
    ORDER BY incident.id FOR NO KEY UPDATE OF incident;
    WITH estimated AS MATERIALIZED (
        SELECT * FROM conflictdb_estimated(incidents)
    ), disputed AS MATERIALIZED (
        SELECT id FROM conflictdb_disputed(incidents) AS id
    ), changed AS (
        SELECT claim.incident_id, max(claim.updated_at) AS updated_at
        FROM unnest(incidents) AS asked(id) JOIN conflictdb_claim AS claim ON claim.incident_id = asked.id
        GROUP BY claim.incident_id
    )
    UPDATE conflictdb_incident AS incident
    SET killed_low = killed.low, killed_best = killed.best, killed_high = killed.high,
        killed_is_open = coalesce(killed.is_open, false), killed_claims = coalesce(killed.claims, 0),
        injured_low = injured.low, injured_best = injured.best, injured_high = injured.high,
        injured_is_open = coalesce(injured.is_open, false), injured_claims = coalesce(injured.claims, 0),
        disputed = disputed.id IS NOT NULL,
        updated_at = greatest(incident.updated_at, changed.updated_at, moment)
    FROM unnest(incidents) AS asked(id)
    LEFT JOIN estimated AS killed ON killed.incident_id = asked.id AND killed.measure = 'killed'
    LEFT JOIN estimated AS injured ON injured.incident_id = asked.id AND injured.measure = 'injured'
    LEFT JOIN disputed ON disputed.id = asked.id
    LEFT JOIN changed ON changed.incident_id = asked.id
    WHERE incident.id = asked.id
      AND (incident.killed_low, incident.killed_best, incident.killed_high, incident.killed_is_open,
           incident.killed_claims, incident.injured_low, incident.injured_best, incident.injured_high,
           incident.injured_is_open, incident.injured_claims, incident.disputed)
          IS DISTINCT FROM
          (killed.low, killed.best, killed.high, coalesce(killed.is_open, false), coalesce(killed.claims, 0)::integer,
           injured.low, injured.best, injured.high, coalesce(injured.is_open, false),
           coalesce(injured.claims, 0)::integer, disputed.id IS NOT NULL)
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

-- Citations and the reliability of sources decide which claim leads.
CREATE OR REPLACE FUNCTION conflictdb_refresh_claims(claims bigint[]) RETURNS void LANGUAGE sql AS $$
    SELECT conflictdb_refresh(array_agg(DISTINCT claim.incident_id))
    FROM unnest(claims) AS asked(id) JOIN conflictdb_claim AS claim ON claim.id = asked.id
    WHERE claim.incident_id IS NOT NULL AND claim.kind = 'toll' HAVING count(*) > 0
$$;
CREATE OR REPLACE FUNCTION conflictdb_citations_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh_claims(array_agg(DISTINCT fresh.claim_id))
    FROM new_rows AS fresh JOIN conflictdb_source AS source ON source.id = fresh.source_id
    WHERE source.reliability <> 'F' HAVING count(*) > 0;
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

CREATE OR REPLACE FUNCTION conflictdb_source_regraded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh_claims(array_agg(DISTINCT claim_id))
    FROM conflictdb_citation WHERE source_id = NEW.id HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_regrade AFTER UPDATE ON conflictdb_source FOR EACH ROW
    WHEN (OLD.reliability IS DISTINCT FROM NEW.reliability) EXECUTE FUNCTION conflictdb_source_regraded();
-- A source may be stored after the citations that name it: foreign keys wait for the commit.
CREATE OR REPLACE TRIGGER conflictdb_estimates_graded AFTER INSERT ON conflictdb_source FOR EACH ROW
    WHEN (NEW.reliability <> 'F') EXECUTE FUNCTION conflictdb_source_regraded();

-- A dataset's terms decide which claims count.
CREATE OR REPLACE FUNCTION conflictdb_dataset_terms_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_refresh(array_agg(DISTINCT incident_id), now()) FROM conflictdb_claim
    WHERE dataset_id = NEW.id AND incident_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_terms AFTER INSERT OR UPDATE ON conflictdb_dataset FOR EACH ROW
    EXECUTE FUNCTION conflictdb_dataset_terms_changed();

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
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_estimates_keep BEFORE UPDATE ON conflictdb_incident FOR EACH ROW
    WHEN (current_setting('conflictdb.keeping', true) IS DISTINCT FROM 'on'
          AND (OLD.killed_low, OLD.killed_best, OLD.killed_high, OLD.killed_is_open, OLD.killed_claims,
               OLD.injured_low, OLD.injured_best, OLD.injured_high, OLD.injured_is_open, OLD.injured_claims,
               OLD.disputed)
              IS DISTINCT FROM
              (NEW.killed_low, NEW.killed_best, NEW.killed_high, NEW.killed_is_open, NEW.killed_claims,
               NEW.injured_low, NEW.injured_best, NEW.injured_high, NEW.injured_is_open, NEW.injured_claims,
               NEW.disputed))
    EXECUTE FUNCTION conflictdb_incident_keeps_figures();

CREATE OR REPLACE FUNCTION conflictdb_incidents_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Those that brought figures of their own, and those whose claims came first.
    PERFORM conflictdb_refresh(array_agg(fresh.id)) FROM new_rows AS fresh
    WHERE fresh.killed_claims <> 0 OR fresh.injured_claims <> 0 OR fresh.disputed OR fresh.killed_is_open OR fresh.injured_is_open
       OR coalesce(fresh.killed_low, fresh.killed_best, fresh.killed_high) IS NOT NULL
       OR coalesce(fresh.injured_low, fresh.injured_best, fresh.injured_high) IS NOT NULL
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
