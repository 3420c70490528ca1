import django.db.models.deletion
from django.db import migrations, models

import foshan_quality.lib.clock


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0010_parents_stay_known"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kept_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="留存时间")),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="kept", to="enterprises.storedfile"
                    ),
                ),
            ],
            options={
                "verbose_name": "表单留存的文件",
                "verbose_name_plural": "表单留存的文件",
            },
        ),
    ]
