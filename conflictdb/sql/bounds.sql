-- What no lens exceeds: the greatest number that an incident's figures can have, whomever a reader trusts. Lists that are
-- ordered or filtered by a figure under a lens (api/walking.py) leave out by it what cannot be on the page.

-- Whatever a lens hears, and however it resolves, a group's figures are numbers of its claims, and the figures of an incident
-- those of everyone's group alone, which holds all others, or sums over others. So none is above the greater of the two. Every
-- claim is taken in that any lens could hear, superseded ones too (`stated_before`). Null where none gives a number: then no
-- lens makes one.
CREATE OR REPLACE FUNCTION conflictdb_bounds(incidents bigint[])
RETURNS TABLE (incident_id bigint, killed_most bigint, injured_most bigint) LANGUAGE sql STABLE AS $$
    WITH grouped AS (
        SELECT claim.incident_id, measure, victims = 'everyone' AND victim_actor_id IS NULL AS is_whole,
               max(greatest(low, best, high)) AS most
        FROM unnest(incidents) AS asked(id) JOIN conflictdb_claim AS claim ON claim.incident_id = asked.id
        WHERE kind = 'toll' AND polarity = 'asserts' AND status IN ('standing', 'superseded')
          AND measure IN ('killed', 'injured')
        GROUP BY claim.incident_id, measure, victims, victim_actor_id
    )
    SELECT id,
           greatest(max(most) FILTER (WHERE measure = 'killed' AND is_whole),
                    sum(most) FILTER (WHERE measure = 'killed' AND NOT is_whole)),
           greatest(max(most) FILTER (WHERE measure = 'injured' AND is_whole),
                    sum(most) FILTER (WHERE measure = 'injured' AND NOT is_whole))
    FROM unnest(incidents) AS asked(id) LEFT JOIN grouped ON grouped.incident_id = asked.id
    GROUP BY id
$$;
