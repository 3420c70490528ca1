"""What a rehearsal leaves behind, as plain values for JSON."""

from decimal import Decimal

from django.db.models import Count

from awards.certificates.models import Certificate
from awards.models import ScoreSheet
from awards.subsidies import ledger
from enterprises.audit.models import AuditEvent
from enterprises.audit.queries import broken_row

from .books import balance_of
from .settling import settled


def report(season):
    """The rehearsal's outcome; every sum is a decimal string in yuan or points."""
    edition = season.edition
    numbered = list(Certificate.objects.filter(edition=edition).order_by("sequence", "turn"))
    states = dict(edition.applications.values_list("state").annotate(Count("pk")).order_by("state"))
    paid = sum((p.amount for p in season.payments if p.state == "paid"), Decimal("0.00"))
    return {
        "edition": str(edition),
        "applications": sum(states.values()),
        "by_state": states,
        "score_sheets": ScoreSheet.objects.filter(
            assignment__application__edition=edition, submitted_at__isnull=False
        ).count(),
        "ranking": [
            {"place": r["place"], "number": r["number"], "organisation": r["organisation"], "total": r["mean"]}
            for r in season.ranking.rows
        ],
        "winners": [honour.organisation_name for honour in season.honours],
        "notice": _days(season.notice),
        "another_vote": {"organisation": season.proposed_again["organisation"], "notice": _days(season.notice_again)},
        "resolution": season.resolution.number,
        "supplement": {
            "number": season.supplement.number,
            "winners": [honour.organisation_name for honour in season.supplement.honours.all()],
        },
        "certificates": [_certificate(c) for c in numbered if c.valid_for_id],
        "replaced_certificates": [c.number for c in numbered if not c.valid_for_id],
        "disbursements": [_payment(p) for p in season.payments],
        "paid_total": str(paid),
        "revocation": _revocation(season.clawback),
        "settling": settled(season),
        "ledger_balanced": ledger.is_balanced(),
        "trial_balance": dict(balance_of(season)),
        "reconciliation": {
            "checks": season.reconciliation.checks,
            "differences": season.reconciliation.differences,
        },
        "audit": {"events": AuditEvent.objects.count(), "chain_ok": broken_row() is None},
        "seconds": season.voice.seconds(),
    }


def _days(notice):
    return {"from": notice.first_day.isoformat(), "to": notice.last_day.isoformat()}


def _certificate(certificate):
    return {
        "number": certificate.number,
        "organisation": certificate.printed_name,
        "pdf": certificate.pdf.path,
        "sha256": certificate.digest,
        "pages": certificate.pages,
        "verify_url": certificate.verify_url,
    }


def _revocation(clawback):
    honour = clawback.disbursement.entitlement.honour
    return {
        "organisation": honour.organisation_name,
        "document": honour.revoked_under,
        "owed": str(clawback.owed),
        "received": str(clawback.received),
    }


def _payment(payment):
    return {
        "organisation": payment.account.holder,
        "amount": str(payment.amount),
        "state": payment.state,
        "maker": str(payment.prepared_by),
        "checker": str(payment.approved_by),
        "basis": payment.document,
    }
