"""Published subsidy amounts with their basis and validity. Past versions stay."""

import csv
from datetime import date
from pathlib import Path

from awards.programmes.models import HonourKind
from foshan_quality.lib.money import yuan

from ..models import SubsidyRule

SHELF = Path(__file__).parent / "data"


def load_amounts():
    """Every line of the published tables; lines already there stay."""
    with (SHELF / "subsidy_amounts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            SubsidyRule.objects.get_or_create(
                kind=HonourKind.objects.get(name=row["honour"]),
                payer="city",
                valid_from=date.fromisoformat(row["valid_from"]),
                amount=yuan(row["amount_yuan"]),
                defaults={
                    "document": row["basis"],
                    "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                    "stacking": row["stacking"],
                    "combined": row["combined"].split("；") if row["combined"] else [],
                    "repeats": row["repeats"] == "1",
                    "stacking_basis": row["stacking_basis"],
                    "stacking_confirmed": row["stacking_confirmed"] == "1",
                    "is_special": row["is_special"] == "1",
                    "note": row["note"],
                },
            )
    return f"奖补标准 {SubsidyRule.objects.count()} 条"
