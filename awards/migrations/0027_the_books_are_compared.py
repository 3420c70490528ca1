import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock
from foshan_quality.lib.append_only import append_only


class Migration(migrations.Migration):
    """Every comparison of the books is kept as it was."""

    dependencies = [
        ("awards", "0026_supplementary_resolutions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="核对时间")),
                ("seconds", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="用时（秒）")),
                ("checks", models.PositiveSmallIntegerField(verbose_name="核对项目数")),
                ("difference_count", models.PositiveIntegerField(verbose_name="差异数")),
                ("differences", models.JSONField(default=list, verbose_name="差异")),
                (
                    "run_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核对人",
                    ),
                ),
            ],
            options={
                "verbose_name": "账目核对",
                "verbose_name_plural": "账目核对",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("difference_count", 0), ("differences", [])),
                            models.Q(("difference_count__gt", 0), models.Q(("differences", []), _negated=True)),
                            _connector="OR",
                        ),
                        name="differences_are_listed",
                    )
                ],
            },
        ),
        *append_only("awards_reconciliation"),
    ]
