import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock

CARRY_OVER = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE awards_certificate SET valid_for_id = honour_id, printed_name = awards_honour.organisation_name
FROM awards_honour WHERE awards_honour.id = honour_id;
SET CONSTRAINTS ALL DEFERRED
"""


class Migration(migrations.Migration):
    """Certificates have a template, come in batches and may be replaced; those there are stay valid."""

    dependencies = [
        ("awards", "0016_honours_approved_recorded_and_revoked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CertificateBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="开始时间")),
                ("stopped_at", models.DateTimeField(null=True, verbose_name="停止时间")),
            ],
            options={
                "verbose_name": "证书生成批次",
                "verbose_name_plural": "证书生成批次",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="CertificateTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="版次")),
                (
                    "layout",
                    models.CharField(
                        choices=[("award", "荣誉证书（横版）"), ("standard", "标准证书（竖版）")],
                        max_length=20,
                        verbose_name="版式",
                    ),
                ),
                ("title", models.CharField(max_length=20, verbose_name="标题")),
                ("opening", models.CharField(max_length=60, verbose_name="授予语")),
                ("middle", models.CharField(blank=True, max_length=40, verbose_name="荣誉上方一行")),
                ("honour_line", models.CharField(max_length=30, verbose_name="荣誉")),
                ("note", models.CharField(blank=True, max_length=40, verbose_name="用印处说明")),
                ("shows_issuer", models.BooleanField(default=True, verbose_name="印发证机关")),
                ("shows_date", models.BooleanField(default=True, verbose_name="印发证日期")),
                (
                    "renumbering",
                    models.CharField(
                        choices=[("new", "按本届序号另编新号"), ("keep", "沿用原编号，加注换发次数")],
                        max_length=4,
                        verbose_name="换发、更正的编号",
                    ),
                ),
                ("document", models.CharField(max_length=120, verbose_name="依据文件")),
                ("is_confirmed", models.BooleanField(default=False, verbose_name="本市规定")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待核对"), ("adopted", "启用"), ("dropped", "已作废")],
                        default="proposed",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("proposed_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="提出时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="核对时间")),
            ],
            options={
                "verbose_name": "证书版式",
                "verbose_name_plural": "证书版式",
                "ordering": ["programme", "-version"],
            },
        ),
        migrations.CreateModel(
            name="Replacement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("reissue", "换发（遗失、损坏，内容不变）"), ("correction", "更正（单位名称有误）")],
                        max_length=10,
                        verbose_name="办理",
                    ),
                ),
                ("printed_name", models.CharField(max_length=120, verbose_name="新证书上的单位名称")),
                ("reason", models.CharField(max_length=300, verbose_name="理由")),
                ("document", models.CharField(blank=True, max_length=120, verbose_name="依据材料")),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待核对"), ("confirmed", "已换发新证书"), ("dropped", "已作废")],
                        default="proposed",
                        editable=False,
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="提出时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="核对时间")),
            ],
            options={
                "verbose_name": "证书换发与更正",
                "verbose_name_plural": "证书换发与更正",
                "ordering": ["-pk"],
            },
        ),
        migrations.AlterModelOptions(
            name="certificate",
            options={
                "ordering": ["edition", "sequence", "turn"],
                "verbose_name": "证书",
                "verbose_name_plural": "证书",
            },
        ),
        migrations.RemoveConstraint(
            model_name="certificate",
            name="one_certificate_per_sequence",
        ),
        migrations.AddField(
            model_name="certificate",
            name="is_demo_key",
            field=models.BooleanField(default=False, verbose_name="演示密钥"),
        ),
        migrations.AddField(
            model_name="certificate",
            name="printed_name",
            field=models.CharField(default="", max_length=120, verbose_name="证书上的单位名称"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="certificate",
            name="signer",
            field=models.CharField(blank=True, max_length=120, verbose_name="电子签名"),
        ),
        migrations.AddField(
            model_name="certificate",
            name="turn",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="换发次数"),
        ),
        migrations.AddField(
            model_name="certificate",
            name="valid_for",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificate",
                to="awards.honour",
            ),
        ),
        migrations.AlterField(
            model_name="certificate",
            name="honour",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificates",
                to="awards.honour",
                verbose_name="荣誉",
            ),
        ),
        migrations.AlterField(
            model_name="certificate",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "待生成"),
                    ("drawn", "已生成"),
                    ("parked", "生成失败，待处理"),
                    ("stopped", "已停止，待继续"),
                ],
                default="queued",
                editable=False,
                max_length=8,
                verbose_name="状态",
            ),
        ),
        migrations.AddField(
            model_name="certificatebatch",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificate_batches",
                to="awards.edition",
                verbose_name="届次",
            ),
        ),
        migrations.AddField(
            model_name="certificatebatch",
            name="started_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="经办人",
            ),
        ),
        migrations.AddField(
            model_name="certificatebatch",
            name="stopped_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="停止人",
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificates",
                to="awards.certificatebatch",
                verbose_name="批次",
            ),
        ),
        migrations.AddField(
            model_name="certificatetemplate",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="核对人",
            ),
        ),
        migrations.AddField(
            model_name="certificatetemplate",
            name="edition",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificate_templates",
                to="awards.edition",
                verbose_name="只用于届次",
            ),
        ),
        migrations.AddField(
            model_name="certificatetemplate",
            name="programme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificate_templates",
                to="awards.programme",
                verbose_name="奖项",
            ),
        ),
        migrations.AddField(
            model_name="certificatetemplate",
            name="proposed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提出人",
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="template",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="awards.certificatetemplate",
                verbose_name="版式",
            ),
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.UniqueConstraint(
                fields=("edition", "sequence", "turn"), name="one_certificate_per_sequence"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_for", None), ("valid_for", models.F("honour")), _connector="OR"),
                name="valid_for_its_own_honour",
            ),
        ),
        migrations.AddField(
            model_name="replacement",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="核对人",
            ),
        ),
        migrations.AddField(
            model_name="replacement",
            name="new",
            field=models.OneToOneField(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaces",
                to="awards.certificate",
                verbose_name="新证书",
            ),
        ),
        migrations.AddField(
            model_name="replacement",
            name="old",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replacements",
                to="awards.certificate",
                verbose_name="原证书",
            ),
        ),
        migrations.AddField(
            model_name="replacement",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提出人",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificatebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stopped_at", None), ("stopped_by", None)),
                    models.Q(("stopped_at__isnull", False), ("stopped_by__isnull", False)),
                    _connector="OR",
                ),
                name="batch_stopped_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificatetemplate",
            constraint=models.UniqueConstraint(fields=("programme", "version"), name="one_template_per_version"),
        ),
        migrations.AddConstraint(
            model_name="certificatetemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("document", ""), _negated=True), name="template_has_its_basis"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificatetemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "adopted"), _negated=True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="template_adopted_by_a_second",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificatetemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "proposed")),
                    models.Q(models.Q(("state", "proposed"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="template_decided_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="replacement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "dropped"), _negated=True), fields=("old",), name="replaced_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="replacement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="replaced_by_a_second",
            ),
        ),
        migrations.AddConstraint(
            model_name="replacement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "proposed")),
                    models.Q(
                        models.Q(("state", "proposed"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="replacement_decided_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="replacement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("new__isnull", False), ("state", "confirmed")),
                    models.Q(models.Q(("state", "confirmed"), _negated=True), ("new", None)),
                    _connector="OR",
                ),
                name="replaced_with_a_new_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="replacement",
            constraint=models.CheckConstraint(
                condition=models.Q(("new", None), models.Q(("new", models.F("old")), _negated=True), _connector="OR"),
                name="not_replaced_by_itself",
            ),
        ),
    ]
