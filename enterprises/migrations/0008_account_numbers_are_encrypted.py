import django.db.models.deletion
from django.db import migrations, models

import foshan_quality.lib.secrecy
from foshan_quality.lib.secrecy import concealed, fingerprint, revealed


def conceal(apps, schema):
    """Encrypt what lies there in the clear, and mark it."""
    with schema.connection.cursor() as cursor:
        cursor.execute("SELECT id, number FROM enterprises_bankaccount")
        for pk, number in cursor.fetchall():
            cursor.execute(
                "UPDATE enterprises_bankaccount SET number = %s, mark = %s WHERE id = %s",
                [concealed(number), fingerprint(number), pk],
            )


def reveal(apps, schema):
    """Put the numbers back in the clear."""
    with schema.connection.cursor() as cursor:
        cursor.execute("SELECT id, number FROM enterprises_bankaccount")
        for pk, number in cursor.fetchall():
            cursor.execute("UPDATE enterprises_bankaccount SET number = %s WHERE id = %s", [revealed(number), pk])


class Migration(migrations.Migration):
    """Account numbers are stored encrypted, with a fingerprint that finds the same one, and a scan that proves it."""

    dependencies = [("enterprises", "0007_credit_records")]

    operations = [
        migrations.AddField(
            model_name="bankaccount",
            name="mark",
            field=models.CharField(db_index=True, default="", editable=False, max_length=64, verbose_name="账号指纹"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="proof",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="enterprises.storedfile",
            ),
        ),
        migrations.AlterField(
            model_name="bankaccount",
            name="number",
            field=foshan_quality.lib.secrecy.SecretField(verbose_name="账号"),
        ),
        migrations.RunPython(conceal, reveal),
    ]
