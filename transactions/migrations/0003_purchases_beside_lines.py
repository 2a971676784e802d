from django.db import migrations


class Migration(migrations.Migration):
    """Files of lines from before have no purchases beside them: the next update makes them anew."""

    dependencies = [("transactions", "0002_small_loads_share_a_file")]

    operations = [
        migrations.RunSQL(
            "UPDATE transactions_mirrorfile SET path = NULL WHERE kind = 'lines'",
            migrations.RunSQL.noop,
        )
    ]
