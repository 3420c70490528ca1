"""Public history: past laureates with their sources, and published quality targets."""

import csv
from datetime import date
from pathlib import Path

from awards.programmes.models import HonourKind
from awards.resolutions.models import Honour
from foshan_quality.lib.money import yuan

from .models import Target

SHELF = Path(__file__).parent / "data"


def load_history():
    """Past laureates as publicly reported; those already there stay."""
    for row in rows_of("laureates.csv"):
        Honour.objects.get_or_create(
            kind=HonourKind.objects.get(name=row["honour"]),
            year=int(row["edition_year"]),
            organisation_name=row["organisation"],
            resolution=None,
            defaults={
                "announced_on": date.fromisoformat(row["announced_on"]) if row["announced_on"] else None,
                "reported_amount": yuan(row["amount_yuan"]) if row["amount_yuan"] else None,
                "source": row["source"],
                "note": row["note"],
            },
        )
    return f"历届获奖记录 {Honour.objects.filter(resolution=None).count()} 条"


def load_targets():
    """Published targets with their due year and source; those already there stay."""
    for row in rows_of("targets.csv"):
        Target.objects.get_or_create(
            indicator=row["indicator"],
            due_year=int(row["due_year"]),
            defaults={
                "comparison": row["comparison"],
                "value": row["value"],
                "unit": row["unit"],
                "source": row["source"],
                "counted_from": row["computable_from"],
            },
        )
    return f"质量目标 {Target.objects.count()} 项"


def rows_of(name):
    """The rows of one file of the shelf, as dicts."""
    with (SHELF / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
