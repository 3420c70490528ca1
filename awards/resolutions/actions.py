from django.db import transaction

from awards.applications.actions import tell_members
from awards.process import APPLICATION, State
from awards.programmes.models import Edition
from awards.publicity.actions import still_open
from awards.standing.actions import problems_with
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import is_document_number
from foshan_quality.permissions import Permission

from .comparing import compare, problems_of
from .models import Honour, Resolution
from .queries import candidates
from .scan_actions import store_scan


@transaction.atomic
def enter(edition, *, by, number, title, issued_on, names, upload, issuer="佛山市人民政府", fewer_because=""):
    """Enter the government's document from its sealed original: its scan, and the names it lists.

    Refused while the notice is not settled, and where the names are not those of the proposed list: none may be
    new, and fewer want a reason.
    """
    permit(by, Permission.RESOLUTION_ENTER, edition)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    problems = still_open(locked) + list(_document_problems(locked, number, issued_on))
    problems += problems_of(compare(names, candidates(locked)), fewer_because=fewer_because)
    if not upload:
        problems.append(Problem("scan", "请上传批准文件的扫描件。没有保存。", "upload"))
    if problems:
        raise Refused(problems)
    resolution = Resolution.objects.create(
        edition=locked,
        number=number,
        title=title,
        issuer=issuer,
        issued_on=issued_on,
        names=names,
        fewer_because=fewer_because.strip(),
        scan=store_scan(upload, by=by),
        entered_by=by,
        entered_at=clock.now(),
    )
    details = {"names": names, "sha256": resolution.scan.digest}
    audit.record(by=by, verb="enter_resolution", target=resolution, note=fewer_because, details=details)
    return resolution


def _document_problems(edition, number, issued_on):
    others = Resolution.objects.exclude(state=Resolution.State.DROPPED)
    if not is_document_number(number):
        yield Problem("number", "文号应写作“佛府〔2021〕3号”的形式：六角括号、四位年份、序号不补零。", "number")
    if issued_on > clock.today():
        yield Problem("issued_on", "成文日期晚于今天。", "issued_on")
    if others.filter(edition=edition).exists():
        yield Problem("twice", "本届已录入批准文件。")
    if others.filter(number=number).exists():
        yield Problem("number_twice", f"文号 {number} 已被录入。", "number")


def confirm(resolution, *, by):
    """A second person confirms the entry against the original; only now are there honours.

    Refused while the notice is not settled, where the proposed list has changed since the entry, and while a credit
    record that two people have not excluded stands in the way of a name. Whom the document leaves out is not approved.
    """
    with Resolution.workflow.move(resolution, "confirm", by=by) as locked:
        if locked.entered_by_id == by.pk:
            raise Refused([Problem("two_people", "录入人不能自己核对，请由另一名工作人员与原件核对。没有生效。")])
        compared = compare(locked.names, candidates(locked.edition))
        approved = dict(compared.both)
        proposed = locked.edition.applications.filter(state=State.PUBLICISED).select_related("organisation")
        problems = still_open(locked.edition) + problems_of(compared, fewer_because=locked.fewer_because)
        problems += problems_with(proposed.filter(pk__in=approved).order_by("number"), judges=2)
        if problems:
            raise Refused(problems)
        locked.confirmed_at, locked.confirmed_by = clock.now(), by
        locked.save()
        Edition.objects.select_for_update(of=("self",)).get(pk=locked.edition_id)
        for application in proposed.select_for_update(of=("self",)):
            if application.pk in approved:
                _grant(application, locked, by, approved[application.pk])
            else:
                _leave_out(application, locked, by)
        with Edition.workflow.move(locked.edition, "award", by=by):
            pass
    return locked


def _leave_out(application, resolution, by):
    with APPLICATION.move(application, "not_approve", by=by, note=resolution.fewer_because) as locked:
        tell_members(locked, "not_approved", matter=locked.pk, document=resolution.number)


def _grant(application, resolution, by, name):
    edition = application.edition
    with APPLICATION.move(application, "honour", by=by, note=resolution.number) as locked:
        Honour.objects.create(
            kind=edition.programme.honour_kind,
            year=edition.year,
            organisation_name=name,
            organisation=locked.organisation,
            application=locked,
            resolution=resolution,
            announced_on=resolution.issued_on,
            source=str(resolution),
            is_rehearsal=edition.is_rehearsal,
        )
        tell_members(
            locked,
            "honour_granted",
            matter=locked.pk,
            resolution=resolution.number,
            organisation=name,
            honour=str(edition),
        )


def drop(resolution, *, by, reason):
    """Drop a wrong entry that nobody has confirmed."""
    with Resolution.workflow.move(resolution, "drop", by=by, note=reason) as locked:
        pass
    return locked
