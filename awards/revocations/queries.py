from awards.resolutions.models import Honour
from awards.subsidies.clawback_models import Clawback

from .models import Revocation


def revocable_honours():
    """Honours in force whose holder is on the portal, newest first. One query."""
    honours = Honour.objects.in_force().filter(organisation__isnull=False)
    return honours.select_related("kind", "organisation").order_by("-year", "kind", "organisation_name")


def told_case(application):
    """The newest case the applicant knows of, with its statements, or None. Two queries."""
    told = Revocation.objects.told().filter(honour__application=application)
    return told.select_related("honour__organisation", "honour__kind").prefetch_related("statements__file").first()


def clawback_of(honour):
    """What is owed back for an honour, or None. One query."""
    return Clawback.objects.filter(disbursement__entitlement__honour=honour).first()


def owes(clawback):
    """What the holder still owes, in one sentence; empty where nothing is."""
    if clawback is None:
        return ""
    if not clawback.outstanding:
        return f"应退回奖金 {clawback.owed:,} 元，已全部退回，没有后续事项。"
    came = f"，已退回 {clawback.received:,} 元" if clawback.received else ""
    return f"应在 {clawback.due_on} 前退回奖金 {clawback.owed:,} 元{came}，尚有 {clawback.outstanding:,} 元。"
