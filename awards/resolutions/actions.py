from django.db import transaction

from awards.applications.actions import tell_members
from awards.process import APPLICATION, State
from awards.programmes.models import Edition
from awards.publicity.actions import hold_list, still_open
from awards.publicity.queries import frozen
from awards.standing.actions import problems_with
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.words import is_document_number
from foshan_quality.permissions import Permission

from . import queries
from .comparing import compare, problems_of
from .models import Honour, Resolution, ResolutionLine
from .scan_actions import store_scan


@transaction.atomic
def enter(edition, *, by, number, title, issued_on, names, upload, issuer="佛山市人民政府", fewer_because=""):
    """Enter the government's document from its sealed original: its scan, and the names it lists.

    The first one awards the edition; a later one supplements it, for those who waited for the end of an examination.
    Refused while the notice is not settled, and where the names are not those of the proposed list: none may be
    new, none may still be examined, and fewer want a reason.
    """
    permit(by, Permission.RESOLUTION_ENTER, edition)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    first, waiting = queries.first_in_force(locked), _rows(frozen(locked))
    problems = still_open(locked) + list(_document_problems(locked, first, number, issued_on))
    problems += _name_problems(compare(names, queries.candidates(locked)), waiting, first, fewer_because)
    if not upload:
        problems.append(Problem("scan", "请上传批准文件的扫描件。没有保存。", "upload"))
    if problems:
        raise Refused(problems)
    resolution = Resolution.objects.create(
        edition=locked,
        supplements=first,
        number=number,
        title=title,
        issuer=issuer,
        issued_on=issued_on,
        names=names,
        waiting=waiting,
        fewer_because=fewer_because.strip(),
        scan=store_scan(upload, by=by),
        entered_by=by,
        entered_at=clock.now(),
    )
    details = {"names": names, "waiting": [row["name"] for row in waiting], "sha256": resolution.scan.digest}
    audit.record(by=by, verb="enter_resolution", target=resolution, note=fewer_because, details=details)
    return resolution


def _rows(applications):
    return [{"application": a.pk, "name": a.organisation.name} for a in applications]


def _name_problems(compared, waiting, first, fewer_because):
    names = [row["name"] for row in waiting]
    return problems_of(compared, fewer_because=fewer_because, waiting=names, may_be_empty=first is not None)


def _document_problems(edition, first, number, issued_on):
    others = Resolution.objects.exclude(state=Resolution.State.DROPPED)
    if not is_document_number(number):
        yield Problem("number", "文号应写作“佛府〔2021〕3号”的形式：六角括号、四位年份、序号不补零。", "number")
    if issued_on > clock.today():
        yield Problem("issued_on", "成文日期晚于今天。", "issued_on")
    if first and issued_on < first.issued_on:
        yield Problem("issued_on", f"补充批准的成文日期早于首次批准（{first.issued_on}）。", "issued_on")
    if others.filter(edition=edition, state=Resolution.State.ENTERED).exists():
        yield Problem("twice", "本届已录入批准文件，尚未核对。")
    if first and not edition.applications.filter(state=State.PUBLICISED).exists():
        yield Problem("complete", f"本届拟奖单位已全部审定（{first.number}），没有需要补充批准的。")
    if others.filter(number=number).exists():
        yield Problem("number_twice", f"文号 {number} 已被录入。", "number")


def confirm(resolution, *, by):
    """A second person confirms the entry against the original; only now are there honours.

    Refused while the notice is not settled, where the proposed list has changed since the entry, where a name is
    examined again, and while a credit record that two people have not excluded stands in the way of one. Whom the
    document leaves out is not approved; whoever waited when it was entered goes on waiting for the next one.
    """
    with Resolution.workflow.move(resolution, "confirm", by=by) as locked:
        if locked.entered_by_id == by.pk:
            raise Refused([Problem("two_people", "录入人不能自己核对，请由另一名工作人员与原件核对。没有生效。")])
        named = dict(queries.comparison_of(locked).both)
        listed = locked.edition.applications.filter(pk__in=named).select_related("organisation").order_by("number")
        credit = problems_with(listed, judges=2)  # waits for records coming in, so before the rows are locked
        edition = Edition.objects.select_for_update(of=("self",)).get(pk=locked.edition_id)
        hold_list(edition)
        compared = queries.comparison_of(locked)
        problems = still_open(edition)
        problems += _name_problems(compared, _rows(frozen(edition)), locked.supplements, locked.fewer_because)
        if problems or credit:
            raise Refused(problems + credit)
        locked.confirmed_at, locked.confirmed_by = clock.now(), by
        _decide(locked, edition, compared, by)
        if locked.supplements is None:
            with Edition.workflow.move(edition, "award", by=by):
                pass
    return locked


def _decide(resolution, edition, compared, by):
    """Whom the document names is honoured, whom it leaves out is not approved, the others wait and are told so."""
    approved, left_out = dict(compared.both), {candidate.key: candidate.name for candidate in compared.missing}
    publicised = edition.applications.filter(state=State.PUBLICISED).select_related("organisation").order_by("number")
    decided, waiting = [], []
    for application in publicised:
        (decided if application.pk in approved | left_out else waiting).append(application)
    resolution.waiting = _rows(waiting)
    resolution.save()
    ResolutionLine.objects.bulk_create(
        ResolutionLine(
            resolution=resolution, application=a, name=(approved | left_out)[a.pk], is_approved=a.pk in approved
        )
        for a in decided
    )
    for application in decided:
        if application.pk in approved:
            _grant(application, resolution, by, approved[application.pk])
        else:
            _leave_out(application, resolution, by)
    for application in waiting:
        matter = f"{application.pk}-{resolution.pk}"
        tell_members(application, "approval_deferred", matter=matter, document=resolution.number)


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
