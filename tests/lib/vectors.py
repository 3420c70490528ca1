import csv
from pathlib import Path

SHELF = Path(__file__).parents[1] / "data"


def vectors(name):
    """The lines of one file of known answers, as dicts."""
    with (SHELF / f"vectors_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
