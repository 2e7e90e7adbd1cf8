from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('studio', '0003_longer_languages'),
    ]

    operations = [
        migrations.AddField(
            model_name='destination',
            name='in_new_shows',
            field=models.BooleanField(default=True),
        ),
    ]
