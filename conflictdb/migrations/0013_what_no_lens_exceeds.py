
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conflictdb', '0012_plain_names_and_words_of_quotes'),
    ]

    operations = [
        migrations.AddField(
            model_name='incident',
            name='injured_most',
            field=models.PositiveBigIntegerField(blank=True, editable=False, help_text='People injured: a number that no lens exceeds; null where none can make a figure. Kept by the database from the standing claims; whatever is written here is put back.', null=True),
        ),
        migrations.AddField(
            model_name='incident',
            name='killed_most',
            field=models.PositiveBigIntegerField(blank=True, editable=False, help_text='People killed: a number that no lens exceeds; null where none can make a figure. Kept by the database from the standing claims; whatever is written here is put back.', null=True),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['killed_most'], name='incident_by_killed_most'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('injured_most__isnull', False)), fields=['injured_most'], name='incident_by_injured_most'),
        ),
    ]
