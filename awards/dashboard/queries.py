from django.db.models import Exists, OuterRef

from awards.certificates.models import Certificate
from awards.programmes.queries import public_editions
from awards.publicity.models import Objection
from awards.resolutions.models import Honour
from awards.subsidies.models import Budget, Disbursement, Entitlement

from .figures import PAYMENTS


def season_applications(edition):
    """Every application of the edition with its organisation, in order of number, each told whether its honour
    `is_revoked`. One query."""
    revoked = Honour.objects.filter(application=OuterRef("pk"), revoked_on__isnull=False)
    applications = edition.applications.select_related("organisation").annotate(is_revoked=Exists(revoked))
    return list(applications.order_by("number", "pk"))


def certificates(edition):
    """The edition's numbered certificates with their honours, those replaced left out. One query."""
    return list(Certificate.objects.filter(edition=edition).exclude(valid_for=None).select_related("honour"))


def open_objections(edition):
    """Objections not decided yet, each with the name it is about; never who objected. One query."""
    return list(
        Objection.objects.filter(notice__edition=edition, state=Objection.State.RECEIVED)
        .select_related("application__organisation")
        .defer("objector", "contact", "grounds")
        .order_by("received_at")
    )


def waiting_entitlements():
    """Special payments waiting for a leader. One query."""
    return list(
        Entitlement.objects.filter(state=Entitlement.State.ENTERED)
        .select_related("honour__kind", "entered_by")
        .order_by("entered_at")
    )


def budget_years():
    """The years with money entered, newest first. One query."""
    return list(Budget.objects.order_by("-year").values_list("year", flat=True).distinct())


def budgets(year):
    """The year's funds. One query."""
    return list(Budget.objects.filter(year=year).order_by("fund"))


def payments(year, slug=None):
    """The year's payments, of one kind if named, each with whose it is, the two officers and what of it is owed back.
    One query."""
    wanted = Disbursement.objects.filter(budget__year=year)
    if slug:
        wanted = wanted.filter(state__in=PAYMENTS[slug].states)
    return list(
        wanted.select_related("budget", "entitlement__honour__kind", "prepared_by", "approved_by", "clawback").order_by(
            "pk"
        )
    )


def clawbacks(payments):
    """What is owed back of these payments. No query after `payments`."""
    return [payment.clawback for payment in payments if hasattr(payment, "clawback")]


def editions():
    """The editions a leader may look at, newest first. One query."""
    return list(public_editions())
