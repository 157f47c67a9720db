from django.db import migrations

MAKE = "CREATE STATISTICS conflictdb_roles_of_actors (mcv) ON actor_id, role FROM conflictdb_participation"


class Migration(migrations.Migration):
    """Who is mostly a target is seldom an initiator: the planner needs to know how often an actor has which role."""

    dependencies = [
        ('conflictdb', '0006_incidents_of_unbounded_days'),
    ]

    operations = [
        migrations.RunSQL(MAKE, "DROP STATISTICS conflictdb_roles_of_actors"),
    ]
