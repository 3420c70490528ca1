import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0004_people_and_organisations"),
    ]

    operations = [
        migrations.CreateModel(
            name="CopyStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "nature",
                    models.CharField(
                        choices=[("todo", "待办"), ("reminder", "提醒"), ("news", "通知")],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
            ],
            options={
                "verbose_name": "停发的邮件抄送",
                "verbose_name_plural": "停发的邮件抄送",
            },
        ),
        migrations.AddField(
            model_name="message",
            name="copy",
            field=models.CharField(
                blank=True,
                choices=[("", "不发"), ("queued", "待发送"), ("sent", "已发送"), ("parked", "发送失败，待处理")],
                editable=False,
                max_length=6,
                verbose_name="邮件抄送",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="copy_attempts",
            field=models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="尝试次数"),
        ),
        migrations.AddField(
            model_name="message",
            name="copy_due_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="下次尝试"),
        ),
        migrations.AddField(
            model_name="message",
            name="copy_problem",
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name="原因"),
        ),
        migrations.AddField(
            model_name="message",
            name="copy_sent_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="邮件发出时间"),
        ),
        migrations.AddField(
            model_name="message",
            name="copy_text",
            field=models.TextField(blank=True, editable=False, verbose_name="邮件内容"),
        ),
        migrations.AlterField(
            model_name="message",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="inbox",
                to=settings.AUTH_USER_MODEL,
                verbose_name="收件人",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("copy", "queued")), fields=["copy_due_at"], name="copies_due"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("copy", "sent"), ("copy_sent_at", None), _connector="XOR"),
                name="copy_sent_at_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("copy", "queued"), _negated=True), ("copy_due_at__isnull", False), _connector="OR"
                ),
                name="queued_copy_has_a_turn",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("copy", "parked"), _negated=True),
                    models.Q(("copy_problem", ""), _negated=True),
                    _connector="OR",
                ),
                name="parked_copy_has_a_problem",
            ),
        ),
        migrations.CreateModel(
            name="StuckCopy",
            fields=[],
            options={
                "verbose_name": "未发出的邮件抄送",
                "verbose_name_plural": "未发出的邮件抄送",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("enterprises.message",),
        ),
        migrations.AddField(
            model_name="copystop",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="copy_stops", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="copystop",
            constraint=models.UniqueConstraint(fields=("user", "nature"), name="one_stop_per_nature"),
        ),
        migrations.AddConstraint(
            model_name="copystop",
            constraint=models.CheckConstraint(
                condition=models.Q(("nature__in", ["reminder", "news"])), name="only_reminders_and_news_stop"
            ),
        ),
    ]
