from django.db import migrations, models

from silkcast.kernel.storage.widening import Widen


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0002_what_is_searched'),
    ]

    operations = [
        Widen(
            model_name='show',
            name='language',
            field=models.CharField(max_length=12),
        ),
    ]
