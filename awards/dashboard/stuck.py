"""Work of the background that did not get done, from all its queues: what, since when, how often tried, why, what now.

The rows are the queues' own; nothing is kept here. What a row is about is shown to whoever may see such records;
the system officer sees every technical failure, and of it only the kind and the number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from django.db.models import Q, QuerySet

from awards.applications.models import Printout
from awards.certificates.models import Certificate
from awards.decisions.meeting_models import MeetingPaper
from awards.decisions.models import RankingPaper
from awards.letters.models import Letter
from awards.panels.models import PanelProposal
from awards.reviews.sheet_models import ReadingCopy
from awards.subsidies.batches.models import PaymentBatch, ResultLine
from awards.subsidies.models import Disbursement
from enterprises.files.models import PageSet
from enterprises.memberships.models import Invitation
from enterprises.notifications.models import Message
from foshan_quality.lib import clock
from foshan_quality.lib.words import time_left
from foshan_quality.office import counted, page_of
from foshan_quality.permissions import Permission

SHOWN = 100  # rows of one queue on the page
BY_ITSELF = "系统每分钟自动再试"
TRIED_IN_VAIN = Q(state="parked") | Q(state="queued", attempts__gt=1)  # the first try may still be running


def is_parked(row):
    """Whether the background has given it up."""
    return row.state == "parked"


@dataclass(frozen=True)
class Queue:
    """One queue: its rows that are stuck, and where each of these things is read.

    `permission` is what it takes to see which record it is; `page` is that record as (model, path to its key);
    `retry` names what tries again where the row `waits` for people. Not `is_technical`: held back by a rule.
    """

    label: str
    stuck: Callable[[], QuerySet]
    permission: Permission
    since: str
    retry: str
    name: str = "__str__"
    attempts: str = "attempts"
    problem: str = "problem"
    waits: Callable = is_parked
    page: tuple = ()
    is_technical: bool = True


QUEUES = (
    Queue(
        "已复核的拨付单没有编入支付批次",
        lambda: Disbursement.objects.filter(state="approved").exclude(problem="").select_related("account"),
        Permission.MONEY_VIEW,
        since="approved_at",
        retry="原因排除后重新编入支付批次",
        attempts="",
        waits=lambda payment: True,
        page=("awards_disbursement", "pk"),
        is_technical=False,
    ),
    Queue(
        "支付批次送财政",
        lambda: PaymentBatch.objects.filter(state="made").exclude(problem="", attempts=0),
        Permission.BATCH_VIEW,
        since="made_at",
        retry="重新送出",
        waits=attrgetter("is_stuck"),
        page=("awards_paymentbatch", "pk"),
    ),
    Queue(
        "财政结果有差异",
        lambda: (
            ResultLine.objects.filter(outcome="difference", resolved_at=None)
            .exclude(file__state__in=["read", "dropped"])
            .select_related("file")
        ),
        Permission.RESULT_LINE_VIEW,
        since="file.read_at",
        retry="与财政部门核对后登记处理情况",
        attempts="",
        problem="why",
        waits=lambda line: True,
        page=("awards_resultline", "pk"),
        is_technical=False,
    ),
    Queue(
        "证书",
        lambda: Certificate.objects.filter(TRIED_IN_VAIN),
        Permission.CERTIFICATE_VIEW,
        since="issued_at",
        retry="重新生成",
        page=("awards_certificate", "pk"),
    ),
    Queue(
        "文书",
        lambda: Letter.objects.filter(TRIED_IN_VAIN).select_related("application__organisation"),
        Permission.LETTER_VIEW,
        since="written_at",
        retry="重新生成",
        page=("awards_letter", "pk"),
    ),
    Queue(
        "申报书或回执",
        lambda: Printout.objects.filter(TRIED_IN_VAIN).select_related("application__organisation"),
        Permission.APPLICATION_SCREEN,
        since="requested_at",
        retry="由申报单位在下载处重新生成",
        page=("awards_application", "application_id"),
    ),
    Queue(
        "评审阅读本",
        lambda: ReadingCopy.objects.filter(TRIED_IN_VAIN).select_related("snapshot__application__organisation"),
        Permission.REVIEW_ASSIGN,
        since="snapshot.taken_at",
        retry="重新准备评审阅读本",
        name="snapshot.application.__str__",
        problem="",
        page=("awards_application", "snapshot.application_id"),
    ),
    Queue(
        "评审组方案",
        lambda: PanelProposal.objects.filter(TRIED_IN_VAIN).select_related("edition__programme__honour_kind"),
        Permission.PROPOSAL_VIEW,
        since="asked_at",
        retry="放弃后重新请求方案",
        problem="",
        page=("awards_panelproposal", "pk"),
    ),
    Queue(
        "排名说明",
        lambda: RankingPaper.objects.filter(TRIED_IN_VAIN).select_related("ranking__edition__programme__honour_kind"),
        Permission.RANKING_VIEW,
        since="requested_at",
        retry="在排名页再次生成",
        name="ranking.__str__",
        page=("awards_ranking", "ranking_id"),
    ),
    Queue(
        "评委会会议纪要",
        lambda: MeetingPaper.objects.filter(TRIED_IN_VAIN).select_related("meeting__edition__programme__honour_kind"),
        Permission.MEETING_RUN,
        since="requested_at",
        retry="在会议页重新生成",
        page=("awards_meeting", "meeting_id"),
    ),
    Queue(
        "材料的页图",
        lambda: PageSet.objects.filter(TRIED_IN_VAIN).select_related("file"),
        Permission.APPLICATION_SCREEN,
        since="file.uploaded_at",
        retry="在材料的“逐页查看”点“重新生成缺的页图”",
        name="file.name",
    ),
    Queue(
        "消息的邮件抄送",
        lambda: Message.objects.filter(Q(copy="parked") | Q(copy="queued") & ~Q(copy_problem="")).select_related(
            "user"
        ),
        Permission.COPY_VIEW,
        since="sent_at",
        retry="重新发送",
        name="user.email",
        attempts="copy_attempts",
        problem="copy_problem",
        waits=lambda message: message.copy == Message.Copy.PARKED,
        page=("enterprises_stuckcopy", "pk"),
    ),
    Queue(
        "邀请邮件",
        lambda: Invitation.objects.filter(
            Q(state="failed") | Q(state="queued", attempts__gt=1), accepted_at=None, revoked_at=None
        ).select_related("organisation"),
        Permission.ORGANISATION_VIEW,
        since="invited_at",
        retry="由单位负责人重新发送",
        problem="",
        waits=lambda invitation: invitation.state == Invitation.State.FAILED,
    ),
)


def queues_of(user):
    """The queues this person is told of: those of records they may see, and every technical one for the system's."""
    sees_all = user.has_perm(Permission.STUCK_VIEW_ALL)
    return [queue for queue in QUEUES if user.has_perm(queue.permission) or (sees_all and queue.is_technical)]


def stuck_of(user):
    """All rows of those queues, as one list to be counted. No query."""
    first, *others = [queue.stuck().order_by().values("pk") for queue in queues_of(user)]
    return first.union(*others, all=True)


def stuck_work(user):
    """What is stuck, queue by queue: (label, count, rows, the longest waiting first). A query, and one a queue in
    which something is, at any size.
    """
    queues, told, now = queues_of(user), [], clock.now()
    counts = counted([queue.stuck() for queue in queues])
    for queue, count in zip(queues, counts, strict=True):
        if count:
            oldest = queue.stuck().order_by(queue.since.replace(".", "__"), "pk")[:SHOWN]
            may_see = user.has_perm(queue.permission)
            told.append((queue.label, count, [_row(queue, record, may_see, now) for record in oldest]))
    return told


def _row(queue, record, may_see, now):
    waits = queue.waits(record)
    since = attrgetter(queue.since)(record)
    return {
        "name": _read(record, queue.name) if may_see else f"第 {record.pk} 号",
        "url": _url(queue, record, waits) if may_see else "",
        "since": since,
        "age": time_left(now - since),
        "attempts": _read(record, queue.attempts) if queue.attempts else "",
        "problem": _read(record, queue.problem) if queue.problem else "",
        "retry": queue.retry if waits else BY_ITSELF,
    }


def _read(record, path):
    value = attrgetter(path)(record)
    return value() if callable(value) else value


def _url(queue, record, waits):
    """The record's page, where there is one; of mail on its way there is none."""
    if not queue.page or (queue.page[0] == "enterprises_stuckcopy" and not waits):
        return ""
    label, key = queue.page
    return page_of(label, attrgetter(key)(record))
