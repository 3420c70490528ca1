from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.db import transaction

from awards.applications.actions import tell_members
from awards.programmes.models import Edition
from awards.resolutions.models import Honour
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake, wake_group
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import ordinal
from foshan_quality.permissions import Permission

from . import queries, rendering, sealing
from .models import Certificate, CertificateBatch, CertificateTemplate, Replacement, storage_name
from .wording import problems_of, worded

DRAW, DRAW_TOGETHER = "awards.certificates.tasks.draw_certificate", "awards.certificates.tasks.draw_certificates"
BUNDLE = 20  # drawn together by one worker; a smaller batch is parted in four, so that all workers have some
NO_TEMPLATE = "本届还没有启用的证书版式，请先在“证书版式”中启用。没有编号。"


# --- issuing ------------------------------------------------------------------------------------------


def issue(edition, *, by):
    """Number and queue what has no certificate yet, as `start`; the certificates of the batch in order."""
    return list(start(edition, by=by).certificates.order_by("sequence", "turn"))


@transaction.atomic
def start(edition, *, by):
    """Number a certificate for every honour of the edition that has none, and start drawing them as one batch.

    Numbers are gap-free under the edition's row lock. What was stopped goes on with it. While a batch runs, a second
    start joins it. Refused before the resolution is in force, without a template in use, and where a printed
    character is in no font: then nothing is numbered and every such name is told with its characters.
    """
    permit(by, Permission.CERTIFICATE_ISSUE, edition)
    locked = Edition.objects.select_for_update(of=("self",)).select_related("programme__honour_kind").get(pk=edition.pk)
    if locked.state != Edition.State.AWARDED:
        raise WrongState(f"{locked}现为“{locked.get_state_display()}”，批准文件生效后才能签发证书。没有改动任何内容。")
    if running := queries.running_batch(locked):
        return running
    honours = (
        Honour.objects.in_force()
        .filter(resolution__edition=locked, certificate=None)
        .select_related("kind", "resolution", "application")
        .order_by("application__number", "pk")
    )
    stopped = locked.certificates.filter(state=Certificate.State.STOPPED)
    if not honours and not stopped:
        raise Refused(["本届获奖单位的证书都已签发，没有需要新签发的。"])
    template = _usable_template(locked)
    if problems := [problem for honour in honours for problem in _unprintable(honour, locked, template)]:
        raise Refused(problems)
    batch = CertificateBatch.objects.create(edition=locked, started_at=clock.now(), started_by=by)
    resumed = list(stopped.values_list("number", flat=True))
    stopped.update(state=Certificate.State.QUEUED, attempts=0, batch=batch)
    issued = [_number(honour, locked, by, template, batch=batch) for honour in honours]
    locked.save(update_fields=["last_certificate"])
    details = {"numbers": [c.number for c in issued]} | ({"resumed": resumed} if resumed else {})
    audit.record(by=by, verb="issue_certificates", target=locked, details=details)
    wake_batch(batch)
    return batch


def _usable_template(edition):
    """The template in use; refused where there is none, or no key to sign with."""
    try:
        sealing.service().signer()
    except ImproperlyConfigured as unusable:
        raise Refused([f"{unusable}没有编号。"]) from unusable
    template = queries.template_for(edition)
    if template is None:
        raise Refused([NO_TEMPLATE])
    return template


def _unprintable(honour, edition, template, name=None):
    """The problem of a name no font can print, told with its characters before any number is given out."""
    unnumbered = Certificate(
        honour=honour, edition=edition, template=template, number=_next_number(edition),
        printed_name=name or honour.organisation_name,
    )  # fmt: skip
    lacking = rendering.missing(face_of(unnumbered))
    named = "、".join(f"{c if c.isprintable() else '□'}（U+{ord(c):04X}）" for c in lacking)
    text = f"{unnumbered.printed_name}：字体中没有{named}。请补充字体后再签发。没有编号。"
    return [Problem("glyphs", text)] if lacking else []


def _next_number(edition):
    form = edition.programme.certificate_form
    return form.format(year=edition.year, ordinal=edition.ordinal, sequence=edition.last_certificate + 1)


def _number(honour, edition, by, template, *, batch=None, name=None, **kept):
    """A new row with the next number; `kept` are sequence, turn and number of the certificate it replaces."""
    number = _next_number(edition)
    if not kept:
        edition.last_certificate += 1
        kept = {"sequence": edition.last_certificate, "number": number}
    return Certificate.objects.create(
        honour=honour,
        valid_for=honour,
        edition=edition,
        batch=batch,
        template=template,
        printed_name=name or honour.organisation_name,
        issued_at=clock.now(),
        issued_by=by,
        **kept,
    )


def wake_batch(batch):
    """Send the batch's queued certificates to the workers, a bundle to a message."""
    queued = list(batch.certificates.filter(state=Certificate.State.QUEUED).values_list("pk", flat=True))
    size = max(1, min(BUNDLE, -(-len(queued) // 4)))
    wake_group(DRAW_TOGETHER, [queued[i : i + size] for i in range(0, len(queued), size)])


@transaction.atomic
def stop(batch, *, by):
    """Stop a batch: what is not drawn yet keeps its number and waits for another start. Refused when all is drawn."""
    permit(by, Permission.CERTIFICATE_ISSUE, batch.edition)
    locked = CertificateBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    waiting = locked.certificates.filter(state=Certificate.State.QUEUED).select_for_update(of=("self",))
    numbers = [certificate.number for certificate in waiting.order_by("pk")]
    if not numbers:
        raise WrongState(f"{locked}已经没有待生成的证书，不用停止。没有改动任何内容。")
    locked.certificates.filter(state=Certificate.State.QUEUED).update(state=Certificate.State.STOPPED)
    locked.stopped_at, locked.stopped_by = clock.now(), by
    locked.save(update_fields=["stopped_at", "stopped_by"])
    audit.record(by=by, verb="stop_certificates", target=locked, details={"numbers": numbers})
    return locked


# --- drawing ------------------------------------------------------------------------------------------


def draw(certificate, *, by):
    """Draw and sign one PDF and keep it with its digest. A certificate drawn meanwhile raises WrongState."""
    return keep(certificate, rendering.draw(face_of(certificate)), by=by)


def keep(certificate, page, *, by):
    """Sign a drawn page and keep it with its digest; the winner is told. Drawn meanwhile, it raises WrongState."""
    seal = sealing.service()
    reason = f"签发证书 {certificate.number}，核验码 {certificate.code}"
    pdf = seal.sign(page, reason=reason, moment=clock.now())
    with Certificate.workflow.move(certificate, "draw", by=by, read=_with_application) as locked:
        name = storage_name(locked, "")
        locked.pdf.storage.delete(name)  # of a worker that died before it could commit
        locked.pdf.save(name, ContentFile(pdf), save=False)
        locked.digest, locked.pages = seal.digest(pdf), 1
        locked.signer, locked.is_demo_key = seal.signer()
        locked.drawn_at, locked.problem = clock.now(), ""
        if locked.honour.application:
            tell_members(locked.honour.application, "certificate_ready", matter=f"certificate-{locked.pk}")
    return locked


def _with_application(pk):
    rows = Certificate.objects.select_related("honour__application__organisation")
    return rows.select_for_update(of=("self",)).get(pk=pk)


def face_of(certificate):
    """What is printed on a certificate, as plain values."""
    return rendering.Face(
        wording=wording_of(certificate),
        number=certificate.number,
        organisation=certificate.printed_name,
        verify_url=certificate.verify_url,
        verify_code=certificate.code,
    )


def wording_of(certificate):
    """The words a certificate shares with the others of its template, placeholders filled in, as plain values."""
    honour, edition = certificate.honour, certificate.edition
    template = certificate.template or queries.template_for(edition)
    values = {
        "resolution": honour.resolution.number,
        "edition": f"第{ordinal(edition.ordinal)}届（{edition.year}年）",
        "honour": honour.kind.name,
        "year": f"{edition.year}年",
        "issuer": settings.ISSUER_NAME,
    }
    return worded(
        template,
        values,
        issued_on=honour.resolution.issued_on,
        is_rehearsal=edition.is_rehearsal,
        is_demo_key=sealing.service().signer()[1],
    )


def park(certificate, *, by, problem):
    """Put a certificate that cannot be drawn aside, with the reason, for staff to see."""
    with Certificate.workflow.move(certificate, "park", by=by, note=problem) as locked:
        locked.problem = problem
    return locked


def retry(certificate, *, by):
    """Queue a parked or stopped certificate again; its number and code stay."""
    with Certificate.workflow.move(certificate, "retry", by=by) as locked:
        locked.attempts, locked.problem = 0, ""
        wake(DRAW, locked.pk)
    return locked


@transaction.atomic
def log_download(certificate, *, by):
    """Who took the file, in the trail."""
    audit.record(by=by, verb="download_certificate", target=certificate)


# --- another certificate in place of one --------------------------------------------------------------


@transaction.atomic
def propose_replacement(certificate, *, by, kind, reason, printed_name="", document=""):
    """Propose a new certificate in place of one: lost or damaged, or with the name corrected.

    Refused for a certificate that is replaced, revoked or not drawn, while a proposal is open, and for a correction
    that corrects nothing or names no paper.
    """
    permit(by, Permission.CERTIFICATE_ISSUE, certificate.edition)
    locked = Certificate.objects.select_for_update(of=("self",)).select_related("honour").get(pk=certificate.pk)
    name = (printed_name or locked.printed_name).strip()
    problems = _irreplaceable(locked)
    if locked.replacements.filter(state=Replacement.State.PROPOSED).exists():
        problems.append(Problem("open", "这张证书已有一项换发或更正待核对。没有保存。"))
    if kind == Replacement.Kind.CORRECTION:
        if name == locked.printed_name:
            problems.append(Problem("printed_name", "请填写更正后的单位名称；与证书上相同。没有保存。", "printed_name"))
        if not document.strip():
            problems.append(Problem("document", "更正须写明依据材料，例如登记机关的证明。", "document"))
    elif name != locked.printed_name:
        problems.append(Problem("printed_name", "换发的内容不变；名称有误的，请选“更正”。", "printed_name"))
    if problems:
        raise Refused(problems)
    proposal = Replacement.objects.create(
        old=locked,
        kind=kind,
        printed_name=name,
        reason=reason,
        document=document,
        proposed_at=clock.now(),
        proposed_by=by,
    )
    audit.record(by=by, verb="propose_replacement", target=proposal, note=reason)
    return proposal


def _irreplaceable(certificate):
    if certificate.state != Certificate.State.DRAWN:
        return [Problem("drawn", "这张证书还没有生成，不用换发。")]
    if certificate.standing == Certificate.Standing.REVOKED:
        return [Problem("revoked", "该荣誉已撤销，不能再发证书。")]
    if certificate.standing == Certificate.Standing.REPLACED:
        return [Problem("replaced", "这张证书已被新证书替换，请在新证书上办理。")]
    return []


@transaction.atomic
def confirm_replacement(replacement, *, by):
    """A second person confirms: the old certificate gives way to a new one, which is drawn at once.

    The number follows the template in use. Refused where the certificate can no longer be replaced, or a character
    of the name is in no font.
    """
    Edition.objects.select_for_update(of=("self",)).get(pk=replacement.old.edition_id)
    with Replacement.workflow.move(replacement, "confirm_replacement", by=by, read=_with_old) as locked:
        if locked.proposed_by_id == by.pk:
            raise Refused([Problem("two_people", "提出人不能自己核对，请由另一名工作人员办理。没有换发。")])
        edition = Edition.objects.select_related("programme__honour_kind").get(pk=locked.old.edition_id)
        old = Certificate.objects.select_for_update(of=("self",)).select_related("honour").get(pk=locked.old_id)
        is_same = locked.kind == Replacement.Kind.REISSUE
        template = _usable_template(edition)
        printed = (old.template or template) if is_same else template
        problems = _irreplaceable(old) + _unprintable(locked.old.honour, edition, printed, locked.printed_name)
        if problems:
            raise Refused(problems)
        Certificate.objects.filter(pk=old.pk).update(valid_for=None)
        kept = _kept_number(old) if template.renumbering == CertificateTemplate.Renumbering.KEEP else {}
        new = _number(old.honour, edition, by, printed, name=locked.printed_name, **kept)
        edition.save(update_fields=["last_certificate"])
        locked.new, locked.decided_at, locked.decided_by = new, clock.now(), by
        wake(DRAW, new.pk)
    return locked


def _with_old(pk):
    rows = Replacement.objects.select_related("old__honour__resolution", "old__honour__kind", "old__template")
    return rows.select_for_update(of=("self",)).get(pk=pk)


def _kept_number(old):
    base = old.number.partition("（换发")[0]
    return {"sequence": old.sequence, "turn": old.turn + 1, "number": f"{base}（换发{old.turn + 1}）"}


def drop_replacement(replacement, *, by, reason):
    """Drop a proposal nobody has confirmed; the certificate stays as it is."""
    with Replacement.workflow.move(replacement, "drop_replacement", by=by, note=reason) as locked:
        locked.decided_at, locked.decided_by = clock.now(), by
    return locked


# --- templates ----------------------------------------------------------------------------------------

SENTENCES = ("title", "opening", "middle", "honour_line", "note")


@transaction.atomic
def propose_template(*, by, programme, edition=None, **words):
    """Propose another version of a programme's certificate, or of one edition's. Refused for unknown placeholders and
    characters no font has.
    """
    permit(by, Permission.CERTIFICATE_ISSUE)
    problems = problems_of({name: words.get(name, "") for name in SENTENCES})
    if edition and edition.programme_id != programme.pk:
        problems.append(Problem("edition", "所选届次不属于这个奖项。", "edition"))
    sentences = "".join(words.get(name, "") for name in SENTENCES)
    if lacking := rendering.printing.missing_glyphs(sentences):
        problems.append(Problem("glyphs", f"字体中没有这些字：{lacking}。"))
    if problems:
        raise Refused(problems)
    type(programme).objects.select_for_update(of=("self",)).get(pk=programme.pk)
    version = programme.certificate_templates.count() + 1
    template = CertificateTemplate.objects.create(
        programme=programme, edition=edition, version=version, proposed_at=clock.now(), proposed_by=by, **words
    )
    audit.record(by=by, verb="propose_template", target=template)
    return template


def adopt_template(template, *, by):
    """A second person puts a template into use for what is numbered from now on."""
    with CertificateTemplate.workflow.move(template, "adopt_template", by=by) as locked:
        if locked.proposed_by_id == by.pk:
            raise Refused([Problem("two_people", "提出人不能自己核对，请由另一名工作人员办理。没有启用。")])
        locked.decided_at, locked.decided_by = clock.now(), by
    return locked


def drop_template(template, *, by, reason):
    """Drop a proposed template."""
    with CertificateTemplate.workflow.move(template, "drop_template", by=by, note=reason) as locked:
        locked.decided_at, locked.decided_by = clock.now(), by
    return locked
