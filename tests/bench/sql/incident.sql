-- Incidents, a JSON document a row, as api/serializers/incident.py shows them; nothing in the generated dataset is withheld.
SELECT (SELECT row_to_json(shown) FROM (SELECT
    :base || 'incidents/' || incident.slug || '/' AS url, incident.slug, incident.kind, incident.title, incident.summary,
    incident.weapons, incident.started_on, incident.ended_on, incident.date_precision,
    CASE WHEN country.id IS NOT NULL THEN (SELECT row_to_json(nested) FROM (SELECT
        country.slug, country.name, country.iso3, :base || 'countries/' || country.slug || '/' AS url
    ) AS nested) END AS country,
    incident.admin1, incident.admin2, incident.place_name, incident.latitude, incident.longitude, incident.place_precision,
    incident.quality_note,
    CASE WHEN conflict.id IS NOT NULL THEN (SELECT row_to_json(nested) FROM (SELECT
        conflict.slug, conflict.name, :base || 'conflicts/' || conflict.slug || '/' AS url
    ) AS nested) END AS conflict,
    CASE WHEN parent.id IS NOT NULL THEN (SELECT row_to_json(nested) FROM (SELECT
        parent.slug, parent.title, :base || 'incidents/' || parent.slug || '/' AS url
    ) AS nested) END AS parent,
    coalesce((
        SELECT json_agg(row_to_json(part)) FROM (
            SELECT participation.role, (SELECT row_to_json(nested) FROM (SELECT
                       actor.slug, actor.name, actor.kind, :base || 'actors/' || actor.slug || '/' AS url
                   ) AS nested) AS actor
            FROM conflictdb_participation AS participation JOIN conflictdb_actor AS actor ON actor.id = participation.actor_id
            WHERE participation.incident_id = incident.id ORDER BY participation.id
        ) AS part
    ), '[]') AS participants,
    (SELECT row_to_json(nested) FROM (SELECT
        incident.killed_low AS low, incident.killed_best AS best, incident.killed_high AS high, incident.killed_is_open AS is_open,
        incident.killed_claims AS claims
    ) AS nested) AS killed,
    (SELECT row_to_json(nested) FROM (SELECT
        incident.injured_low AS low, incident.injured_best AS best, incident.injured_high AS high, incident.injured_is_open AS is_open,
        incident.injured_claims AS claims
    ) AS nested) AS injured,
    incident.disputed, incident.status, incident.status_reason,
    (SELECT row_to_json(nested) FROM (SELECT
        dataset.slug, dataset.title, dataset.version, dataset.licence, dataset.citation,
        :base || 'datasets/' || dataset.slug || '/' AS url
    ) AS nested) AS dataset,
    incident.external_id,
    replace((incident.created_at AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z' AS created_at,
    replace((incident.updated_at AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z' AS updated_at
    {more}
) AS shown) {besides}
FROM conflictdb_incident AS incident
LEFT JOIN conflictdb_country AS country ON country.id = incident.country_id
LEFT JOIN conflictdb_conflict AS conflict ON conflict.id = incident.conflict_id
LEFT JOIN conflictdb_incident AS parent ON parent.id = incident.parent_id
JOIN conflictdb_dataset AS dataset ON dataset.id = incident.dataset_id AND dataset.redistributable
WHERE {where}
{cut}
