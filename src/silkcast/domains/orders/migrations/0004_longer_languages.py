from django.db import migrations, models

from silkcast.kernel.storage.widening import Widen


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0003_delivery_and_problems'),
    ]

    operations = [
        Widen(
            model_name='checkout',
            name='language',
            field=models.CharField(max_length=12),
        ),
    ]
