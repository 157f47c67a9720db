-- Which claims count: by default the standing ones, or those that a reader's lens lets through. estimates.py states the rule.

-- Whom a reader trusts; what is null narrows nothing. Actors and datasets are keys, grades Admiralty's, `resolve` tells how the
-- claims of a group become one figure ('range' where null). The functions that take it were dropped before (triggers.py).
DROP TYPE IF EXISTS conflictdb_lens;
CREATE TYPE conflictdb_lens AS (
    according_to bigint[], not_according_to bigint[], datasets bigint[], min_reliability text, min_credibility text,
    stated_before date, resolve text
);

-- The sources of a claim that may count: those whose dataset may be passed on, or is the claim's own. Everybody else is shown
-- no citation of the others, and could not see what figures lean on.
CREATE OR REPLACE FUNCTION conflictdb_cited(claim bigint, dataset bigint)
RETURNS TABLE (reliability text, published_on date, publisher_id bigint) LANGUAGE sql STABLE AS $$
    SELECT source.reliability, source.published_on, source.publisher_id
    FROM conflictdb_citation AS citation JOIN conflictdb_source AS source ON source.id = citation.source_id
    WHERE citation.claim_id = claim AND (
        source.dataset_id = dataset
        OR source.dataset_id IN (SELECT open.id FROM conflictdb_dataset AS open WHERE open.redistributable))
$$;

-- The claims about an incident that may count in what everybody reads: those whose dataset may be passed on, or is the
-- incident's own (an incident that may not be passed on is withheld whole), and of which whatever else they are about may be
-- passed on too, or is of the claim's own dataset. An importer stores claims before their incident, of the same dataset.
-- `outside` is null for those that count, else why they do not: 'retracted', 'superseded', or the first condition of the lens
-- that they fail, by its name, with '_unknown' where it is not known whether they meet it.
CREATE OR REPLACE FUNCTION conflictdb_heard_of(incident bigint, lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (
    id bigint, dataset_id bigint, outside text, kind text, polarity text, named_actor_id bigint, named_conflict_id bigint,
    answers_id bigint, answer_kind text, stated_on date, credibility text, measure text, victims text, victim_actor_id bigint, value_kind text,
    low integer, best integer, high integer
) LANGUAGE sql STABLE AS $$
    SELECT claim.id, claim.dataset_id,
           CASE
               WHEN claim.status = 'retracted' THEN 'retracted'  -- of a retraction no day is known
               -- who asks what was known on a day hears what stood on it: until its successor was known, a claim did
               WHEN claim.status = 'superseded' AND ((lens).stated_before IS NULL OR EXISTS (
                   SELECT FROM conflictdb_claim AS successor
                   WHERE successor.id = claim.superseded_by_id AND (lens).stated_before > coalesce(
                       successor.stated_on,
                       (SELECT min(published_on) FROM conflictdb_cited(successor.id, successor.dataset_id))
                   )
               )) THEN 'superseded'
               -- where nobody is named as the claimant the source speaks in its own voice, which is its publisher's
               WHEN (lens).according_to IS NOT NULL AND NOT CASE
                   WHEN claim.claimant_id IS NOT NULL THEN claim.claimant_id = ANY ((lens).according_to)
                   ELSE EXISTS (
                       SELECT FROM conflictdb_cited(claim.id, claim.dataset_id) WHERE publisher_id = ANY ((lens).according_to)
                   ) END THEN 'according_to'
               WHEN (lens).not_according_to IS NOT NULL AND CASE
                   WHEN claim.claimant_id IS NOT NULL THEN claim.claimant_id = ANY ((lens).not_according_to)
                   ELSE EXISTS (
                       SELECT FROM conflictdb_cited(claim.id, claim.dataset_id) WHERE publisher_id = ANY ((lens).not_according_to)
                   ) END THEN 'exclude_claimant'
               WHEN (lens).datasets IS NOT NULL AND claim.dataset_id <> ALL ((lens).datasets) THEN 'claims_dataset'
               WHEN (lens).min_credibility IS NOT NULL AND claim.credibility = '6' THEN 'min_credibility_unknown'
               WHEN (lens).min_credibility IS NOT NULL AND claim.credibility > (lens).min_credibility THEN 'min_credibility'
               WHEN (lens).stated_before IS NOT NULL AND claim.stated_on IS NULL AND NOT EXISTS (
                   SELECT FROM conflictdb_cited(claim.id, claim.dataset_id) WHERE published_on IS NOT NULL
               ) THEN 'stated_before_unknown'
               WHEN (lens).stated_before <= coalesce(
                   claim.stated_on,
                   (SELECT min(published_on) FROM conflictdb_cited(claim.id, claim.dataset_id))
               ) THEN 'stated_before'
               -- the best of its sources' known grades
               WHEN (lens).min_reliability IS NOT NULL THEN (
                   SELECT CASE WHEN min(reliability) IS NULL THEN 'min_reliability_unknown'
                               WHEN min(reliability) > (lens).min_reliability THEN 'min_reliability' END
                   FROM conflictdb_cited(claim.id, claim.dataset_id) WHERE reliability <> 'F')
           END,
           claim.kind, claim.polarity, claim.named_actor_id, claim.named_conflict_id, claim.answers_id, claim.answer_kind,
           claim.stated_on, claim.credibility, claim.measure, claim.victims, claim.victim_actor_id, claim.value_kind,
           claim.low, claim.best, claim.high
    FROM conflictdb_claim AS claim
    WHERE claim.incident_id = incident AND claim.status <> 'draft'
      -- the incident is looked up only where it matters
      AND (claim.dataset_id IN (SELECT dataset.id FROM conflictdb_dataset AS dataset WHERE dataset.redistributable)
           OR NOT EXISTS (
               SELECT FROM conflictdb_incident AS owner WHERE owner.id = incident AND owner.dataset_id <> claim.dataset_id
           ))
      -- most are about nothing else
      AND (claim.actor_id IS NULL OR EXISTS (
          SELECT FROM conflictdb_actor AS actor WHERE actor.id = claim.actor_id AND (
              actor.dataset_id = claim.dataset_id
              OR actor.dataset_id IN (SELECT open.id FROM conflictdb_dataset AS open WHERE open.redistributable))
      ))
      AND (claim.relation_id IS NULL OR EXISTS (
          SELECT FROM conflictdb_actorrelation AS relation
          JOIN conflictdb_actor AS subject ON subject.id = relation.subject_id
          JOIN conflictdb_actor AS object ON object.id = relation.object_id
          WHERE relation.id = claim.relation_id AND NOT EXISTS (
              SELECT FROM conflictdb_dataset AS closed
              WHERE closed.id IN (relation.dataset_id, subject.dataset_id, object.dataset_id)
                AND NOT closed.redistributable AND closed.id <> claim.dataset_id)
      ))
$$;

-- The incidents with claims about an actor, or about a relation of which it is an end.
CREATE OR REPLACE FUNCTION conflictdb_about_actor(actor bigint) RETURNS TABLE (incident_id bigint) LANGUAGE sql STABLE AS $$
    SELECT claim.incident_id FROM conflictdb_claim AS claim
    WHERE claim.actor_id = actor AND claim.incident_id IS NOT NULL
    UNION
    SELECT claim.incident_id
    FROM conflictdb_actorrelation AS relation JOIN conflictdb_claim AS claim ON claim.relation_id = relation.id
    WHERE actor IN (relation.subject_id, relation.object_id) AND claim.incident_id IS NOT NULL
$$;

-- The incidents whose figures or pairs a dataset's terms may decide: those with claims of it, with claims about an actor of it,
-- or about a relation that is of it or has an end that is, and with claims that cite a source of it.
CREATE OR REPLACE FUNCTION conflictdb_leaning_on(dataset bigint) RETURNS TABLE (incident_id bigint) LANGUAGE sql STABLE AS $$
    SELECT claim.incident_id FROM conflictdb_claim AS claim
    WHERE claim.dataset_id = dataset AND claim.incident_id IS NOT NULL
    UNION
    SELECT about.incident_id
    FROM conflictdb_actor AS actor CROSS JOIN LATERAL conflictdb_about_actor(actor.id) AS about WHERE actor.dataset_id = dataset
    UNION
    SELECT claim.incident_id
    FROM conflictdb_actorrelation AS relation JOIN conflictdb_claim AS claim ON claim.relation_id = relation.id
    WHERE relation.dataset_id = dataset AND claim.incident_id IS NOT NULL
    UNION
    SELECT claim.incident_id
    FROM conflictdb_source AS source JOIN conflictdb_citation AS citation ON citation.source_id = source.id
    JOIN conflictdb_claim AS claim ON claim.id = citation.claim_id
    WHERE source.dataset_id = dataset AND claim.incident_id IS NOT NULL
$$;

-- The same of several incidents.
CREATE OR REPLACE FUNCTION conflictdb_heard(incidents bigint[], lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (id bigint, outside text) LANGUAGE sql STABLE AS $$
    SELECT heard.id, heard.outside
    FROM unnest(incidents) AS asked(id) CROSS JOIN LATERAL conflictdb_heard_of(asked.id, lens) AS heard
$$;
