"""The pool as a workbook: tried first, taken in whole or not at all; and out again."""

from dataclasses import dataclass

from django.core import signing
from django.db import transaction

from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from enterprises.credit.sandbox import read_workbook
from enterprises.files.checks import refused_at
from enterprises.people.models import User
from foshan_quality.lib.problems import Problem
from foshan_quality.lib.tables import headings_problem
from foshan_quality.permissions import Permission

from . import lists
from .actions import enrol_expert, update_entry
from .models import Expert
from .queries import trial_of

TRIED = "tried expert pool"
MOST_ROWS = 1000
FLAWS_SHOWN = 200
TAKEN_WITHIN = 3600  # seconds in which a file that was tried can be taken in


@dataclass(frozen=True)
class Tried:
    """A file that was read: its name, what taking it in would do, and its rows, sealed for whoever tried it."""

    name: str
    trial: lists.Trial
    parcel: str

    @property
    def flaws(self):
        """The first flaws as a page lists them."""
        return [(flaw.row, flaw.column, flaw.what, flaw.remedy) for flaw in self.trial.flaws[:FLAWS_SHOWN]]

    @property
    def more_flaws(self):
        """How many more there are."""
        return max(len(self.trial.flaws) - FLAWS_SHOWN, 0)


def try_pool(*, by, upload):
    """Read a workbook of experts and say row by row what it would do; nothing is written. Refused with the reason."""
    permit(by, Permission.REVIEW_ASSIGN)
    with refused_at("upload"):
        rows, digest = read_workbook(upload)
    problem = headings_problem(rows[0][1], lists.COLUMNS)
    if not problem and len(rows) == 1:
        problem = "标题下面没有数据。没有读取，请填写后上传。"
    if len(rows) > MOST_ROWS + 1:
        problem = f"超过 {MOST_ROWS} 行。没有读取，请拆成几个文件上传。"
    if problem:
        raise Refused([Problem("file", problem, "upload")])
    told = {"by": by.pk, "rows": rows, "sha256": digest}
    return Tried(upload.name, trial_of(rows), signing.dumps(told, salt=TRIED, compress=True))


@transaction.atomic
def take_in_pool(*, by, parcel, seen, update=update_entry):
    """Write all rows of a file that was tried, or none. `seen` says which report was confirmed.

    Refused while any row has a flaw, and when the outcome would now be another than the one seen. `update` is the act
    by which an entry is brought up to date; the desk hands in its own, which knows what follows for seats.
    """
    permit(by, Permission.REVIEW_ASSIGN)
    told = _opened(parcel, by)
    list(
        Expert.objects.select_for_update(of=("self",)).filter(user__email__in=lists.emails(told["rows"])).order_by("pk")
    )
    trial = trial_of(told["rows"])
    if trial.flaws or trial.seen != seen:
        raise Refused(["试算之后账号或专家库有变化，结果已经不同。没有写入任何一行，请重新上传试算。"])
    if not trial.written:
        raise Refused(["文件里没有新的或有变化的专家。没有写入。"])
    people = User.objects.select_related("expert").in_bulk([line.account.key for line in trial.written])
    for line in trial.written:
        person = people[line.account.key]
        if line.account.entry is None:
            enrol_expert(person, by=by, **line.after)
        else:
            update(person.expert, by=by, **line.after)
    audit.record(by=by, verb="take_in_pool", target=by, details={"sha256": told["sha256"], **dict(trial.counts)})


def _opened(parcel, by):
    try:
        told = signing.loads(parcel, salt=TRIED, max_age=TAKEN_WITHIN)
    except signing.BadSignature:
        told = {}
    if told.get("by") != by.pk:
        raise Refused(["试算结果已失效。没有写入任何一行，请重新上传试算。"])
    return told


@transaction.atomic
def log_export(*, by, what, count):
    """Taking the pool out of the portal is an act too: who took which part and how many."""
    permit(by, Permission.REVIEW_ASSIGN)
    audit.record(by=by, verb="export_pool", target=by, note=what, details={"experts": count})
