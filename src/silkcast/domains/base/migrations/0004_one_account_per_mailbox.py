from django.db import migrations

from silkcast.kernel.storage.seeing import see
from silkcast.kernel.texts import mailbox


def fill(apps, schema_editor):
    """An encoded domain is kept as people read it. Where both forms have an account, both stay as they are."""
    see(None)
    people = apps.get_model("base", "Person").objects
    for person in people.filter(email__contains="xn--"):
        if not people.filter(email=mailbox(person.email)).exists():
            people.filter(id=person.id).update(email=mailbox(person.email))


class Migration(migrations.Migration):

    dependencies = [
        ('base', '0003_sessions_and_sign_ins'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
