import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0008_district_screening_and_letters"),
        ("enterprises", "0007_credit_records"),
    ]

    operations = [
        migrations.AddField(
            model_name="catalogueline",
            name="sample",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="enterprises.storedfile",
            ),
        ),
    ]
