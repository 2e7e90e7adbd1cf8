from django.db import migrations, models

from silkcast.kernel.searching import folded
from silkcast.kernel.storage.seeing import see

ROWS = 500


def fill(apps, schema_editor):
    see(None)
    show = apps.get_model("studio", "Show")
    known = list(show.objects.filter(searched="").values_list("id", "title", "host_name"))
    for start in range(0, len(known), ROWS):
        some = known[start : start + ROWS]
        rows = [show(id=show_id, searched=folded(title, host)) for show_id, title, host in some]
        show.objects.bulk_update(rows, ["searched"])


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='show',
            name='searched',
            field=models.TextField(db_default='', default='', editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
