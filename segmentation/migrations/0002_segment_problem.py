from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="problem",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
