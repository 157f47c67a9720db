-- One incident, explained: these plan once a session, for planning takes longer than finding where one incident is asked for.

-- The figures of an incident under a lens, as conflictdb_told tells them.
CREATE OR REPLACE FUNCTION conflictdb_seen_alone(incident bigint, lens conflictdb_lens)
RETURNS TABLE (
    incident_id bigint,
    killed_low bigint, killed_best bigint, killed_high bigint, killed_is_open boolean, killed_claims integer,
    injured_low bigint, injured_best bigint, injured_high bigint, injured_is_open boolean, injured_claims integer,
    disputed boolean, is_spoken_of boolean
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT incident, told.* FROM conflictdb_told(incident, lens) AS told;
END $$;

-- Every toll claim about an incident that everybody may read, and the verdict on it: conflictdb_weighed's, or why it does not
-- count at all. By measure, those in use first, the leading one of each group of victims before the others; `is_bound` where
-- it sets the group's lower or upper bound, or leaves the upper one open, `gives_best` where the group's best number is its own.
CREATE OR REPLACE FUNCTION conflictdb_explained(incident bigint, lens conflictdb_lens)
RETURNS TABLE (claim_id bigint, measure text, verdict text, rank bigint, is_bound boolean, gives_best boolean)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT told.claim_id, told.measure, told.verdict, told.rank, told.is_bound, told.gives_best FROM (
        SELECT claim_id, measure, verdict, rank, victims, victim_actor_id,
               low = min(low) OVER whole_group OR high IS NULL
                   OR high = max(high) OVER whole_group AND NOT bool_or(high IS NULL) OVER whole_group AS is_bound,
               best IS NOT NULL AND count(best) OVER (group_to_here) = 1 AS gives_best
        FROM conflictdb_weighed(incident, lens)
        WINDOW whole_group AS (PARTITION BY measure, victims, victim_actor_id, verdict),
               group_to_here AS (whole_group ORDER BY rank)
        UNION ALL
        SELECT id, measure, outside, id, victims, victim_actor_id, false, false
        FROM conflictdb_heard_of(incident, lens) WHERE outside IS NOT NULL AND kind = 'toll'
    ) AS told
    ORDER BY told.measure, told.verdict <> 'used', told.victims, told.victim_actor_id NULLS FIRST, told.rank;
END $$;
