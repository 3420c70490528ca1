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

from .models import Honour, Resolution


@transaction.atomic
def enter(edition, *, by, number, title, issued_on):
    """Enter the government's document from its sealed original. Refused while the notice is not settled."""
    permit(by, Permission.RESOLUTION_ENTER, edition)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    problems = still_open(locked)
    if not is_document_number(number):
        problems.append(
            Problem("number", "文号应写作“佛府〔2021〕3号”的形式：六角括号、四位年份、序号不补零。", "number")
        )
    if issued_on > clock.today():
        problems.append(Problem("issued_on", "成文日期晚于今天。", "issued_on"))
    if locked.resolutions.exclude(state=Resolution.State.DROPPED).exists():
        problems.append(Problem("twice", "本届已录入批准文件。"))
    if Resolution.objects.exclude(state=Resolution.State.DROPPED).filter(number=number).exists():
        problems.append(Problem("number_twice", f"文号 {number} 已被录入。", "number"))
    if problems:
        raise Refused(problems)
    resolution = Resolution.objects.create(
        edition=locked, number=number, title=title, issued_on=issued_on, entered_by=by, entered_at=clock.now()
    )
    audit.record(by=by, verb="enter_resolution", target=resolution)
    return resolution


def confirm(resolution, *, by):
    """A second person confirms the entry against the original; only now are there honours.

    Refused while the notice is not settled, and while a credit record that two people have not excluded
    stands in the way of a name.
    """
    with Resolution.workflow.move(resolution, "confirm", by=by) as locked:
        if locked.entered_by_id == by.pk:
            raise Refused([Problem("two_people", "录入人不能自己核对，请由另一名工作人员与原件核对。没有生效。")])
        proposed = locked.edition.applications.filter(state=State.PUBLICISED).select_related("organisation")
        problems = still_open(locked.edition) + problems_with(proposed.order_by("number"), judges=2)
        if problems:
            raise Refused(problems)
        locked.confirmed_at, locked.confirmed_by = clock.now(), by
        locked.save()
        Edition.objects.select_for_update(of=("self",)).get(pk=locked.edition_id)
        for application in proposed.select_for_update(of=("self",)):
            _grant(application, locked, by)
        with Edition.workflow.move(locked.edition, "award", by=by):
            pass
    return locked


def _grant(application, resolution, by):
    edition = application.edition
    with APPLICATION.move(application, "honour", by=by, note=resolution.number) as locked:
        Honour.objects.create(
            kind=edition.programme.honour_kind,
            year=edition.year,
            organisation_name=locked.organisation.name,
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
            organisation=locked.organisation.name,
            honour=str(edition),
        )


def drop(resolution, *, by, reason):
    """Drop a wrong entry that nobody has confirmed."""
    with Resolution.workflow.move(resolution, "drop", by=by, note=reason) as locked:
        pass
    return locked


@transaction.atomic
def record_honour(*, by, kind, year, organisation, announced_on, source, is_rehearsal=False):
    """Record a higher honour an organisation holds, with its source document, for subsidies and the register."""
    permit(by, Permission.HONOUR_RECORD)
    if not source.strip():
        raise Refused([Problem("source", "请写明来源文件。没有保存。", "source")])
    honour, is_new = Honour.objects.get_or_create(
        kind=kind,
        year=year,
        organisation_name=organisation.name,
        resolution=None,
        defaults={
            "organisation": organisation,
            "announced_on": announced_on,
            "source": source,
            "is_rehearsal": is_rehearsal,
        },
    )
    if not is_new:
        raise Refused([f"{organisation.name} {year} 年的{kind}已经登记。没有重复保存。"])
    audit.record(by=by, verb="record_honour", target=honour, note=source)
    return honour
