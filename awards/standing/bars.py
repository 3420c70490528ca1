"""For how many editions a revocation bars a firm, and how that is said. Pure."""

from foshan_quality.lib.words import ordinal

FRAUD, RETURNED = "fraud", "returned"


def editions_barred(cause: str, rules: dict) -> int:
    """How many editions follow from the cause, by the edition's own rules; giving back by oneself bars from none."""
    if cause == RETURNED:
        return 0
    return rules["bar_fraud"] if cause == FRAUD else rules["bar_other"]


def group_said(member: str, reason: str, place: int, editions: int, basis: str) -> str:
    """Why a firm cannot be accepted for a bar of another member of its group, and what to do where it is none."""
    return (
        f"同一集团的{member}受申报限制：{reason}本届规则（{basis}）规定限制及于集团成员，此后 {editions} 届，"
        f"本届是其中第 {place} 届。集团关系属实的请不予受理；单位登记的上级单位有误的，由单位更正后再办理。"
    )


def group_noted(member: str, reason: str, place: int, editions: int, ended: str = "") -> str:
    """What staff are told of a bar in the group that by itself keeps nobody out; `ended` is the link that is over."""
    why = f"集团关系的登记已有变更（{ended}）" if ended else "本届规则没有规定限制及于集团成员"
    return (
        f"同一集团的{member}受申报限制：{reason}此后 {editions} 届，本届是其中第 {place} 届。"
        f"{why}，这里只作提示，不影响受理；请核实两家单位的关系，并在审查意见中说明。"
    )


def said(reason: str, place: int, editions: int, number: int) -> str:
    """Why a firm may not apply in edition `number`, the `place`-th (from 1) of so many it is barred from."""
    last = ordinal(number + editions - place)
    until = f"此后 {editions} 届不得申报，本届是其中第 {place} 届，至第{last}届为止。"
    return f"{reason}{until}没有办理；如有疑问请联系秘书处。"
