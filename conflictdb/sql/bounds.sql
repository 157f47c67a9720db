-- What no lens exceeds: a number that no figure of an incident is above, whomever a reader trusts. Lists that are ordered or
-- filtered by a figure under a lens (api/walking.py) leave out by it what cannot be on the page.

-- Whatever a lens hears, and however it resolves, the figures of a group of victims are numbers of its claims; those of an
-- incident are everyone's alone, who hold all others, or sums over others. So none is above the greatest number that is claimed
-- of everyone, or else the sum of all others. Every claim is taken in that any lens could hear, superseded ones too
-- (`stated_before`). The others are summed claim by claim, not group by group, which would be closer and cost an import twice
-- as much. Null where no claim gives a number: then no lens makes one.
--
-- Of one incident: whoever asks for many asks for each, by LATERAL. The planner takes a set for a few rows, and would compare
-- each of one set with all of another.
CREATE OR REPLACE FUNCTION conflictdb_bounds(incident bigint)
RETURNS TABLE (killed_most bigint, injured_most bigint) LANGUAGE sql STABLE AS $$
    SELECT greatest(max(most) FILTER (WHERE measure = 'killed' AND is_whole),
                    sum(most) FILTER (WHERE measure = 'killed' AND NOT is_whole)),
           greatest(max(most) FILTER (WHERE measure = 'injured' AND is_whole),
                    sum(most) FILTER (WHERE measure = 'injured' AND NOT is_whole))
    FROM (
        SELECT measure, victims = 'everyone' AND victim_actor_id IS NULL AS is_whole, greatest(low, best, high) AS most
        FROM conflictdb_claim
        WHERE incident_id = incident AND kind = 'toll' AND polarity = 'asserts' AND status IN ('standing', 'superseded')
    ) AS claimed
$$;
