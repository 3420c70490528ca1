from django.db import migrations, models


class Migration(migrations.Migration):
    """A batch that is not to be sent again by itself says so, and its tries are counted as they were."""

    dependencies = [("awards", "0031_results_by_hand_take_two")]

    operations = [
        migrations.AddField(
            model_name="paymentbatch",
            name="is_parked",
            field=models.BooleanField(default=False, editable=False, verbose_name="不再自动送出"),
        ),
    ]
