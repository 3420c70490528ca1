from django.core.exceptions import PermissionDenied
from django.db import transaction

from awards.applications.models import Application
from awards.process import State
from awards.programmes.phase_rules import Kind
from awards.reviews.models import Assignment
from awards.reviews.phase_actions import refuse_unless_open
from awards.reviews.phase_queries import cases_led_by, is_visited, submitted_panel
from awards.reviews.sheet_actions import refuse_unless_scoring
from awards.rubric import scoring
from awards.rubric.queries import items_of
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .judgement import Talked, problems
from .models import AgreedItem, Consensus, Opinion
from .queries import is_complete, is_outdated, talked_of

CHANGED = "合议已在另一窗口修改，刚才的内容没有保存，仍在页面上。请刷新后核对。"
INCOMPLETE = "评审组有专家的评分还没有提交或者正在修改，要等评分齐全后再合议。没有保存。"


@transaction.atomic
def begin_all(*, by, applications):
    """Begin the consensus of several cases; refused as one when any is refused. Returns the last."""
    return [begin(application, by=by) for application in applications][-1]


@transaction.atomic
def begin(application, *, by):
    """Begin the consensus of one case, by the secretariat or the head of its panel.

    Refused outside the phase, and while a sheet of the panel is missing.
    """
    leads = cases_led_by(by).filter(application=application).exists()
    if not leads and not by.has_perm(Permission.REVIEW_ASSIGN):
        raise PermissionDenied(Permission.CONSENSUS_LEAD)
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    phase = refuse_unless_open(locked.edition_id, Kind.CONSENSUS)
    if locked.state != phase.state_of_cases:
        raise WrongState(f"{locked}不参加合议评审，没有开始合议。")
    if Consensus.objects.filter(application=locked).exists():
        raise WrongState(f"{locked}的合议已经开始，没有重复开始。")
    if not is_complete(locked) or not submitted_panel(locked):
        raise Refused([f"{locked.number} 的评分还没有齐全，不能开始合议。"])
    consensus = Consensus.objects.create(application=locked, begun_at=clock.now(), begun_by=by)
    audit.record(by=by, verb="begin_consensus", target=consensus)
    heads = [seat.expert for seat in submitted_panel(locked) if seat.is_head]
    notify(heads, "consensus_begun", matter=consensus.pk, link=_page(consensus), number=locked.number)
    return consensus


def _page(consensus):
    return f"/office/awards/consensus/{consensus.pk}/change/"


@transaction.atomic
def save_items(consensus, *, by, items, version):
    """Set items: {code: (percentage or None, discussion)}. Only the head of the panel; single marks stay as they are.

    Refused for an outdated `version`, off the rubric's scale, and for a percentage that needs a recorded
    discussion: every item spread wider than the edition's limit, and every one set apart from the mean; and
    while scoring is frozen.
    """
    locked = Consensus.objects.select_for_update(of=("self",)).get(pk=consensus.pk)
    permit(by, Permission.CONSENSUS_LEAD, locked)
    if locked.state != Consensus.State.OPEN:
        raise WrongState("合议已经关闭，刚才的内容没有保存。")
    refuse_unless_scoring(locked.application.edition, Kind.CONSENSUS)
    if locked.version != version:
        raise Refused([Problem("conflict", CHANGED)])
    talked = _talked(locked)
    _refuse_strange(items, talked)
    wanted = {code: _said(talked[code], *given) for code, given in items.items()}
    _refuse(problems([item for item in wanted.values() if item.chosen is not None]))
    unsaid = [code for code, item in wanted.items() if not item.discussion and item.chosen in {None, item.default}]
    locked.items.filter(item__code__in=unsaid).delete()  # they follow the sheets again
    _keep(locked, {code: item for code, item in wanted.items() if code not in unsaid})
    locked.version += 1
    locked.save(update_fields=["version"])
    audit.record(
        by=by, verb="save_consensus", target=locked, details={"items": sorted(items), "version": locked.version}
    )
    return locked


def _talked(consensus):
    """The items as they stand, the panel's seats held so that no sheet is given back meanwhile."""
    seats = consensus.application.assignments.order_by("pk").select_for_update(of=("self",))
    submitted = [seat for seat in seats if seat.state == Assignment.State.SUBMITTED]
    if not submitted or not is_complete(consensus.application):
        raise Refused([Problem("incomplete", INCOMPLETE)])
    return talked_of(consensus, submitted)


def _refuse_strange(items, talked):
    _refuse([Problem("unknown", f"准则中没有 {code}，没有保存。", code) for code in items if code not in talked])


def _refuse(found):
    if found:
        raise Refused(found)


def _said(item, percentage, discussion):
    return Talked(item.code, item.marks, item.step, item.limit, percentage, discussion.strip())


def _keep(consensus, items):
    by_code = {item.code: item for item in items_of(consensus.application.edition.rubric)}
    AgreedItem.objects.bulk_create(
        [
            AgreedItem(
                consensus=consensus,
                item=by_code[code],
                percentage=item.chosen,
                discussion=item.discussion,
                marks=list(item.marks),
                is_wide=item.is_wide,
            )
            for code, item in items.items()
        ],
        update_conflicts=True,
        unique_fields=["consensus", "item"],
        update_fields=["percentage", "discussion", "marks", "is_wide"],
    )


def close(consensus, *, by, version):
    """Close the consensus with its exact total; what was not set is the mean on the scale. Only the head.

    Refused while an item that must be discussed is not, naming all of them, while a sheet of the panel is
    open, and for an outdated `version`: what is closed is what the head has read.
    """
    with Consensus.workflow.move(consensus, "close_consensus", by=by) as locked:
        refuse_unless_scoring(locked.application.edition, Kind.CONSENSUS, lost="没有关闭")
        if locked.version != version:
            raise Refused([Problem("conflict", "合议已在另一窗口修改，没有关闭。请返回核对后再关闭。")])
        talked = _talked(locked)
        _refuse(problems(list(talked.values())))
        _keep(locked, {code: _said(item, item.percentage, item.discussion) for code, item in talked.items()})
        points = {item.code: item.points for item in items_of(locked.application.edition.rubric)}
        locked.score = scoring.total(points, {code: item.percentage for code, item in talked.items()})
        panel = submitted_panel(locked.application)
        locked.closed_at, locked.closed_by, locked.seats = clock.now(), by, [seat.pk for seat in panel]
        locked.round += 1
        members = [seat.expert for seat in panel if seat.expert_id != by.pk]
        notify(
            members,
            "consensus_closed",
            matter=f"{locked.pk}-{locked.round}",
            link=_page(locked),
            number=locked.application.number,
        )
    return locked


def reopen(consensus, *, by, reason):
    """Give a closed consensus back to the panel, with a reason; what was said stays.

    Only while the case is in the phase, save where the panel has changed since: then also for a shortlisted one.
    """
    with Consensus.workflow.move(consensus, "reopen_consensus", by=by, note=reason) as locked:
        if not reason.strip():
            raise Refused([Problem("reason", "请写明原因。没有改动任何内容。", "reason")])
        phase = refuse_unless_scoring(locked.application.edition, Kind.CONSENSUS, lost="没有改动任何内容")
        has_gone_on = locked.application.state != phase.state_of_cases
        if has_gone_on and not (locked.application.state == State.SHORTLISTED and is_outdated(locked)):
            raise Refused(["该申报已完成合议评审，合议不能再修改。"])
        if is_visited(locked.application):
            raise Refused(["该申报的现场评审结果已经锁定，以合议为准计算，须先退回现场评审。没有改动任何内容。"])
        locked.items.filter(discussion="").delete()  # what nobody set follows the sheets again
        locked.closed_at = locked.closed_by = locked.score = None
    return locked


@transaction.atomic
def answer(consensus, *, by, agrees, note=""):
    """A member of the panel agrees to the closed consensus, or dissents with a note. Once for each closing."""
    locked = Consensus.objects.select_for_update(of=("self",)).get(pk=consensus.pk)
    permit(by, Permission.CONSENSUS_ANSWER, locked)
    if locked.state != Consensus.State.CLOSED:
        raise WrongState("合议还没有关闭，现在不能表态。没有保存。")
    if not agrees and not note.strip():
        raise Refused([Problem("note", "请写明不同意见。没有保存。", "note")])
    opinion, is_new = Opinion.objects.get_or_create(
        consensus=locked,
        round=locked.round,
        member=by,
        defaults={"agrees": agrees, "note": "" if agrees else note.strip(), "given_at": clock.now()},
    )
    if not is_new:
        raise WrongState("您已经表态，原来的意见不变。")
    audit.record(by=by, verb="answer_consensus", target=locked, after="同意" if agrees else "不同意")
    return opinion


@transaction.atomic
def log_reading(consensus, *, by):
    """Opening the marks of a whole panel is an act too."""
    audit.record(by=by, verb="read_consensus", target=consensus)


@transaction.atomic
def log_printing(consensus, *, by):
    """Taking the minutes of a panel away on paper is an act too."""
    audit.record(by=by, verb="print_consensus", target=consensus)
