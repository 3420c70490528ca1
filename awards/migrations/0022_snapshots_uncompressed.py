from django.db import migrations


class Migration(migrations.Migration):
    """A submitted dossier is kept as it is: packing it took a fifth of what PostgreSQL does for a submission."""

    dependencies = [("awards", "0021_ranking_paper_progress")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE awards_snapshot ALTER COLUMN content SET STORAGE EXTERNAL",
            "ALTER TABLE awards_snapshot ALTER COLUMN content SET STORAGE EXTENDED",
        )
    ]
