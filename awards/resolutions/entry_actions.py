from django.db import transaction
from django.db.models import Q

from awards.programmes.models import Programme
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from enterprises.credit.sandbox import read_workbook
from enterprises.files.checks import refused_at
from enterprises.organisations.models import Organisation
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .entry_models import HonourEntry, HonourImport
from .entry_queries import names_of, trial_of
from .models import Honour
from .reading import headings_problem
from .scan_actions import store_scan


@transaction.atomic
def enter_honour(
    *,
    by,
    kind,
    year,
    organisation,
    announced_on,
    title,
    number="",
    address="",
    upload=None,
    name="",
    is_rehearsal=False,
):
    """Enter a higher honour from its source document. Nothing counts before another person has confirmed it.

    `name` is the holder's name at the time, today's where it is not given. Refused with every reason at once.
    """
    permit(by, Permission.HONOUR_RECORD)
    locked = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    name = name.strip() or locked.name
    problems = list(_entry_problems(locked, kind, year, announced_on, title, name, upload or address))
    if problems:
        raise Refused(problems)
    entry = HonourEntry.objects.create(
        kind=kind,
        year=year,
        organisation=locked,
        organisation_name=name,
        announced_on=announced_on,
        title=title.strip(),
        number=number.strip(),
        address=address,
        scan=store_scan(upload, by=by),
        is_rehearsal=is_rehearsal,
        entered_by=by,
        entered_at=clock.now(),
    )
    audit.record(by=by, verb="enter_honour", target=entry, after=entry.state, note=entry.source)
    return entry


def _entry_problems(organisation, kind, year, announced_on, title, name, evidence):
    if Programme.objects.filter(honour_kind=kind).exists():
        yield Problem("own", "本市奖项只能由批准文件产生，不能在此登记。没有保存。", "kind")
    if not title.strip():
        yield Problem("title", "请写明来源文件。没有保存。", "title")
    if announced_on > clock.today():
        yield Problem("announced_on", "公布日期晚于今天。没有保存。", "announced_on")
    if name not in names_of(organisation):
        text = f"“{name}”不是{organisation.name}的登记名称或曾用名。没有保存，请先在单位页面登记更名。"
        yield Problem("name", text, "name")
    if is_known(kind, year, organisation):
        text = f"{organisation.name} {year} 年的{kind}已经登记或者正在核对。没有重复保存。"
        yield Problem("twice", text)
    if not evidence:
        yield Problem("source", "请上传来源文件的扫描件，或者填写公开地址。没有保存。", "upload")


def is_known(kind, year, organisation):
    """Whether the honour is on record already, or entered, under any name of its holder."""
    recorded = Honour.objects.filter(kind=kind, year=year).filter(
        Q(organisation=organisation) | Q(organisation_name__in=names_of(organisation))
    )
    waiting = HonourEntry.objects.filter(kind=kind, year=year, organisation=organisation, state="entered")
    return recorded.exists() or waiting.exists()


def confirm_honour(entry, *, by):
    """A second person confirms the entry against its source; now it is an honour. Refused for whoever entered it."""
    with HonourEntry.workflow.move(entry, "confirm", by=by, note=entry.source) as locked:
        if locked.entered_by_id == by.pk:
            raise Refused([Problem("two_people", "录入人不能自己核对，请由另一名工作人员与来源核对。没有登记。")])
        names = names_of(locked.organisation)
        recorded = Honour.objects.filter(kind=locked.kind, year=locked.year)
        if recorded.filter(Q(organisation=locked.organisation) | Q(organisation_name__in=names)).exists():
            text = f"{locked.organisation_name} {locked.year} 年的{locked.kind}已经登记。没有重复登记，请作废这条录入。"
            raise Refused([Problem("twice", text)])
        locked.honour = Honour.objects.create(
            kind=locked.kind,
            year=locked.year,
            organisation=locked.organisation,
            organisation_name=locked.organisation_name,
            announced_on=locked.announced_on,
            source=locked.source,
            is_rehearsal=locked.is_rehearsal,
        )
        locked.confirmed_at, locked.confirmed_by = clock.now(), by
    return locked


def drop_honour(entry, *, by, reason):
    """Drop a wrong entry that nobody has confirmed."""
    with HonourEntry.workflow.move(entry, "drop", by=by, note=reason) as locked:
        pass
    return locked


# --- past laureates from a workbook ---------------------------------------------------------------------


def take_in(*, by, upload):
    """Read a workbook of past laureates and keep its cells for a trial; no honour is written."""
    permit(by, Permission.HONOUR_RECORD)
    with refused_at("upload"):
        rows, digest = read_workbook(upload)
    problem = headings_problem(rows[0][1])
    if problem:
        raise Refused([Problem("headings", problem, "upload")])
    with transaction.atomic():
        batch = HonourImport.objects.create(
            name=(upload.name or "未命名.xlsx")[-200:],
            digest=digest,
            rows=rows,
            uploaded_by=by,
            uploaded_at=clock.now(),
        )
        audit.record(by=by, verb="check_honour_file", target=batch, details={"sha256": digest, "rows": len(rows) - 1})
    return batch


def take_over(batch, *, by):
    """A second person takes over what the trial finds new, all of it or nothing.

    Refused for whoever uploaded the file, while a line cannot be read, and where nothing is new.
    """
    with HonourImport.workflow.move(batch, "take_over_list", by=by, note=batch.digest) as locked:
        trial = trial_of(locked)
        problems = []
        if locked.uploaded_by_id == by.pk:
            problems.append(Problem("two_people", "上传人不能自己导入，请由另一名工作人员核对后导入。没有导入。"))
        if trial.flaws:
            problems.append(Problem("flaws", f"有 {len(trial.flaws)} 行读不了，请改正后重新上传。没有导入。"))
        elif not trial.new:
            problems.append(Problem("nothing", "文件里没有新的记录。没有导入。"))
        if problems:
            raise Refused(problems)
        Honour.objects.bulk_create(
            [
                Honour(
                    kind=line.kind,
                    year=line.year,
                    organisation_name=line.name,
                    organisation=line.organisation,
                    announced_on=line.announced_on,
                    source=line.source,
                    note=line.note,
                )
                for line in trial.new
            ],
            batch_size=500,
        )
        locked.imported, locked.closed_at, locked.closed_by = len(trial.new), clock.now(), by
    return locked


def give_up(batch, *, by, reason):
    """Give up a file that was only tried."""
    with HonourImport.workflow.move(batch, "give_up_list", by=by, note=reason) as locked:
        locked.closed_at, locked.closed_by = clock.now(), by
    return locked
