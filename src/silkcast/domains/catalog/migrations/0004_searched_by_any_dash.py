from importlib import import_module

from django.db import migrations

from silkcast.kernel.storage.seeing import see


def fill(apps, schema_editor):
    """What was folded before dashes, quotes, fractions and unseen signs were."""
    see(None)
    apps.get_model("catalog", "Product").objects.update(searched="")
    import_module("silkcast.domains.catalog.migrations.0003_what_is_searched").fill(apps, schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_what_is_searched'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
