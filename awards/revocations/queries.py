from awards.resolutions.models import Honour
from awards.subsidies.clawbacks.models import Clawback

from .models import Revocation


def revocable_honours():
    """Honours in force whose holder is on the portal, newest first. One query."""
    honours = Honour.objects.in_force().filter(organisation__isnull=False)
    return honours.select_related("kind", "organisation").order_by("-year", "kind", "organisation_name")


def told_case(application):
    """The newest case the applicant knows of, with its statements, or None. Two queries."""
    told = Revocation.objects.told().filter(honour__application=application)
    return told.select_related("honour__organisation", "honour__kind").prefetch_related("statements__file").first()


def clawbacks_of(honour):
    """What is owed back for an honour, one for each payment of it. One query."""
    return list(Clawback.objects.filter(disbursement__entitlement__honour=honour).order_by("pk"))


def owes(clawbacks):
    """What the holder still owes, in one sentence; empty where nothing is."""
    if not clawbacks:
        return ""
    owed, received, reduced, left = (
        sum(getattr(clawback, name) for clawback in clawbacks)
        for name in ("owed", "received", "reduced", "outstanding")
    )
    less = f"，经批准减免 {reduced:,} 元" if reduced else ""
    if not left:
        return f"应退回奖金 {owed:,} 元{less}，已全部结清，没有后续事项。"
    came = f"，已退回 {received:,} 元" if received else ""
    until = min(clawback.due_on for clawback in clawbacks if clawback.outstanding)
    return f"应在 {until} 前退回奖金 {owed:,} 元{less}{came}，尚有 {left:,} 元。"
