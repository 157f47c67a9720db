-- Pairs of standing claims that cannot both be true, kept in conflictdb_disagreement. estimates.py states in prose what
-- contradicts what; conflictdb_disputed finds the incidents, this file the pairs: an incident has one if and only if it is
-- disputed. Only the disputed are looked at, which are few.

-- Whether a toll gives any number; the lowest and the highest number that it leaves possible (null: no bound).
CREATE OR REPLACE FUNCTION conflictdb_gives_number(toll conflictdb_claim) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT num_nonnulls(toll.low, toll.best, toll.high) > 0
$$;
CREATE OR REPLACE FUNCTION conflictdb_lowest(toll conflictdb_claim) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN toll.low IS NULL AND (toll.best IS NULL OR toll.value_kind IN ('about', 'at_most')) THEN 0
                ELSE least(toll.low, toll.best, toll.high) END
$$;
CREATE OR REPLACE FUNCTION conflictdb_highest(toll conflictdb_claim) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN toll.high IS NOT NULL THEN greatest(toll.low, toll.best, toll.high) END
$$;

-- Whether everybody whom a toll counts is among those whom another counts.
CREATE OR REPLACE FUNCTION conflictdb_holds(wide conflictdb_claim, narrow conflictdb_claim)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT wide.measure = narrow.measure
       AND (wide.victims IN ('everyone', narrow.victims)
            OR wide.victims = 'combatants' AND narrow.victims IN ('side_a', 'side_b'))
       AND (wide.victim_actor_id IS NULL OR wide.victim_actor_id = narrow.victim_actor_id)
$$;

-- Two tolls lie apart: the narrower group's lowest possible number is above the highest possible one of the group that holds
-- it, or of itself.
CREATE OR REPLACE FUNCTION conflictdb_lie_apart(lower conflictdb_claim, higher conflictdb_claim)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT lower.kind = 'toll' AND higher.kind = 'toll' AND lower.polarity = 'asserts' AND higher.polarity = 'asserts'
       AND conflictdb_gives_number(lower) AND conflictdb_gives_number(higher) AND conflictdb_holds(lower, higher)
       AND conflictdb_lowest(higher) > conflictdb_highest(lower)
$$;

-- A toll above zero is denied for its group or one that holds it, as such or in numbers that take in all it may be; or an
-- actor or a conflict is said to be responsible or linked, and not to be; or one says that something happened, or how, and
-- another that it did not (what one claimant both asserts and denies are two things).
CREATE OR REPLACE FUNCTION conflictdb_is_denied(asserted conflictdb_claim, denial conflictdb_claim)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT asserted.polarity = 'asserts' AND denial.polarity = 'denies' AND asserted.kind = denial.kind
       AND CASE
           WHEN asserted.kind = 'toll' THEN
               conflictdb_holds(denial, asserted)
               AND (conflictdb_lowest(asserted) > 0
                    OR asserted.value_kind = 'about' AND asserted.low IS NULL AND asserted.best > 0)
               AND (NOT conflictdb_gives_number(denial)
                    OR NOT (denial.value_kind = 'about' AND num_nulls(denial.low, denial.high) > 0)
                       AND conflictdb_lowest(asserted) >= conflictdb_lowest(denial)
                       AND (conflictdb_highest(denial) IS NULL
                            OR conflictdb_highest(asserted) <= conflictdb_highest(denial)))
           WHEN asserted.kind IN ('responsibility', 'link') THEN
               num_nonnulls(asserted.named_actor_id, asserted.named_conflict_id) > 0
               AND (asserted.named_actor_id, asserted.named_conflict_id)
                   IS NOT DISTINCT FROM (denial.named_actor_id, denial.named_conflict_id)
           WHEN asserted.kind = 'occurrence' THEN (asserted.claimant_id = denial.claimant_id) IS NOT TRUE
           END
$$;

CREATE OR REPLACE FUNCTION conflictdb_contradicts(answer conflictdb_claim, answered conflictdb_claim)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT answer.answers_id = answered.id AND answer.answer_kind IN ('denies', 'corrects')
$$;

-- Each pair once, under the reason that says most. The claims of an incident are compared with each other and with no
-- others', however many incidents are asked for: a join of all would leave that to the planner.
CREATE OR REPLACE FUNCTION conflictdb_disagreements(incidents bigint[])
RETURNS TABLE (
    incident_id bigint, one_id bigint, other_id bigint, kind text, is_answer boolean, subject text, measure text,
    victims text, at_most integer, at_least integer
) LANGUAGE sql STABLE AS $$
    WITH told AS (
        SELECT claim.incident_id, array_agg(claim) AS claims
        FROM conflictdb_heard(incidents) AS heard JOIN conflictdb_claim AS claim USING (id)
        WHERE heard.outside IS NULL GROUP BY claim.incident_id HAVING count(*) > 1
    )
    SELECT DISTINCT ON (told.incident_id, least(one.id, other.id), greatest(one.id, other.id))
           told.incident_id, one.id, other.id, judged.kind,
           coalesce(conflictdb_contradicts(one, other), false) OR coalesce(conflictdb_contradicts(other, one), false),
           one.kind, one.measure, CASE judged.kind WHEN 'toll' THEN other.victims ELSE one.victims END,
           CASE judged.kind WHEN 'toll' THEN conflictdb_highest(one) END,
           CASE judged.kind WHEN 'toll' THEN conflictdb_lowest(other) END
    FROM told
    CROSS JOIN unnest(told.claims) AS one
    CROSS JOIN unnest(told.claims) AS other
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN conflictdb_lie_apart(one, other) THEN 'toll'
            WHEN conflictdb_is_denied(one, other) THEN 'denial'
            WHEN one.kind = 'responsibility' AND one.polarity = 'asserts' AND one.id < other.id
                 AND other.kind = 'responsibility' AND other.polarity = 'asserts'
                 AND one.named_actor_id <> other.named_actor_id THEN 'responsibility'
            WHEN conflictdb_contradicts(other, one) THEN 'answer'
        END AS kind
    ) AS judged
    WHERE judged.kind IS NOT NULL AND one.id <> other.id
    ORDER BY told.incident_id, least(one.id, other.id), greatest(one.id, other.id), judged.kind = 'answer', one.id
$$;

-- Bring the kept pairs of some incidents up to their claims; those that are right already are not written. A pair keeps its
-- address for as long as it is one. Called after conflictdb_refresh, which holds the incidents' rows.
CREATE OR REPLACE FUNCTION conflictdb_file_disagreements(incidents bigint[])
RETURNS void LANGUAGE sql SET conflictdb.keeping = 'on' AS $$
    WITH disputed AS (
        SELECT array_agg(id) AS incidents FROM conflictdb_incident WHERE id = ANY (incidents) AND disputed
    ), found AS MATERIALIZED (
        SELECT pair.*, at_least - at_most AS gap, at_least::double precision / nullif(at_most, 0) AS ratio,
               incident.started_on, concat_ws(':', incident.slug, pair.subject, nullif(pair.measure, '')) AS "group",
               -- the first words of both claims' slugs, and what tells the pair from others that begin so
               concat_ws('-', regexp_replace(left(least(one.slug, other.slug) || '-', 40), '-[^-]*$', ''), 'or',
                         regexp_replace(left(greatest(one.slug, other.slug) || '-', 40), '-[^-]*$', ''),
                         left(md5(least(one.slug, other.slug) || ' ' || greatest(one.slug, other.slug)), 8)) AS slug
        FROM disputed CROSS JOIN LATERAL conflictdb_disagreements(disputed.incidents) AS pair
        JOIN conflictdb_incident AS incident ON incident.id = pair.incident_id
        JOIN conflictdb_claim AS one ON one.id = pair.one_id
        JOIN conflictdb_claim AS other ON other.id = pair.other_id
    ), gone AS (
        DELETE FROM conflictdb_disagreement AS filed
        WHERE filed.incident_id = ANY (incidents) AND NOT EXISTS (SELECT FROM found WHERE found.slug = filed.slug)
    )
    INSERT INTO conflictdb_disagreement AS filed
           (slug, incident_id, one_id, other_id, "group", kind, is_answer, subject, measure, victims, at_most, at_least,
            gap, ratio, started_on)
    SELECT slug, incident_id, one_id, other_id, "group", kind, is_answer, subject, measure, victims, at_most, at_least, gap,
           ratio, started_on
    FROM found ORDER BY incident_id, least(one_id, other_id), greatest(one_id, other_id)
    ON CONFLICT (slug) DO UPDATE
    SET incident_id = excluded.incident_id, one_id = excluded.one_id, other_id = excluded.other_id,
        "group" = excluded."group", kind = excluded.kind, is_answer = excluded.is_answer, subject = excluded.subject,
        measure = excluded.measure, victims = excluded.victims, at_most = excluded.at_most, at_least = excluded.at_least,
        gap = excluded.gap, ratio = excluded.ratio, started_on = excluded.started_on, updated_at = now()
    WHERE (filed.incident_id, filed.one_id, filed.other_id, filed."group", filed.kind, filed.is_answer, filed.subject,
           filed.measure, filed.victims, filed.at_most, filed.at_least, filed.gap, filed.ratio, filed.started_on)
          IS DISTINCT FROM
          (excluded.incident_id, excluded.one_id, excluded.other_id, excluded."group", excluded.kind,
           excluded.is_answer, excluded.subject, excluded.measure, excluded.victims, excluded.at_most,
           excluded.at_least, excluded.gap, excluded.ratio, excluded.started_on)
$$;

-- Pairs are nobody else's to write.
CREATE OR REPLACE FUNCTION conflictdb_disagreement_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Disagreements follow from the claims; they are nobody''s to write.' USING ERRCODE = 'check_violation';
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_alone BEFORE INSERT OR UPDATE OR DELETE ON conflictdb_disagreement
    FOR EACH STATEMENT WHEN (current_setting('conflictdb.keeping', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION conflictdb_disagreement_is_kept();

-- What brings figures up to date brings pairs up to date: triggers of one event fire by name, so that these come after
-- conflictdb_estimates, when the incidents are locked and know whether they are disputed.
CREATE OR REPLACE FUNCTION conflictdb_filing_of_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(array_agg(DISTINCT incident_id)) FROM touched WHERE incident_id IS NOT NULL
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION conflictdb_filing_of_changed_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(array_agg(DISTINCT incident_id))
    FROM (SELECT incident_id FROM touched UNION SELECT incident_id FROM changed) AS either
    WHERE incident_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_insert AFTER INSERT ON conflictdb_claim
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_filing_of_claims();
CREATE OR REPLACE TRIGGER conflictdb_filing_delete AFTER DELETE ON conflictdb_claim
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_filing_of_claims();
CREATE OR REPLACE TRIGGER conflictdb_filing_update AFTER UPDATE ON conflictdb_claim
    REFERENCING OLD TABLE AS touched NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_filing_of_changed_claims();

CREATE OR REPLACE FUNCTION conflictdb_filing_of_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(array_agg(incident_id)) FROM conflictdb_leaning_on(NEW.id) HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_terms AFTER UPDATE ON conflictdb_dataset FOR EACH ROW
    WHEN (OLD.redistributable IS DISTINCT FROM NEW.redistributable) EXECUTE FUNCTION conflictdb_filing_of_terms();
CREATE OR REPLACE TRIGGER conflictdb_filing_terms_set AFTER INSERT ON conflictdb_dataset FOR EACH ROW
    EXECUTE FUNCTION conflictdb_filing_of_terms();

CREATE OR REPLACE FUNCTION conflictdb_filing_of_new_actors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(array_agg(DISTINCT about.incident_id))
    FROM touched AS fresh CROSS JOIN LATERAL conflictdb_about_actor(fresh.id) AS about HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_insert AFTER INSERT ON conflictdb_actor
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_filing_of_new_actors();
CREATE OR REPLACE FUNCTION conflictdb_filing_of_moved_actor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(array_agg(incident_id)) FROM conflictdb_about_actor(NEW.id) HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_move AFTER UPDATE ON conflictdb_actor FOR EACH ROW
    WHEN (OLD.dataset_id IS DISTINCT FROM NEW.dataset_id) EXECUTE FUNCTION conflictdb_filing_of_moved_actor();
CREATE OR REPLACE FUNCTION conflictdb_filing_of_relation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(array_agg(DISTINCT incident_id)) FROM conflictdb_claim
    WHERE relation_id = NEW.id AND incident_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_insert AFTER INSERT ON conflictdb_actorrelation FOR EACH ROW
    EXECUTE FUNCTION conflictdb_filing_of_relation();
CREATE OR REPLACE TRIGGER conflictdb_filing_move AFTER UPDATE ON conflictdb_actorrelation FOR EACH ROW
    WHEN ((OLD.dataset_id, OLD.subject_id, OLD.object_id) IS DISTINCT FROM (NEW.dataset_id, NEW.subject_id, NEW.object_id))
    EXECUTE FUNCTION conflictdb_filing_of_relation();

CREATE OR REPLACE FUNCTION conflictdb_filing_of_incidents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(array_agg(id)) FROM touched AS fresh
    WHERE EXISTS (SELECT FROM conflictdb_claim AS claim WHERE claim.incident_id = fresh.id) HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_insert AFTER INSERT ON conflictdb_incident
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_filing_of_incidents();
CREATE OR REPLACE FUNCTION conflictdb_filing_of_moved_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_move AFTER UPDATE ON conflictdb_incident FOR EACH ROW
    WHEN ((OLD.dataset_id, OLD.started_on, OLD.slug) IS DISTINCT FROM (NEW.dataset_id, NEW.started_on, NEW.slug))
    EXECUTE FUNCTION conflictdb_filing_of_moved_incident();

-- Nobody may empty the table either. A TRUNCATE that comes from the claims' or the incidents' own leaves nothing to bring back.
CREATE OR REPLACE FUNCTION conflictdb_filing_of_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conflictdb_file_disagreements(array_agg(id)) FROM conflictdb_incident WHERE disputed HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_filing_truncate AFTER TRUNCATE ON conflictdb_disagreement
    FOR EACH STATEMENT EXECUTE FUNCTION conflictdb_filing_of_all();
