-- From claims to figures: the estimate of any incident under any lens, and without one. estimates.py states the rule in prose;
-- this file is the rule, figures.sql keeps the default on incidents' rows. Everything works on sets: one incident or a million.
-- Without a lens (null) the planner drops what is said of lenses, so that the default costs what it did without them.

-- Nothing here joins one claim to another of its incident: the planner cannot know how many incidents are asked for, takes
-- them for a few, and would compare each claim with all. Windows and groups cost the same a claim, however many there are.

-- Every toll claim among those that count, with the bounds it sets, its rank among the claims of its group that set any (1 leads; those
-- that set none are ranked among themselves) and the verdict on it: 'used', or why it was set aside: 'denial',
-- 'none_reported', 'no_figure', 'held' (a wider group is counted by another claim), 'passed_over' (`resolve` takes one claim of
-- a group, and another is it).
CREATE OR REPLACE FUNCTION conflictdb_weighed(claims bigint[], resolve text DEFAULT NULL)
RETURNS TABLE (
    incident_id bigint, claim_id bigint, measure text, victims text, victim_actor_id bigint,
    low integer, best integer, high integer, rank bigint, verdict text
) LANGUAGE sql STABLE AS $$
    WITH bounded AS (
        SELECT claim.id, claim.incident_id, claim.measure::text, claim.victims::text, claim.victim_actor_id,
               claim.polarity, claim.credibility, claim.value_kind, claim.best, claim.stated_on,
               -- a toll cannot be below zero, so "at most" starts there, whatever its best
               CASE WHEN claim.value_kind = 'at_most' THEN 0
                    ELSE coalesce(claim.low, claim.best, CASE WHEN claim.high IS NOT NULL THEN 0 END) END AS low,
               coalesce(claim.high, CASE WHEN claim.value_kind = 'about' THEN claim.best END) AS high
        FROM unnest(claims) AS counting(id) JOIN conflictdb_claim AS claim ON claim.id = counting.id
        WHERE claim.kind = 'toll'
    ), counted AS (
        SELECT *, polarity = 'asserts' AND low IS NOT NULL AS counts FROM bounded
    ), placed AS (
        SELECT *,
               bool_or(counts AND victims = 'everyone' AND victim_actor_id IS NULL) OVER of_all
                   AND (victims <> 'everyone' OR victim_actor_id IS NOT NULL) AS in_everyone,
               bool_or(counts AND victims = 'combatants' AND victim_actor_id IS NULL) OVER of_all
                   AND (victims IN ('side_a', 'side_b') OR victims = 'combatants' AND victim_actor_id IS NOT NULL)
                   AS in_combatants,
               bool_or(counts AND victim_actor_id IS NULL) OVER alike AND victim_actor_id IS NOT NULL AS in_alike,
               bool_or(counts AND victims = 'everyone') OVER of_actor
                   AND victims <> 'everyone' AND victim_actor_id IS NOT NULL AS in_actor,
               bool_or(counts AND victims = 'combatants') OVER of_actor
                   AND victims IN ('side_a', 'side_b') AND victim_actor_id IS NOT NULL AS in_actors_combatants,
               count(*) OVER alike > 1 AS has_rivals
        FROM counted
        WINDOW of_all AS (PARTITION BY incident_id, measure),
               alike AS (PARTITION BY incident_id, measure, victims),
               of_actor AS (PARTITION BY incident_id, measure, victim_actor_id)
    ), known AS (
        SELECT placed.*, cited.reliability, coalesce(stated_on, cited.published_on) AS day,
               -- twice the number that a claim stands for among others: its best, else the middle of its bounds, else its low
               CASE WHEN best IS NOT NULL THEN 2 * best::bigint WHEN high IS NOT NULL THEN low::bigint + high
                    ELSE 2 * low::bigint END AS number
        FROM placed
        CROSS JOIN LATERAL (  -- whoever has no rivals leads, whatever the sources
            SELECT min(nullif(source.reliability, 'F')) AS reliability, min(source.published_on) AS published_on
            FROM conflictdb_citation AS citation JOIN conflictdb_source AS source ON source.id = citation.source_id
            WHERE has_rivals AND citation.claim_id = placed.id
        ) AS cited
    ), ranked AS (
        SELECT *,
               row_number() OVER (
                   PARTITION BY incident_id, measure, victims, victim_actor_id, counts
                   ORDER BY CASE WHEN resolve = 'latest' THEN day END DESC NULLS LAST,
                            CASE WHEN resolve IN ('lowest', 'median') THEN number
                                 WHEN resolve = 'highest' THEN -number END,
                            -- unknown grades and days come after all known ones
                            nullif(credibility, '6') NULLS LAST, reliability NULLS LAST, day DESC NULLS LAST, id
               ) AS rank,
               CASE WHEN resolve = 'median' THEN (
                   count(*) OVER (PARTITION BY incident_id, measure, victims, victim_actor_id, counts) + 1) / 2
               ELSE 1 END AS chosen
        FROM known
    )
    SELECT incident_id, id, measure, victims, victim_actor_id, low, best, high, rank,
           CASE
               WHEN polarity = 'denies' THEN 'denial'
               WHEN value_kind = 'none_reported' THEN 'none_reported'
               WHEN low IS NULL THEN 'no_figure'
               WHEN in_everyone OR in_combatants OR in_alike OR in_actor OR in_actors_combatants THEN 'held'
               WHEN resolve <> 'range' AND rank <> chosen THEN 'passed_over'
               ELSE 'used'
           END
    FROM ranked
$$;

-- One row for every incident and measure of which a counting claim speaks: the estimate.
CREATE OR REPLACE FUNCTION conflictdb_estimated(counting bigint[], resolve text DEFAULT NULL)
RETURNS TABLE (
    incident_id bigint, measure text, low bigint, best bigint, high bigint, is_open boolean, claims bigint
) LANGUAGE sql STABLE AS $$
    WITH collapsed AS (  -- within a group: the lowest low, the best of the leading claim that has one, the highest high
        SELECT incident_id, measure, victims, victim_actor_id, bool_or(verdict = 'used') AS is_used,
               count(*) FILTER (WHERE verdict <> 'none_reported') AS claims,
               min(low) FILTER (WHERE verdict = 'used') AS low,
               (array_agg(best ORDER BY rank) FILTER (WHERE verdict = 'used' AND best IS NOT NULL))[1] AS best,
               CASE WHEN bool_and(high IS NOT NULL) FILTER (WHERE verdict = 'used')
                    THEN max(high) FILTER (WHERE verdict = 'used') END AS high
        FROM conflictdb_weighed(counting, resolve)
        GROUP BY incident_id, measure, victims, victim_actor_id
    ), added AS (  -- over disjoint groups: the sums; an unknown part leaves the best and the upper bound unknown
        SELECT incident_id, measure, sum(claims)::bigint AS claims, bool_or(is_used) AS is_used, sum(low) AS low,
               CASE WHEN bool_and(best IS NOT NULL) FILTER (WHERE is_used) THEN sum(best) END AS best,
               bool_and(high IS NOT NULL) FILTER (WHERE is_used)
                   -- and the groups make up everyone: of people whom nobody counts, nobody knows how many there are
                   AND (bool_or(is_used AND victims = 'everyone' AND victim_actor_id IS NULL)
                        OR bool_or(is_used AND victims = 'civilians' AND victim_actor_id IS NULL)
                           AND (bool_or(is_used AND victims = 'combatants' AND victim_actor_id IS NULL)
                                OR bool_or(is_used AND victims = 'side_a' AND victim_actor_id IS NULL)
                                   AND bool_or(is_used AND victims = 'side_b' AND victim_actor_id IS NULL)))
                   AS is_closed,
               sum(high) AS high
        FROM collapsed GROUP BY incident_id, measure
    )
    SELECT incident_id, measure, low, best, CASE WHEN is_closed THEN high END, is_used AND NOT is_closed, claims
    FROM added
$$;

-- The incidents among those that some claims are about of which these cannot all be right.
CREATE OR REPLACE FUNCTION conflictdb_disputed(claims bigint[])
RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    WITH doubtful AS (  -- of most incidents no two claims can contradict each other: they need no closer look
        SELECT unnest(array_agg(claim.id)) AS id
        FROM unnest(claims) AS asked(id) JOIN conflictdb_claim AS claim ON claim.id = asked.id
        GROUP BY incident_id
        HAVING bool_or(polarity = 'denies' OR kind IN ('responsibility', 'link') OR answers_id IS NOT NULL)
            OR max(least(low, best, high)) > min(CASE WHEN high IS NOT NULL THEN greatest(low, best, high) END)
    ), counting AS MATERIALIZED (
        SELECT claim.id, claim.incident_id, kind, polarity, named_actor_id, named_conflict_id, answers_id, answer_kind,
               measure, victims, victim_actor_id, value_kind, low, best, high
        FROM doubtful JOIN conflictdb_claim AS claim ON claim.id = doubtful.id
    ), tolls AS (  -- figures published out of order still span what they span
        SELECT incident_id, measure, victims, victim_actor_id, polarity = 'asserts' AS is_asserted,
               -- "about" bounds nothing on a side that it does not state: nobody can say how far off is too far
               CASE WHEN low IS NULL AND (best IS NULL OR value_kind IN ('about', 'at_most')) THEN 0
                    ELSE least(low, best, high) END AS low,
               CASE WHEN high IS NOT NULL THEN greatest(low, best, high) END AS high,
               low IS NOT NULL OR best IS NOT NULL OR high IS NOT NULL AS has_figure,
               value_kind = 'about' AND (low IS NULL OR high IS NULL) AS is_loose,
               value_kind = 'about' AND low IS NULL AND best > 0 AS is_about_some,
               victims IN ('combatants', 'side_a', 'side_b') AS are_combatants
        FROM counting WHERE kind = 'toll'
    ), marked AS (  -- what sets an upper bound, and what denies as such
        SELECT *, CASE WHEN is_asserted AND has_figure THEN high END AS top,
               NOT is_asserted AND NOT has_figure AS is_plain_denial
        FROM tolls
    ), faced AS (  -- against the groups that hold its own: the lowest upper bound, and whether any plain denial
        SELECT *,
               least(
                   min(top) OVER own, min(top) FILTER (WHERE victim_actor_id IS NULL) OVER alike,
                   min(top) FILTER (WHERE victims = 'everyone' AND victim_actor_id IS NULL) OVER of_all,
                   min(top) FILTER (WHERE victims = 'everyone') OVER of_actor,
                   CASE WHEN are_combatants THEN least(
                       min(top) FILTER (WHERE victims = 'combatants' AND victim_actor_id IS NULL) OVER of_all,
                       min(top) FILTER (WHERE victims = 'combatants') OVER of_actor) END
               ) AS lowest_top,
               bool_or(is_plain_denial) OVER own
                   OR bool_or(is_plain_denial AND victim_actor_id IS NULL) OVER alike
                   OR bool_or(is_plain_denial AND victims = 'everyone' AND victim_actor_id IS NULL) OVER of_all
                   OR bool_or(is_plain_denial AND victims = 'everyone') OVER of_actor
                   OR are_combatants AND (
                       bool_or(is_plain_denial AND victims = 'combatants' AND victim_actor_id IS NULL) OVER of_all
                       OR bool_or(is_plain_denial AND victims = 'combatants') OVER of_actor) AS is_denied
        FROM marked
        WINDOW of_all AS (PARTITION BY incident_id, measure),
               alike AS (PARTITION BY incident_id, measure, victims),
               of_actor AS (PARTITION BY incident_id, measure, victim_actor_id),
               own AS (PARTITION BY incident_id, measure, victims, victim_actor_id)
    )
    -- a group's lowest possible number is above the highest possible one of itself or of a group that holds it; or a toll
    -- above zero is asserted and denied as such
    SELECT incident_id FROM faced
    WHERE is_asserted AND (has_figure AND low > lowest_top OR is_denied AND (low > 0 OR is_about_some))
    UNION
    -- or denied in numbers that take in all it may be; such denials are few
    SELECT asserted.incident_id
    FROM (SELECT * FROM tolls WHERE NOT is_asserted AND has_figure AND NOT is_loose) AS denied
    JOIN tolls AS asserted USING (incident_id, measure)
    WHERE asserted.is_asserted AND (asserted.low > 0 OR asserted.is_about_some)
      AND asserted.low >= denied.low AND (denied.high IS NULL OR asserted.high <= denied.high)
      AND (denied.victims IN ('everyone', asserted.victims) OR denied.victims = 'combatants' AND asserted.are_combatants)
      AND (denied.victim_actor_id IS NULL OR denied.victim_actor_id = asserted.victim_actor_id)
    UNION
    -- the same actor is held responsible, or linked, and is said not to be
    SELECT incident_id FROM counting
    WHERE kind IN ('responsibility', 'link') AND (named_actor_id IS NOT NULL OR named_conflict_id IS NOT NULL)
    GROUP BY incident_id, kind, named_actor_id, named_conflict_id
    HAVING bool_or(polarity = 'asserts') AND bool_or(polarity = 'denies')
    UNION
    -- two different actors are held responsible
    SELECT incident_id FROM counting
    WHERE kind = 'responsibility' AND polarity = 'asserts'
    GROUP BY incident_id HAVING min(named_actor_id) < max(named_actor_id)
    UNION
    -- a claim denies or corrects another, and both stand
    SELECT incident_id FROM (
        SELECT incident_id, id AS claim_id, false AS is_contradicted FROM counting
        UNION ALL
        SELECT incident_id, answers_id, true FROM counting WHERE answer_kind IN ('denies', 'corrects')
    ) AS met GROUP BY incident_id, claim_id HAVING bool_or(is_contradicted) AND NOT bool_and(is_contradicted)
$$;

-- What the claims that count, of some incidents, make of each of these.
CREATE OR REPLACE FUNCTION conflictdb_summed(incidents bigint[], claims bigint[], resolve text DEFAULT NULL)
RETURNS TABLE (
    incident_id bigint,
    killed_low bigint, killed_best bigint, killed_high bigint, killed_is_open boolean, killed_claims integer,
    injured_low bigint, injured_best bigint, injured_high bigint, injured_is_open boolean, injured_claims integer,
    disputed boolean
) LANGUAGE sql STABLE AS $$
    WITH told AS (
        SELECT incident_id, measure, low, best, high, is_open, estimated.claims, false AS disputed
        FROM conflictdb_estimated(claims, resolve) AS estimated
        UNION ALL
        SELECT id, '', NULL, NULL, NULL, false, 0, true FROM conflictdb_disputed(claims) AS id
        UNION ALL
        SELECT id, '', NULL, NULL, NULL, false, 0, false FROM unnest(incidents) AS id
    )
    SELECT incident_id,
           max(low) FILTER (WHERE measure = 'killed'),
           max(best) FILTER (WHERE measure = 'killed'),
           max(high) FILTER (WHERE measure = 'killed'),
           coalesce(bool_or(is_open) FILTER (WHERE measure = 'killed'), false),
           coalesce(max(told.claims) FILTER (WHERE measure = 'killed'), 0)::integer,
           max(low) FILTER (WHERE measure = 'injured'),
           max(best) FILTER (WHERE measure = 'injured'),
           max(high) FILTER (WHERE measure = 'injured'),
           coalesce(bool_or(is_open) FILTER (WHERE measure = 'injured'), false),
           coalesce(max(told.claims) FILTER (WHERE measure = 'injured'), 0)::integer,
           bool_or(disputed)
    FROM told GROUP BY incident_id
$$;

-- The figures of incidents by all claims that count; without a lens, what their rows are to say.
CREATE OR REPLACE FUNCTION conflictdb_figures(incidents bigint[], lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (
    incident_id bigint,
    killed_low bigint, killed_best bigint, killed_high bigint, killed_is_open boolean, killed_claims integer,
    injured_low bigint, injured_best bigint, injured_high bigint, injured_is_open boolean, injured_claims integer,
    disputed boolean
) LANGUAGE sql STABLE AS $$
    SELECT summed.*
    FROM (SELECT array_agg(id) AS claims FROM conflictdb_heard(incidents, lens) WHERE outside IS NULL) AS counting
    CROSS JOIN LATERAL conflictdb_summed(incidents, counting.claims, (lens).resolve) AS summed
$$;

-- The same under a lens, and whether any claim under it is about the incident. Only what the lens changes is computed: where it
-- leaves just the claims that count by default, what the row says holds; where it leaves none, there is nothing to say.
CREATE OR REPLACE FUNCTION conflictdb_seen(incidents bigint[], lens conflictdb_lens)
RETURNS TABLE (
    incident_id bigint,
    killed_low bigint, killed_best bigint, killed_high bigint, killed_is_open boolean, killed_claims integer,
    injured_low bigint, injured_best bigint, injured_high bigint, injured_is_open boolean, injured_claims integer,
    disputed boolean, is_spoken_of boolean
) LANGUAGE sql STABLE AS $$
    WITH heard AS MATERIALIZED (
        SELECT incident_id, bool_or(outside IS NULL) AS is_spoken_of,
               array_agg(id) FILTER (WHERE outside IS NULL) AS claims,
               (lens).resolve <> 'range' OR bool_or((outside IS NULL) <> (status = 'standing')) AS is_changed
        FROM conflictdb_heard(incidents, lens) GROUP BY incident_id
    )
    SELECT id, killed_low, killed_best, killed_high, killed_is_open, killed_claims,
           injured_low, injured_best, injured_high, injured_is_open, injured_claims, disputed, is_spoken_of
    FROM heard JOIN conflictdb_incident ON id = heard.incident_id
    WHERE is_spoken_of AND is_changed IS NOT TRUE
    UNION ALL
    SELECT id, NULL, NULL, NULL, false, 0, NULL, NULL, NULL, false, 0, false, false
    FROM unnest(incidents) AS id LEFT JOIN heard ON heard.incident_id = id
    WHERE is_spoken_of IS NOT TRUE
    UNION ALL
    SELECT summed.*, true
    FROM (SELECT array_agg(DISTINCT changed.incident_id) AS incidents, array_agg(id) AS claims
          FROM heard AS changed CROSS JOIN LATERAL unnest(changed.claims) AS id WHERE is_spoken_of AND is_changed) AS counting
    CROSS JOIN LATERAL conflictdb_summed(counting.incidents, counting.claims, (lens).resolve) AS summed
$$;
