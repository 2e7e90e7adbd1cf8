from django.db import migrations, models

from silkcast.kernel.storage.widening import Widen


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0002_given_back'),
    ]

    operations = [
        Widen(
            model_name='checkout',
            name='language',
            field=models.CharField(max_length=12),
        ),
    ]
