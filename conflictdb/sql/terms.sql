-- What a change of a dataset's terms makes of its records for those who follow changes (api/changes.py): a dataset that may no
-- longer be passed on is remembered as withdrawn, and records that may be from now on are told of again.

-- When it was withdrawn is nobody else's to write; a dataset that never was public never is. Opening it is a change of it.
CREATE OR REPLACE FUNCTION conflictdb_dataset_is_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.withdrawn_at := CASE WHEN NEW.redistributable THEN NULL WHEN OLD.redistributable THEN now() ELSE OLD.withdrawn_at END;
    IF NEW.redistributable AND NOT OLD.redistributable THEN
        NEW.updated_at := greatest(NEW.updated_at, now());
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_terms_withdraw BEFORE UPDATE ON conflictdb_dataset FOR EACH ROW
    WHEN ((OLD.redistributable, OLD.withdrawn_at) IS DISTINCT FROM (NEW.redistributable, NEW.withdrawn_at))
    EXECUTE FUNCTION conflictdb_dataset_is_withdrawn();

-- The relations that are shown or not by a dataset's terms: its own, and those of its actors.
CREATE OR REPLACE FUNCTION conflictdb_relations_under(dataset bigint)
RETURNS TABLE (id bigint, subject_id bigint, object_id bigint) LANGUAGE sql STABLE AS $$
    SELECT id, subject_id, object_id FROM conflictdb_actorrelation WHERE dataset_id = dataset
    UNION
    SELECT relation.id, relation.subject_id, relation.object_id
    FROM conflictdb_actor AS actor
    JOIN conflictdb_actorrelation AS relation ON actor.id IN (relation.subject_id, relation.object_id)
    WHERE actor.dataset_id = dataset
$$;

-- Relations have no pages: they come and go on those of their actors, which change by that.
CREATE OR REPLACE FUNCTION conflictdb_terms_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conflictdb_actor SET updated_at = now() WHERE id IN (
        SELECT unnest(ARRAY[subject_id, object_id]) FROM conflictdb_relations_under(NEW.id)
    );
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER conflictdb_terms_change AFTER UPDATE ON conflictdb_dataset FOR EACH ROW
    WHEN (OLD.redistributable IS DISTINCT FROM NEW.redistributable) EXECUTE FUNCTION conflictdb_terms_changed();

-- Its records become public, and so may others': claims about them, and relations of its actors.
CREATE OR REPLACE FUNCTION conflictdb_dataset_is_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conflictdb_actor SET updated_at = now() WHERE dataset_id = NEW.id;
    UPDATE conflictdb_conflict SET updated_at = now() WHERE dataset_id = NEW.id;
    UPDATE conflictdb_source SET updated_at = now() WHERE dataset_id = NEW.id;
    UPDATE conflictdb_incident SET updated_at = now() WHERE dataset_id = NEW.id;
    UPDATE conflictdb_actorrelation SET updated_at = now() WHERE id IN (SELECT id FROM conflictdb_relations_under(NEW.id));
    UPDATE conflictdb_claim SET updated_at = now() WHERE id IN (
        SELECT id FROM conflictdb_claim WHERE dataset_id = NEW.id
        UNION
        SELECT claim.id FROM conflictdb_incident AS incident JOIN conflictdb_claim AS claim ON claim.incident_id = incident.id
        WHERE incident.dataset_id = NEW.id
        UNION
        SELECT claim.id FROM conflictdb_actor AS actor JOIN conflictdb_claim AS claim ON claim.actor_id = actor.id
        WHERE actor.dataset_id = NEW.id
        UNION
        SELECT claim.id FROM conflictdb_relations_under(NEW.id) AS relation
        JOIN conflictdb_claim AS claim ON claim.relation_id = relation.id
    );
    RETURN NULL;
END $$;
-- After conflictdb_estimates, by its name: what refreshes figures holds the claims against those who write them meanwhile.
CREATE OR REPLACE TRIGGER conflictdb_terms_open AFTER UPDATE ON conflictdb_dataset FOR EACH ROW
    WHEN (NEW.redistributable AND NOT OLD.redistributable) EXECUTE FUNCTION conflictdb_dataset_is_opened();
