-- From claims to figures: the estimate of any incident under any lens, and without one. estimates.py states the rule in prose;
-- this file is the rule, figures.sql keeps the default on incidents' rows. Everything is asked of one incident at a time, and
-- joined LATERAL to however many there are: the planner, which cannot know how many, has nothing to be wrong about, no work
-- needs more memory than one incident's claims, and what is not asked for (a measure, `disputed`) is not computed.
-- Without a lens (null) the planner drops what is said of lenses, so that the default costs what it did without them.

-- The claims about an incident that count, each with the bounds it sets, if any, and with twice the number that it stands for
-- among others: its best, else the middle of its bounds, else its low.
CREATE OR REPLACE FUNCTION conflictdb_bounded(incident bigint, lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (
    id bigint, dataset_id bigint, kind text, polarity text, answers_id bigint, stated_on date, credibility text, measure text, victims text,
    victim_actor_id bigint, value_kind text, low integer, best integer, high integer, number bigint, sets boolean,
    of_all boolean, least_given integer, most_given integer
) LANGUAGE sql STABLE AS $$
    SELECT id, dataset_id, kind, polarity, answers_id, stated_on, credibility, measure, victims, victim_actor_id, value_kind,
           bounds.low, best, bounds.high,
           CASE WHEN best IS NOT NULL THEN 2 * best::bigint WHEN bounds.high IS NOT NULL THEN bounds.low::bigint + bounds.high
                ELSE 2 * bounds.low::bigint END,
           polarity = 'asserts' AND bounds.low IS NOT NULL, victims = 'everyone' AND victim_actor_id IS NULL,
           least(heard.low, best, heard.high), CASE WHEN heard.high IS NOT NULL THEN greatest(heard.low, best, heard.high) END
    FROM conflictdb_heard_of(incident, lens) AS heard
    CROSS JOIN LATERAL (
        SELECT -- a toll cannot be below zero, so "at most" starts there, whatever its best
               CASE WHEN value_kind = 'at_most' THEN 0
                    ELSE coalesce(heard.low, best, CASE WHEN heard.high IS NOT NULL THEN 0 END) END AS low,
               coalesce(heard.high, CASE WHEN value_kind = 'about' THEN best END) AS high
    ) AS bounds
    WHERE outside IS NULL
$$;

-- Where a claim stands among the others of its group: of two, the one with the lower `place` comes first. What is unknown
-- comes after all that is known, as null does in arrays.
CREATE OR REPLACE FUNCTION conflictdb_placed(
    claim bigint, dataset bigint, number bigint, credibility text, stated_on date, resolve text
) RETURNS TABLE (place bigint[]) LANGUAGE sql STABLE AS $$
    SELECT ARRAY[
        CASE WHEN resolve = 'latest' THEN -day END,
        CASE WHEN resolve IN ('lowest', 'median') THEN number WHEN resolve = 'highest' THEN -number END,
        nullif(credibility, '6')::bigint, ascii(reliability), -day, claim
    ]
    FROM (
        SELECT min(nullif(source.reliability, 'F')) AS reliability,
               coalesce(stated_on, min(source.published_on)) - date '2000-01-01' AS day
        FROM conflictdb_cited(claim, dataset) AS source
    ) AS cited
$$;

-- Every toll claim among those that count, with the bounds it sets, its rank among the claims of its group that set any (1
-- leads; those that set none are ranked among themselves) and the verdict on it: 'used', or why it was set aside: 'denial',
-- 'none_reported', 'no_figure', 'held' (a wider group is counted by another claim), 'passed_over' (`resolve` takes one of a
-- group, and another is it).
CREATE OR REPLACE FUNCTION conflictdb_weighed(incident bigint, lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (
    claim_id bigint, measure text, victims text, victim_actor_id bigint,
    low integer, best integer, high integer, rank bigint, verdict text
) LANGUAGE sql STABLE AS $$
    WITH grouped AS (  -- windows and groups, no joins: they cost the same a claim, however many there are
        SELECT *,
               bool_or(sets AND of_all) OVER of_measure AND NOT of_all AS in_everyone,
               bool_or(sets AND victims = 'combatants' AND victim_actor_id IS NULL) OVER of_measure
                   AND (victims IN ('side_a', 'side_b') OR victims = 'combatants' AND victim_actor_id IS NOT NULL)
                   AS in_combatants,
               bool_or(sets AND victim_actor_id IS NULL) OVER alike AND victim_actor_id IS NOT NULL AS in_alike,
               bool_or(sets AND victims = 'everyone') OVER of_actor
                   AND victims <> 'everyone' AND victim_actor_id IS NOT NULL AS in_actor,
               bool_or(sets AND victims = 'combatants') OVER of_actor
                   AND victims IN ('side_a', 'side_b') AND victim_actor_id IS NOT NULL AS in_actors_combatants,
               count(*) OVER alike > 1 AS has_rivals
        FROM conflictdb_bounded(incident, lens)
        WHERE kind = 'toll'
        WINDOW of_measure AS (PARTITION BY measure),
               alike AS (PARTITION BY measure, victims),
               of_actor AS (PARTITION BY measure, victim_actor_id)
    ), ranked AS (
        SELECT grouped.*,
               row_number() OVER (PARTITION BY measure, victims, victim_actor_id, sets ORDER BY place) AS rank,
               CASE WHEN (lens).resolve = 'median' THEN (
                   count(*) OVER (PARTITION BY measure, victims, victim_actor_id, sets) + 1) / 2
               ELSE 1 END AS chosen
        FROM grouped
        CROSS JOIN LATERAL conflictdb_placed(  -- whoever has no rivals leads, whatever the sources
            CASE WHEN has_rivals THEN id END, dataset_id, number, credibility, stated_on, (lens).resolve)
    )
    SELECT id, measure, victims, victim_actor_id, low, best, high, rank,
           CASE
               WHEN polarity = 'denies' THEN 'denial'
               WHEN value_kind = 'none_reported' THEN 'none_reported'
               WHEN low IS NULL THEN 'no_figure'
               WHEN in_everyone OR in_combatants OR in_alike OR in_actor OR in_actors_combatants THEN 'held'
               WHEN (lens).resolve <> 'range' AND rank <> chosen THEN 'passed_over'
               ELSE 'used'
           END
    FROM ranked
$$;

-- One row for every measure of which a counting claim speaks: the estimate.
CREATE OR REPLACE FUNCTION conflictdb_estimated(incident bigint, lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (measure text, low bigint, best bigint, high bigint, is_open boolean) LANGUAGE sql STABLE AS $$
    WITH collapsed AS (  -- within a group: the lowest low, the best of the leading claim that has one, the highest high
        SELECT measure, victims, victim_actor_id, min(low) AS low,
               (array_agg(best ORDER BY rank) FILTER (WHERE best IS NOT NULL))[1] AS best,
               CASE WHEN bool_and(high IS NOT NULL) THEN max(high) END AS high
        FROM conflictdb_weighed(incident, lens)
        WHERE verdict = 'used'
        GROUP BY measure, victims, victim_actor_id
    ), added AS (  -- over disjoint groups: the sums; an unknown part leaves the best and the upper bound unknown
        SELECT measure, sum(low) AS low, CASE WHEN bool_and(best IS NOT NULL) THEN sum(best) END AS best,
               bool_and(high IS NOT NULL)
                   -- and the groups make up everyone: of people whom nobody counts, nobody knows how many there are
                   AND (bool_or(victims = 'everyone' AND victim_actor_id IS NULL)
                        OR bool_or(victims = 'civilians' AND victim_actor_id IS NULL)
                           AND (bool_or(victims = 'combatants' AND victim_actor_id IS NULL)
                                OR bool_or(victims = 'side_a' AND victim_actor_id IS NULL)
                                   AND bool_or(victims = 'side_b' AND victim_actor_id IS NULL)))
                   AS is_closed,
               sum(high) AS high
        FROM collapsed GROUP BY measure
    )
    SELECT measure, low, best, CASE WHEN is_closed THEN high END, NOT is_closed FROM added
$$;

-- A row or more where the claims about an incident that count cannot all be right.
CREATE OR REPLACE FUNCTION conflictdb_disputed(incident bigint, lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (is_disputed boolean) LANGUAGE sql STABLE AS $$
    WITH counting AS MATERIALIZED (
        SELECT * FROM conflictdb_heard_of(incident, lens) WHERE outside IS NULL
    ), tolls AS (  -- figures published out of order still span what they span
        SELECT measure, victims, victim_actor_id, polarity = 'asserts' AS is_asserted,
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
        WINDOW of_all AS (PARTITION BY measure),
               alike AS (PARTITION BY measure, victims),
               of_actor AS (PARTITION BY measure, victim_actor_id),
               own AS (PARTITION BY measure, victims, victim_actor_id)
    )
    -- a group's lowest possible number is above the highest possible one of itself or of a group that holds it; or a toll
    -- above zero is asserted and denied as such
    SELECT true FROM faced
    WHERE is_asserted AND (has_figure AND low > lowest_top OR is_denied AND (low > 0 OR is_about_some))
    UNION ALL
    -- or denied in numbers that take in all it may be; such denials are few
    SELECT true
    FROM (SELECT * FROM tolls WHERE NOT is_asserted AND has_figure AND NOT is_loose) AS denied
    JOIN tolls AS asserted USING (measure)
    WHERE asserted.is_asserted AND (asserted.low > 0 OR asserted.is_about_some)
      AND asserted.low >= denied.low AND (denied.high IS NULL OR asserted.high <= denied.high)
      AND (denied.victims IN ('everyone', asserted.victims) OR denied.victims = 'combatants' AND asserted.are_combatants)
      AND (denied.victim_actor_id IS NULL OR denied.victim_actor_id = asserted.victim_actor_id)
    UNION ALL
    -- the same actor is held responsible, or linked, and is said not to be
    SELECT true FROM counting
    WHERE kind IN ('responsibility', 'link') AND (named_actor_id IS NOT NULL OR named_conflict_id IS NOT NULL)
    GROUP BY kind, named_actor_id, named_conflict_id
    HAVING bool_or(polarity = 'asserts') AND bool_or(polarity = 'denies')
    UNION ALL
    -- it is asserted that something happened, or how, and denied; not where one claimant does both, who speaks of two things
    SELECT true FROM counting AS asserted JOIN counting AS denial ON denial.kind = 'occurrence' AND denial.polarity = 'denies'
    WHERE asserted.kind = 'occurrence' AND asserted.polarity = 'asserts'
      AND ((SELECT claim.claimant_id FROM conflictdb_claim AS claim WHERE claim.id = asserted.id)
           = (SELECT claim.claimant_id FROM conflictdb_claim AS claim WHERE claim.id = denial.id)) IS NOT TRUE
    UNION ALL
    -- two different actors are held responsible
    SELECT true FROM counting
    WHERE kind = 'responsibility' AND polarity = 'asserts'
    HAVING min(named_actor_id) < max(named_actor_id)
    UNION ALL
    -- a claim denies or corrects another, and both stand
    SELECT true FROM (
        SELECT id AS claim_id, false AS is_contradicted FROM counting
        UNION ALL
        SELECT answers_id, true FROM counting WHERE answer_kind IN ('denies', 'corrects')
    ) AS met GROUP BY claim_id HAVING bool_or(is_contradicted) AND NOT bool_and(is_contradicted)
$$;

-- Of the claims that count everyone, in a measure: what the one that `resolve` takes says; or where it takes them all, the
-- best of the leading one that has a best.
CREATE OR REPLACE FUNCTION conflictdb_led(incident bigint, lens conflictdb_lens, measured text, claims bigint)
RETURNS TABLE (low integer, best integer, high integer) LANGUAGE sql STABLE AS $$
    SELECT low, best, high
    FROM conflictdb_bounded(incident, lens)
    CROSS JOIN LATERAL conflictdb_placed(id, dataset_id, number, credibility, stated_on, (lens).resolve)
    WHERE sets AND measure = measured AND of_all AND (best IS NOT NULL OR (lens).resolve <> 'range')
    ORDER BY place LIMIT 1 OFFSET CASE WHEN (lens).resolve = 'median' THEN (claims - 1) / 2 ELSE 0 END
$$;

-- What the claims that count make of an incident, and whether any does. Of most it is read off at once: of the claims that set
-- bounds one or more count everyone, which sets all others aside, or there is but one. Where several count everyone, the one
-- that leads is looked for; only where none of several does, the groups are weighed as above.
CREATE OR REPLACE FUNCTION conflictdb_told(incident bigint, lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (
    killed_low bigint, killed_best bigint, killed_high bigint, killed_is_open boolean, killed_claims integer,
    injured_low bigint, injured_best bigint, injured_high bigint, injured_is_open boolean, injured_claims integer,
    disputed boolean, is_spoken_of boolean
) LANGUAGE sql STABLE AS $$
    WITH counting AS (
        SELECT low, best, high, least_given, most_given, sets, of_all, measure = 'killed' AS is_killed,
               measure = 'injured' AS is_injured, measure NOT IN ('', 'killed', 'injured') AS is_of_others,
               sets AND of_all AND measure = 'killed' AS killed_all, sets AND of_all AND measure = 'injured' AS injured_all,
               polarity = 'denies' OR value_kind <> 'none_reported' AS tells,
               polarity = 'denies' OR kind IN ('responsibility', 'link') OR answers_id IS NOT NULL AS is_answer
        FROM conflictdb_bounded(incident, lens)
        OFFSET 0  -- worked out once, however many aggregates read it
    ), gathered AS (
        SELECT count(*) > 0 AS is_spoken_of,
               count(*) FILTER (WHERE is_killed AND tells) AS killed_claims,
               count(*) FILTER (WHERE is_killed AND sets) AS killed_setting,
               count(*) FILTER (WHERE killed_all) AS killed_of_all,
               coalesce(min(low) FILTER (WHERE killed_all), min(low) FILTER (WHERE is_killed AND sets)) AS killed_low,
               CASE WHEN bool_or(killed_all) THEN min(best) FILTER (WHERE killed_all)
                    ELSE min(best) FILTER (WHERE is_killed AND sets) END AS killed_best,
               max(best) FILTER (WHERE killed_all) AS killed_other_best,
               CASE WHEN bool_and(high IS NOT NULL) FILTER (WHERE killed_all)
                    THEN max(high) FILTER (WHERE killed_all) END AS killed_high,
               count(*) FILTER (WHERE is_injured AND tells) AS injured_claims,
               count(*) FILTER (WHERE is_injured AND sets) AS injured_setting,
               count(*) FILTER (WHERE injured_all) AS injured_of_all,
               coalesce(min(low) FILTER (WHERE injured_all), min(low) FILTER (WHERE is_injured AND sets)) AS injured_low,
               CASE WHEN bool_or(injured_all) THEN min(best) FILTER (WHERE injured_all)
                    ELSE min(best) FILTER (WHERE is_injured AND sets) END AS injured_best,
               max(best) FILTER (WHERE injured_all) AS injured_other_best,
               CASE WHEN bool_and(high IS NOT NULL) FILTER (WHERE injured_all)
                    THEN max(high) FILTER (WHERE injured_all) END AS injured_high,
               -- of most incidents no two claims can contradict each other: they need no closer look
               bool_or(is_answer) OR count(*) FILTER (WHERE is_of_others) > 1
                   OR max(least_given) FILTER (WHERE is_killed) > min(most_given) FILTER (WHERE is_killed AND of_all)
                   OR max(least_given) FILTER (WHERE is_killed AND NOT of_all)
                      > min(most_given) FILTER (WHERE is_killed AND NOT of_all)
                   OR max(least_given) FILTER (WHERE is_injured) > min(most_given) FILTER (WHERE is_injured AND of_all)
                   OR max(least_given) FILTER (WHERE is_injured AND NOT of_all)
                      > min(most_given) FILTER (WHERE is_injured AND NOT of_all) AS is_doubtful
        FROM counting
    ), needing AS (
        SELECT *,
               CASE WHEN (lens).resolve <> 'range' THEN killed_of_all > 1
                    ELSE killed_best <> killed_other_best END AS killed_has_rivals,
               killed_of_all = 0 AND killed_setting > 1 AS killed_is_parted,
               CASE WHEN (lens).resolve <> 'range' THEN injured_of_all > 1
                    ELSE injured_best <> injured_other_best END AS injured_has_rivals,
               injured_of_all = 0 AND injured_setting > 1 AS injured_is_parted
        FROM gathered
    ), sought AS (
        SELECT *,
               CASE WHEN killed_has_rivals THEN (
                   SELECT ARRAY[low, best, high] FROM conflictdb_led(incident, lens, 'killed', killed_of_all)
               ) END AS killed_led,
               CASE WHEN injured_has_rivals THEN (
                   SELECT ARRAY[low, best, high] FROM conflictdb_led(incident, lens, 'injured', injured_of_all)
               ) END AS injured_led,
               CASE WHEN killed_is_parted OR injured_is_parted THEN (
                   SELECT ARRAY[max(low) FILTER (WHERE measure = 'killed'), max(best) FILTER (WHERE measure = 'killed'),
                                max(high) FILTER (WHERE measure = 'killed'), max(low) FILTER (WHERE measure = 'injured'),
                                max(best) FILTER (WHERE measure = 'injured'), max(high) FILTER (WHERE measure = 'injured')]
                   FROM conflictdb_estimated(incident, lens)
               ) END AS parted
        FROM needing
        OFFSET 0  -- as above
    ), resolved AS (
        SELECT is_spoken_of, is_doubtful, killed_setting, injured_setting, killed_claims, injured_claims,
               CASE WHEN killed_is_parted THEN parted[1] WHEN killed_has_rivals AND (lens).resolve <> 'range'
                    THEN killed_led[1] ELSE killed_low END AS killed_low,
               CASE WHEN killed_is_parted THEN parted[2] WHEN killed_has_rivals
                    THEN killed_led[2] ELSE killed_best END AS killed_best,
               CASE WHEN killed_is_parted THEN parted[3] WHEN killed_has_rivals AND (lens).resolve <> 'range'
                    THEN killed_led[3] ELSE killed_high END AS killed_high,
               CASE WHEN injured_is_parted THEN parted[4] WHEN injured_has_rivals AND (lens).resolve <> 'range'
                    THEN injured_led[1] ELSE injured_low END AS injured_low,
               CASE WHEN injured_is_parted THEN parted[5] WHEN injured_has_rivals
                    THEN injured_led[2] ELSE injured_best END AS injured_best,
               CASE WHEN injured_is_parted THEN parted[6] WHEN injured_has_rivals AND (lens).resolve <> 'range'
                    THEN injured_led[3] ELSE injured_high END AS injured_high
        FROM sought
    )
    SELECT killed_low, killed_best, killed_high, killed_setting > 0 AND killed_high IS NULL, killed_claims::integer,
           injured_low, injured_best, injured_high, injured_setting > 0 AND injured_high IS NULL, injured_claims::integer,
           coalesce(is_doubtful, false) AND EXISTS (SELECT FROM conflictdb_disputed(incident, lens)), is_spoken_of
    FROM resolved
$$;

-- The figures of incidents by all claims that count; without a lens, what their rows are to say.
CREATE OR REPLACE FUNCTION conflictdb_figures(incidents bigint[], lens conflictdb_lens DEFAULT NULL)
RETURNS TABLE (
    incident_id bigint,
    killed_low bigint, killed_best bigint, killed_high bigint, killed_is_open boolean, killed_claims integer,
    injured_low bigint, injured_best bigint, injured_high bigint, injured_is_open boolean, injured_claims integer,
    disputed boolean
) LANGUAGE sql STABLE AS $$
    SELECT asked.id, killed_low, killed_best, killed_high, killed_is_open, killed_claims,
           injured_low, injured_best, injured_high, injured_is_open, injured_claims, disputed
    FROM unnest(incidents) AS asked(id) CROSS JOIN LATERAL conflictdb_told(asked.id, lens)
$$;
