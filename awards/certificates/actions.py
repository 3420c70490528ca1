from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from awards.applications.actions import tell_members
from awards.programmes.models import Edition
from awards.resolutions.models import Honour
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.words import ordinal
from foshan_quality.permissions import Permission

from . import rendering, signing
from .models import Certificate

DRAW = "awards.certificates.tasks.draw_certificate"


@transaction.atomic
def issue(edition, *, by):
    """Number a certificate for every honour of the edition that has none; drawing follows by task.

    Numbers are gap-free under the edition's row lock. Refused before the resolution is in force.
    """
    permit(by, Permission.CERTIFICATE_ISSUE, edition)
    locked = Edition.objects.select_for_update(of=("self",)).select_related("programme").get(pk=edition.pk)
    honours = (
        Honour.objects.in_force().filter(resolution__edition=locked, certificate=None).order_by("application__number")
    )
    if locked.state != Edition.State.AWARDED:
        raise WrongState(f"{locked}现为“{locked.get_state_display()}”，批准文件生效后才能签发证书。没有改动任何内容。")
    if not honours:
        raise Refused(["本届获奖单位的证书都已签发，没有需要新签发的。"])
    issued = [_number(honour, locked, by) for honour in honours]
    locked.save(update_fields=["last_certificate"])
    audit.record(by=by, verb="issue_certificates", target=locked, details={"numbers": [c.number for c in issued]})
    return issued


def _number(honour, edition, by):
    edition.last_certificate += 1
    form = edition.programme.certificate_form
    certificate = Certificate.objects.create(
        honour=honour,
        edition=edition,
        sequence=edition.last_certificate,
        number=form.format(year=edition.year, ordinal=edition.ordinal, sequence=edition.last_certificate),
        issued_at=clock.now(),
        issued_by=by,
    )
    wake(DRAW, certificate.pk)
    return certificate


def draw(certificate, *, by):
    """Draw and sign the PDF and keep it with its digest. A certificate drawn meanwhile raises WrongState."""
    reason = f"签发证书 {certificate.number}，核验码 {certificate.code}"
    pdf = signing.sign(rendering.draw(face_of(certificate)), reason=reason, moment=clock.now())
    with Certificate.workflow.move(certificate, "draw", by=by) as locked:
        locked.pdf.save("certificate.pdf", ContentFile(pdf), save=False)
        locked.digest, locked.pages = signing.digest(pdf), 1
        locked.drawn_at, locked.problem = clock.now(), ""
        if locked.honour.application:
            tell_members(locked.honour.application, "certificate_ready", matter=f"certificate-{locked.pk}")
    return locked


def face_of(certificate):
    """What is printed on a certificate, as plain values."""
    honour, edition = certificate.honour, certificate.edition
    return rendering.Face(
        number=certificate.number,
        organisation=honour.organisation_name,
        honour=honour.kind.name,
        edition=f"第{ordinal(edition.ordinal)}届（{edition.year}年）",
        resolution=honour.resolution.number,
        issued_on=honour.resolution.issued_on,
        verify_url=certificate.verify_url,
        verify_code=certificate.code,
        issuer=settings.ISSUER_NAME,
        is_rehearsal=edition.is_rehearsal,
    )


def park(certificate, *, by, problem):
    """Put a certificate that cannot be drawn aside, with the reason, for staff to see."""
    with Certificate.workflow.move(certificate, "park", by=by, note=problem) as locked:
        locked.problem = problem
    return locked


def retry(certificate, *, by):
    """Queue a parked certificate again; its number and code stay."""
    with Certificate.workflow.move(certificate, "retry", by=by) as locked:
        locked.attempts, locked.problem = 0, ""
        wake(DRAW, locked.pk)
    return locked


@transaction.atomic
def log_download(certificate, *, by):
    """Who took the file, in the trail."""
    audit.record(by=by, verb="download_certificate", target=certificate)
