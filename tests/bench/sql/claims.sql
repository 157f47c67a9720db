    , coalesce((SELECT json_agg(row_to_json(told)) FROM (
        SELECT :base || 'claims/' || claim.slug || '/' AS url, claim.slug, claim.kind, claim.polarity, claim.statement,
            (SELECT row_to_json(nested) FROM (
                SELECT slug, name, kind, :base || 'actors/' || slug || '/' AS url
                FROM conflictdb_actor WHERE id = claim.actor_id) AS nested) AS actor,
            (SELECT row_to_json(nested) FROM (
                SELECT relation.slug,
                    (SELECT row_to_json(deeper) FROM (
                        SELECT slug, name, kind, :base || 'actors/' || slug || '/' AS url
                        FROM conflictdb_actor WHERE id = relation.subject_id) AS deeper) AS subject,
                    relation.kind,
                    (SELECT row_to_json(deeper) FROM (
                        SELECT slug, name, kind, :base || 'actors/' || slug || '/' AS url
                        FROM conflictdb_actor WHERE id = relation.object_id) AS deeper) AS object,
                    relation.started_on, relation.ended_on
                FROM conflictdb_actorrelation AS relation WHERE relation.id = claim.relation_id) AS nested) AS relation,
            (SELECT row_to_json(nested) FROM (
                SELECT slug, name, kind, :base || 'actors/' || slug || '/' AS url
                FROM conflictdb_actor WHERE id = claim.claimant_id) AS nested) AS claimant,
            claim.claimant_wording, claim.stated_on, claim.credibility, claim.measure, claim.victims,
            (SELECT row_to_json(nested) FROM (
                SELECT slug, name, kind, :base || 'actors/' || slug || '/' AS url
                FROM conflictdb_actor WHERE id = claim.victim_actor_id) AS nested) AS victim_actor,
            (SELECT row_to_json(nested) FROM (
                SELECT slug, name, kind, :base || 'actors/' || slug || '/' AS url
                FROM conflictdb_actor WHERE id = claim.named_actor_id) AS nested) AS named_actor,
            (SELECT row_to_json(nested) FROM (
                SELECT slug, name, :base || 'conflicts/' || slug || '/' AS url
                FROM conflictdb_conflict WHERE id = claim.named_conflict_id) AS nested) AS named_conflict,
            claim.value_kind, claim.low, claim.best, claim.high, claim.value_wording, claim.is_out_of_order,
            claim.status, claim.status_reason,
            (SELECT row_to_json(nested) FROM (
                SELECT slug, statement, :base || 'claims/' || slug || '/' AS url
                FROM conflictdb_claim WHERE id = claim.superseded_by_id) AS nested) AS superseded_by,
            (SELECT row_to_json(nested) FROM (
                SELECT slug, statement, :base || 'claims/' || slug || '/' AS url
                FROM conflictdb_claim WHERE id = claim.answers_id) AS nested) AS answers,
            claim.answer_kind, ARRAY[]::text[] AS withheld,
            coalesce((SELECT json_agg(row_to_json(cited)) FROM (
                SELECT (SELECT row_to_json(nested) FROM (SELECT
                        source.slug, source.title,
                        (SELECT row_to_json(deeper) FROM (
                            SELECT slug, name, kind, :base || 'actors/' || slug || '/' AS url
                            FROM conflictdb_actor WHERE id = source.publisher_id) AS deeper) AS publisher,
                        source.published_on, source.reliability, :base || 'sources/' || source.slug || '/' AS url
                    ) AS nested) AS source,
                    citation.exact, citation.prefix, citation.suffix, citation.start, citation."end"
                FROM conflictdb_citation AS citation JOIN conflictdb_source AS source ON source.id = citation.source_id
                WHERE citation.claim_id = claim.id ORDER BY citation.number
            ) AS cited), '[]') AS citations,
            (SELECT row_to_json(nested) FROM (
                SELECT slug, title, version, licence, citation, :base || 'datasets/' || slug || '/' AS url
                FROM conflictdb_dataset WHERE id = claim.dataset_id) AS nested) AS dataset,
            claim.external_id,
            replace((claim.created_at AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z' AS created_at,
            replace((claim.updated_at AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z' AS updated_at
        FROM conflictdb_claim AS claim
        WHERE claim.incident_id = incident.id AND claim.status <> 'draft' ORDER BY claim.id
    ) AS told), '[]') AS claims,
    coalesce((SELECT json_agg(row_to_json(child)) FROM (
        SELECT slug, title, :base || 'incidents/' || slug || '/' AS url
        FROM conflictdb_incident AS child WHERE child.parent_id = incident.id AND child.status <> 'draft' ORDER BY child.id
    ) AS child), '[]') AS children,
    incident.other_columns
