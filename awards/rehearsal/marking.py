"""The marks and remarks an expert gives in a rehearsal: scattered as real ones are, and never outside the rules."""

import random
import tomllib
from pathlib import Path

STEP = 5
BANDS = (0, 10, 30, 50, 70, 90)  # the lowest percentage of each band
RESULTS_CLAUSE = "4.7"

_BANK = tomllib.loads((Path(__file__).parent / "comments.toml").read_text(encoding="utf-8"))


def percentages(*, enterprise_calibre: float, expert_severity: float, items: list[dict], seed) -> dict[str, int]:
    """Give a percentage for every item: on average 45 % for the weakest calibre to 85 % for the best.

    `expert_severity` runs from -1 (generous) to 1 (severe) and is worth about six points either way. What an
    enterprise is good and bad at is the same for all its experts; the rest of the scatter is this expert's own.
    """
    return {item["code"]: _percentage(enterprise_calibre, expert_severity, item, seed) for item in items}


def comments(item: dict, percentage: int, rng: random.Random) -> tuple[str, str]:
    """Give a strength and an opportunity for improvement in the tone of the band the percentage falls in."""
    kind = item.get("kind") or ("results" if item["code"].startswith(RESULTS_CLAUSE) else "process")
    bank = _BANK[kind][str(max(low for low in BANDS if low <= percentage))]
    praised, lacking = rng.sample(_BANK["focus"].get(item["code"], [item["title"]] * 2), 2)
    return (
        rng.choice(bank["strength"]).format(focus=praised),
        rng.choice(bank["improvement"]).format(focus=lacking),
    )


def _percentage(calibre: float, severity: float, item: dict, seed) -> int:
    """Draw one percentage in steps of five."""
    shared = random.Random(f"{calibre}-{item['code']}").gauss(0, 6)
    own = random.Random(f"{seed}-{calibre}-{item['code']}").gauss(0, 5)
    centre = 45 + 40 * calibre - 6 * severity
    return min(100, max(0, STEP * round((centre + shared + own) / STEP)))
