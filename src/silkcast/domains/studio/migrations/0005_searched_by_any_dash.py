from importlib import import_module

from django.db import migrations

from silkcast.kernel.storage.seeing import see


def fill(apps, schema_editor):
    """What was folded before dashes, quotes, fractions and unseen signs were."""
    see(None)
    apps.get_model("studio", "Show").objects.update(searched="")
    import_module("silkcast.domains.studio.migrations.0002_what_is_searched").fill(apps, schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0004_destinations_of_new_shows'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
