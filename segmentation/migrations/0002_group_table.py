from django.db import migrations

from analytics.rfm import DEFAULT_GROUPS


def seed(apps, schema_editor):
    cells = {str(r): {str(fm): name for fm, name in row.items()} for r, row in DEFAULT_GROUPS.items()}
    apps.get_model("segmentation", "GroupTable").objects.create(version=1, cells=cells)


class Migration(migrations.Migration):
    dependencies = [("segmentation", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
