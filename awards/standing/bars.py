"""For how many editions a revocation bars a firm, and how that is said. Pure."""

from foshan_quality.lib.words import ordinal

FRAUD, RETURNED = "fraud", "returned"


def editions_barred(cause: str, rules: dict) -> int:
    """How many editions follow from the cause, by the edition's own rules; giving back by oneself bars from none."""
    if cause == RETURNED:
        return 0
    return rules["bar_fraud"] if cause == FRAUD else rules["bar_other"]


def said(reason: str, place: int, editions: int, number: int) -> str:
    """Why a firm may not apply in edition `number`, the `place`-th (from 1) of so many it is barred from."""
    last = ordinal(number + editions - place)
    until = f"此后 {editions} 届不得申报，本届是其中第 {place} 届，至第{last}届为止。"
    return f"{reason}{until}没有办理；如有疑问请联系秘书处。"
