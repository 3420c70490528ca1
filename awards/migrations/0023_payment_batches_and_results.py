import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import foshan_quality.lib.clock
import foshan_quality.lib.money
import foshan_quality.lib.secrecy


# What is being sent payment by payment while this is put in would have no batch and no file of one.
def wait_for_what_is_being_sent(apps, _schema):
    """Refuse to go on while a payment is on its way out: the portal before this one still has to hand it over."""
    waiting = apps.get_model("awards", "Disbursement").objects.filter(state="sending").count()
    if waiting:
        raise RuntimeError(f"{waiting} 笔拨付单还在“送财政中”。请先用原版本的后台任务送完，再升级。没有改动任何内容。")


KEEPS = """
CREATE FUNCTION payment_keeps_its_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.batch_id IS NULL AND NEW.state IN ('prepared', 'approved', 'cancelled') THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.batch_id IS NOT NULL THEN
        IF (OLD.batch_id, OLD.reference, OLD.amount, OLD.account_id, OLD.budget_id, OLD.entitlement_id, OLD.document)
            IS NOT DISTINCT FROM
            (NEW.batch_id, NEW.reference, NEW.amount, NEW.account_id, NEW.budget_id, NEW.entitlement_id, NEW.document)
        THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.batch_id IS NOT NULL THEN
        IF OLD.state = 'approved' AND NEW.state = 'sending' THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.state IN ('prepared', 'approved', 'cancelled') OR OLD.state IN ('sent', 'paid', 'returned') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'payment %: outside its batch % is refused', NEW.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payment_keeps_its_batch';
END $$;
CREATE TRIGGER payment_keeps_its_batch BEFORE INSERT OR UPDATE ON awards_disbursement
    FOR EACH ROW EXECUTE FUNCTION payment_keeps_its_batch();

CREATE FUNCTION batch_adds_up(batch bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT (b.count, b.total) IS DISTINCT FROM
            (SELECT (count(*)::integer, sum(p.amount)) FROM awards_disbursement p WHERE p.batch_id = b.id)
        FROM awards_paymentbatch b WHERE b.id = batch) THEN
        RAISE EXCEPTION 'batch % is not the sum of its payments', batch
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_adds_up';
    END IF;
END $$;
CREATE FUNCTION batch_made_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM batch_adds_up(NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER batch_adds_up AFTER INSERT ON awards_paymentbatch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION batch_made_adds_up();
CREATE FUNCTION batch_joined_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM batch_adds_up(joined.batch_id) FROM (
        SELECT DISTINCT n.batch_id FROM after n JOIN before o ON o.id = n.id
        WHERE n.batch_id IS DISTINCT FROM o.batch_id
    ) joined;
    RETURN NULL;
END $$;
CREATE TRIGGER batch_joined_adds_up AFTER UPDATE ON awards_disbursement
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION batch_joined_adds_up();

CREATE FUNCTION batch_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND
        ROW(OLD.number, OLD.year, OLD.serial, OLD.payer, OLD.layout, OLD.encoding, OLD.count, OLD.total, OLD.digest,
            OLD.file_id, OLD.made_at, OLD.made_by_id)
        IS NOT DISTINCT FROM
        ROW(NEW.number, NEW.year, NEW.serial, NEW.payer, NEW.layout, NEW.encoding, NEW.count, NEW.total, NEW.digest,
            NEW.file_id, NEW.made_at, NEW.made_by_id)
        AND (OLD.state = NEW.state OR (OLD.state, NEW.state) IN (('made', 'sent'), ('sent', 'answered')))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'batch % is made: % is refused', OLD.number, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_is_frozen';
END $$;
CREATE TRIGGER batch_is_frozen BEFORE UPDATE OR DELETE ON awards_paymentbatch
    FOR EACH ROW EXECUTE FUNCTION batch_is_frozen();

CREATE FUNCTION treasury_file_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND current_setting('portal.new_keys', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'file % stays as it is: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'treasury_file_is_frozen';
END $$;
CREATE TRIGGER treasury_file_is_frozen BEFORE UPDATE OR DELETE ON awards_treasuryfile
    FOR EACH ROW EXECUTE FUNCTION treasury_file_is_frozen();

CREATE FUNCTION result_line_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND
        ROW(OLD.file_id, OLD.number, OLD.batch_number, OLD.reference, OLD.amount, OLD.said, OLD.day, OLD.note,
            OLD.text)
        IS NOT DISTINCT FROM
        ROW(NEW.file_id, NEW.number, NEW.batch_number, NEW.reference, NEW.amount, NEW.said, NEW.day, NEW.note,
            NEW.text)
        AND (OLD.booked_at IS NULL OR ROW(OLD.payment_id, OLD.outcome, OLD.why, OLD.booked_at)
            IS NOT DISTINCT FROM ROW(NEW.payment_id, NEW.outcome, NEW.why, NEW.booked_at))
        AND (OLD.resolved_at IS NULL OR ROW(OLD.resolved_at, OLD.resolved_by_id, OLD.resolution)
            IS NOT DISTINCT FROM ROW(NEW.resolved_at, NEW.resolved_by_id, NEW.resolution))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'line % of a result stays as it is: % is refused', OLD.id, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'result_line_is_frozen';
END $$;
CREATE TRIGGER result_line_is_frozen BEFORE UPDATE OR DELETE ON awards_resultline
    FOR EACH ROW EXECUTE FUNCTION result_line_is_frozen();
"""
LETS_GO = """
DROP TRIGGER payment_keeps_its_batch ON awards_disbursement;
DROP TRIGGER batch_joined_adds_up ON awards_disbursement;
DROP TRIGGER batch_adds_up ON awards_paymentbatch;
DROP TRIGGER batch_is_frozen ON awards_paymentbatch;
DROP TRIGGER treasury_file_is_frozen ON awards_treasuryfile;
DROP TRIGGER result_line_is_frozen ON awards_resultline;
DROP FUNCTION payment_keeps_its_batch, batch_made_adds_up, batch_joined_adds_up, batch_adds_up, batch_is_frozen,
    treasury_file_is_frozen, result_line_is_frozen;
"""


class Migration(migrations.Migration):
    """Payments go to the treasury in batches, and its answers are read as files with lines."""

    dependencies = [
        ("awards", "0022_snapshots_uncompressed"),
        ("enterprises", "0008_account_numbers_are_encrypted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(wait_for_what_is_being_sent, migrations.RunPython.noop),
        migrations.CreateModel(
            name="ResultFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("read", "待登记"),
                            ("booked", "已登记"),
                            ("unreadable", "不能读入"),
                            ("dropped", "已放弃"),
                        ],
                        default="read",
                        editable=False,
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("read_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="读入时间")),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="办结时间")),
            ],
            options={
                "verbose_name": "财政结果文件",
                "verbose_name_plural": "财政结果文件",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ResultLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="行号")),
                ("batch_number", models.CharField(blank=True, max_length=60, verbose_name="批次号")),
                ("reference", models.CharField(blank=True, max_length=60, verbose_name="支付流水号")),
                (
                    "amount",
                    foshan_quality.lib.money.YuanField(
                        decimal_places=2, max_digits=14, null=True, verbose_name="金额（元）"
                    ),
                ),
                ("said", models.CharField(blank=True, max_length=4, verbose_name="财政结果")),
                ("day", models.DateField(null=True, verbose_name="日期")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="财政说明")),
                ("text", models.TextField(verbose_name="原文")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("settled", "到账"),
                            ("returned", "退汇"),
                            ("repeated", "已登记过，不再登记"),
                            ("difference", "有差异，不登记"),
                        ],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=400, verbose_name="差异")),
                ("booked_at", models.DateTimeField(editable=False, null=True, verbose_name="登记时间")),
                ("resolved_at", models.DateTimeField(editable=False, null=True, verbose_name="处理时间")),
                ("resolution", models.CharField(blank=True, editable=False, max_length=300, verbose_name="处理情况")),
            ],
            options={
                "verbose_name": "财政结果明细",
                "verbose_name_plural": "财政结果明细",
                "ordering": ["file", "number"],
            },
        ),
        migrations.CreateModel(
            name="TreasuryFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", foshan_quality.lib.secrecy.SecretBytesField(verbose_name="内容")),
            ],
            options={
                "verbose_name": "与财政交换的文件",
                "verbose_name_plural": "与财政交换的文件",
                "ordering": ["pk"],
            },
        ),
        migrations.RemoveField(
            model_name="disbursement",
            name="attempts",
        ),
        migrations.CreateModel(
            name="PaymentBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="批次号")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("serial", models.PositiveIntegerField(verbose_name="序号")),
                (
                    "payer",
                    models.CharField(
                        choices=[
                            ("city", "市级财政"),
                            ("440604", "禅城区财政"),
                            ("440605", "南海区财政"),
                            ("440606", "顺德区财政"),
                            ("440607", "三水区财政"),
                            ("440608", "高明区财政"),
                        ],
                        max_length=6,
                        verbose_name="支付方",
                    ),
                ),
                (
                    "layout",
                    models.CharField(choices=[("csv", "CSV"), ("xml", "XML")], max_length=4, verbose_name="版式"),
                ),
                (
                    "encoding",
                    models.CharField(choices=[("utf-8", "UTF-8"), ("gbk", "GBK")], max_length=6, verbose_name="编码"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("made", "待送出"), ("sent", "已送财政"), ("answered", "已全部答复")],
                        default="made",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("count", models.PositiveIntegerField(verbose_name="笔数")),
                (
                    "total",
                    foshan_quality.lib.money.YuanField(decimal_places=2, max_digits=14, verbose_name="合计（元）"),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("made_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="编制时间")),
                ("sent_at", models.DateTimeField(editable=False, null=True, verbose_name="送出时间")),
                ("receipt", models.CharField(blank=True, editable=False, max_length=80, verbose_name="财政回执")),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="送出次数")),
                ("problem", models.TextField(blank=True, editable=False, verbose_name="问题")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="编制人",
                    ),
                ),
            ],
            options={
                "verbose_name": "支付批次",
                "verbose_name_plural": "支付批次",
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="disbursement",
            name="batch",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="awards.paymentbatch",
                verbose_name="支付批次",
            ),
        ),
        migrations.AddConstraint(
            model_name="disbursement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("batch", None), ("state__in", ["sending", "sent", "paid", "returned"]), _connector="OR"
                ),
                name="in_a_batch_when_claimed",
            ),
        ),
        migrations.AddField(
            model_name="resultfile",
            name="closed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="办结人",
            ),
        ),
        migrations.AddField(
            model_name="resultfile",
            name="read_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="读入人",
            ),
        ),
        migrations.AddField(
            model_name="resultline",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="awards.resultfile",
                verbose_name="结果文件",
            ),
        ),
        migrations.AddField(
            model_name="resultline",
            name="payment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="awards.disbursement",
                verbose_name="拨付单",
            ),
        ),
        migrations.AddField(
            model_name="resultline",
            name="resolved_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="处理人",
            ),
        ),
        migrations.AddField(
            model_name="resultfile",
            name="file",
            field=models.OneToOneField(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="result",
                to="awards.treasuryfile",
            ),
        ),
        migrations.AddField(
            model_name="paymentbatch",
            name="file",
            field=models.OneToOneField(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="batch",
                to="awards.treasuryfile",
            ),
        ),
        migrations.AddConstraint(
            model_name="resultline",
            constraint=models.UniqueConstraint(fields=("file", "number"), name="one_result_per_line"),
        ),
        migrations.AddConstraint(
            model_name="resultline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("booked_at__isnull", False), ("outcome__in", ["settled", "returned"])),
                fields=("payment",),
                name="one_answer_per_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="resultline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome__in", ["settled", "returned"]), _negated=True),
                    models.Q(
                        ("amount__isnull", False),
                        ("day__isnull", False),
                        ("payment__isnull", False),
                        models.Q(("said", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="booked_line_has_its_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="resultline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "difference"), models.Q(("why", ""), _negated=True)),
                    models.Q(("outcome", "difference"), _negated=True),
                    _connector="OR",
                ),
                name="difference_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="resultline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolution", ""), ("resolved_at", None), ("resolved_by", None)),
                    models.Q(
                        ("outcome", "difference"),
                        ("resolved_at__isnull", False),
                        ("resolved_by__isnull", False),
                        models.Q(("resolution", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="difference_resolved_with_a_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="resultfile",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "dropped"), _negated=True), fields=("digest",), name="one_result_file"
            ),
        ),
        migrations.AddConstraint(
            model_name="resultfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("closed_by", None), ("state__in", ["read", "unreadable"])),
                    models.Q(
                        ("closed_at__isnull", False), ("closed_by__isnull", False), ("state__in", ["booked", "dropped"])
                    ),
                    _connector="OR",
                ),
                name="result_open_until_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentbatch",
            constraint=models.UniqueConstraint(fields=("year", "serial"), name="one_batch_per_serial"),
        ),
        migrations.AddConstraint(
            model_name="paymentbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gte", 1), ("serial__gte", 1), ("total__gt", 0)), name="batch_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at", None), ("state", "made")),
                    models.Q(models.Q(("state", "made"), _negated=True), ("sent_at__isnull", False)),
                    _connector="OR",
                ),
                name="batch_sent_at_a_moment",
            ),
        ),
        migrations.RunSQL(KEEPS, LETS_GO),
    ]
