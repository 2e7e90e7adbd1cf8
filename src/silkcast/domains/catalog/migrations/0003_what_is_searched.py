from collections import defaultdict

from django.db import migrations, models

from silkcast.kernel.searching import folded
from silkcast.kernel.storage.seeing import see

ROWS = 500


def fill(apps, schema_editor):
    see(None)
    product, text, sku = (apps.get_model("catalog", name) for name in ("Product", "CatalogText", "Sku"))
    ids = list(product.objects.filter(searched="").values_list("id", flat=True))
    for start in range(0, len(ids), ROWS):
        some = ids[start : start + ROWS]
        words = defaultdict(list)
        for object_id, title in (
            text.objects.filter(object_id__in=some, field="title").order_by("language").values_list("object_id", "text")
        ):
            words[object_id].append(title)
        for product_id, code in (
            sku.objects.filter(product_id__in=some).order_by("position").values_list("product_id", "code")
        ):
            words[product_id].append(code)
        rows = [product(id=product_id, searched=folded(*words[product_id])) for product_id in some]
        product.objects.bulk_update(rows, ["searched"])


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_product_is_listed'),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='searched',
            field=models.TextField(db_default='', default='', editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
