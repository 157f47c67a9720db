"""A dataset for measuring: made by the database itself, with skew, kept for the next time."""

from django.core.management import call_command
from django.db import connection

# Popular actors and countries, few of the rest: a square of a uniform number leans towards the first.
FILL = """
SELECT setseed(0.5);
INSERT INTO conflictdb_dataset (slug, series, title, version, publisher, licence, citation, redistributable, url,
                                description, created_at, updated_at)
VALUES ('bench', 'bench', 'Made for measuring', '1', 'Nobody', 'CC0-1.0', 'None.', true, '', '', now(), now());
INSERT INTO conflictdb_actor (slug, external_id, name, kind, description, dataset_id, created_at, updated_at)
SELECT 'actor-' || n, '', 'Actor number ' || n, 'rebel_group', '', (SELECT id FROM conflictdb_dataset WHERE slug = 'bench'),
       now(), now()
FROM generate_series(1, 5000) AS n;
INSERT INTO conflictdb_source (slug, external_id, kind, title, url, archive_url, language, reliability, text, sha256,
                               dataset_id, created_at, updated_at)
SELECT 'source-' || n, '', 'article', 'A report, number ' || n, '', '', 'en', 'F', '', '',
       (SELECT id FROM conflictdb_dataset WHERE slug = 'bench'), now(), now()
FROM generate_series(1, 5000) AS n;
INSERT INTO conflictdb_incident (slug, external_id, kind, title, summary, weapons, started_on, ended_on, date_precision,
                                 country_id, admin1, admin2, place_name, latitude, longitude, place_precision, status,
                                 status_reason, killed_is_open, killed_claims, injured_is_open, injured_claims, disputed,
                                 dataset_id, created_at, updated_at)
SELECT 'incident-' || n, 'bench:' || n, (ARRAY['armed_clash', 'shelling', 'bombing'])[1 + n %% 3], 'Incident number ' || n,
       'What happened in incident ' || n, '{}', day, day, 'day', country.id, 'Province ' || n %% 30, '', 'Place ' || n %% 900,
       n %% 80, n %% 170, 'near', 'published', '', false, 0, false, 0, false, dataset.id, now(), now()
FROM generate_series(1, %(incidents)s) AS n
CROSS JOIN LATERAL (SELECT date '1989-01-01' + (random() * 12700)::integer AS day, (random() ^ 2 * 239)::integer AS place
                    WHERE n > 0) AS drawn
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM conflictdb_country) AS country USING (place)
CROSS JOIN conflictdb_dataset AS dataset WHERE dataset.slug = 'bench';
INSERT INTO conflictdb_participation (incident_id, actor_id, role)
SELECT incident.id, actor.id, role
FROM conflictdb_incident AS incident CROSS JOIN (VALUES ('side_a'), ('side_b')) AS roles (role)
CROSS JOIN LATERAL (SELECT (random() ^ 3 * 4999)::integer AS place WHERE incident.id > 0) AS drawn
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM conflictdb_actor) AS actor USING (place);
INSERT INTO conflictdb_claim (slug, external_id, kind, polarity, statement, incident_id, claimant_wording, credibility,
                              measure, victims, value_kind, low, best, high, value_wording, is_out_of_order, status,
                              status_reason, answer_kind, dataset_id, created_at, updated_at)
SELECT 'claim-' || incident.id || '-' || n, '', 'toll', 'asserts', 'So many were killed.', incident.id, '', '6', 'killed',
       'everyone', 'range', n, n + 1, n + 3, '', false, 'standing', '', '', incident.dataset_id, now(), now()
FROM conflictdb_incident AS incident CROSS JOIN generate_series(1, 3) AS n;
INSERT INTO conflictdb_citation (claim_id, number, source_id, exact, prefix, suffix)
SELECT claim.id, 1, source.id, '', '', ''
FROM conflictdb_claim AS claim JOIN conflictdb_source AS source ON source.slug = 'source-' || (1 + claim.id %% 5000);
ANALYZE;
"""


def fill(incidents: int) -> bool:
    """Migrate and fill the connected database if it is empty; return whether it was."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM conflictdb_incident")
        if cursor.fetchone() == (incidents,):
            return False
    call_command("loaddata", "countries", verbosity=0)  # closes the connection when it is done
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"incidents": incidents})
    return True
