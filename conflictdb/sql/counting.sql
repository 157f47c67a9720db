-- Which claims count: by default the standing ones, or those that a reader's lens lets through. estimates.py states the rule.

-- Whom a reader trusts; what is null narrows nothing. Actors and datasets are keys, grades Admiralty's, `resolve` tells how the
-- claims of a group become one figure ('range' where null). The functions that take it were dropped before (triggers.py).
DROP TYPE IF EXISTS conflictdb_lens;
CREATE TYPE conflictdb_lens AS (
    according_to bigint[], not_according_to bigint[], datasets bigint[], min_reliability text, min_credibility text,
    stated_before date, resolve text
);

-- The claims about an incident that may count in what everybody reads: those whose dataset may be passed on, or is the
-- incident's own (an incident that may not be passed on is withheld whole). An importer stores claims before their incident, of
-- the same dataset. `outside` is null for those that count, else why they do not: 'retracted', 'superseded', or the first
-- condition of the lens that they fail, by its name, with '_unknown' where it is not known whether they meet it.
CREATE OR REPLACE FUNCTION conflictdb_heard_of(incident bigint, lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (
    id bigint, outside text, kind text, polarity text, named_actor_id bigint, named_conflict_id bigint, answers_id bigint,
    answer_kind text, stated_on date, credibility text, measure text, victims text, victim_actor_id bigint, value_kind text,
    low integer, best integer, high integer
) LANGUAGE sql STABLE AS $$
    SELECT claim.id,
           CASE
               WHEN claim.status = 'retracted' THEN 'retracted'  -- of a retraction no day is known
               -- who asks what was known on a day hears what stood on it: until its successor was known, a claim did
               WHEN claim.status = 'superseded' AND ((lens).stated_before IS NULL OR EXISTS (
                   SELECT FROM conflictdb_claim AS successor
                   WHERE successor.id = claim.superseded_by_id AND (lens).stated_before > coalesce(
                       successor.stated_on,
                       (SELECT min(source.published_on)
                        FROM conflictdb_citation AS citation JOIN conflictdb_source AS source ON source.id = citation.source_id
                        WHERE citation.claim_id = successor.id)
                   )
               )) THEN 'superseded'
               -- where nobody is named as the claimant the source speaks in its own voice, which is its publisher's
               WHEN (lens).according_to IS NOT NULL AND NOT CASE
                   WHEN claim.claimant_id IS NOT NULL THEN claim.claimant_id = ANY ((lens).according_to)
                   ELSE EXISTS (
                       SELECT FROM conflictdb_citation AS citation
                       JOIN conflictdb_source AS source ON source.id = citation.source_id
                       WHERE citation.claim_id = claim.id AND source.publisher_id = ANY ((lens).according_to)
                   ) END THEN 'according_to'
               WHEN (lens).not_according_to IS NOT NULL AND CASE
                   WHEN claim.claimant_id IS NOT NULL THEN claim.claimant_id = ANY ((lens).not_according_to)
                   ELSE EXISTS (
                       SELECT FROM conflictdb_citation AS citation
                       JOIN conflictdb_source AS source ON source.id = citation.source_id
                       WHERE citation.claim_id = claim.id AND source.publisher_id = ANY ((lens).not_according_to)
                   ) END THEN 'exclude_claimant'
               WHEN (lens).datasets IS NOT NULL AND claim.dataset_id <> ALL ((lens).datasets) THEN 'claims_dataset'
               WHEN (lens).min_credibility IS NOT NULL AND claim.credibility = '6' THEN 'min_credibility_unknown'
               WHEN (lens).min_credibility IS NOT NULL AND claim.credibility > (lens).min_credibility THEN 'min_credibility'
               WHEN (lens).stated_before IS NOT NULL AND claim.stated_on IS NULL AND NOT EXISTS (
                   SELECT FROM conflictdb_citation AS citation
                   JOIN conflictdb_source AS source ON source.id = citation.source_id
                   WHERE citation.claim_id = claim.id AND source.published_on IS NOT NULL
               ) THEN 'stated_before_unknown'
               WHEN (lens).stated_before <= coalesce(
                   claim.stated_on,
                   (SELECT min(source.published_on)
                    FROM conflictdb_citation AS citation JOIN conflictdb_source AS source ON source.id = citation.source_id
                    WHERE citation.claim_id = claim.id)
               ) THEN 'stated_before'
               -- the best of its sources' known grades
               WHEN (lens).min_reliability IS NOT NULL THEN (
                   SELECT CASE WHEN min(source.reliability) IS NULL THEN 'min_reliability_unknown'
                               WHEN min(source.reliability) > (lens).min_reliability THEN 'min_reliability' END
                   FROM conflictdb_citation AS citation JOIN conflictdb_source AS source ON source.id = citation.source_id
                   WHERE citation.claim_id = claim.id AND source.reliability <> 'F')
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
$$;

-- The same of several incidents.
CREATE OR REPLACE FUNCTION conflictdb_heard(incidents bigint[], lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (id bigint, outside text) LANGUAGE sql STABLE AS $$
    SELECT heard.id, heard.outside
    FROM unnest(incidents) AS asked(id) CROSS JOIN LATERAL conflictdb_heard_of(asked.id, lens) AS heard
$$;
