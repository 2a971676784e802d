from django.db import migrations, models


class Migration(migrations.Migration):
    """The column stays as it is; the constraint to the run goes."""

    dependencies = [
        ("runs", "0001_initial"),
        ("segmentation", "0002_segment_problem"),
    ]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="run",
            field=models.ForeignKey(
                on_delete=models.deletion.PROTECT,
                related_name="+",
                db_index=False,
                db_constraint=False,
                to="runs.run",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="membership", name="run"),
                migrations.AddField(
                    model_name="membership", name="run_id", field=models.BigIntegerField()
                ),
            ]
        ),
    ]
