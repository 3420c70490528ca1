"""Acts around the score sheet: its history, the switch that stops all scoring, and putting scores back."""

import hashlib
import json

from django.db import IntegrityError, transaction

from awards.rubric import scoring
from awards.rubric.queries import points_of
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.concurrency import hold_alone, hold_together
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .entries import FIELDS
from .models import Assignment, Mark
from .phase_actions import refuse_giving_back, refuse_unless_open
from .sheet_models import MarkVersion, ScoringFreeze, SheetHabit
from .sheet_queries import restoration

SWITCH = 4_306_000_000  # with an edition's number: whoever writes marks holds it together, whoever freezes alone


def keep_marks(sheet, entries, items, *, by, source=MarkVersion.Source.PAGE):
    """Write these entries of a locked sheet as its next version; every mark written stays in the history.

    `entries` are by item code, only those that changed; `items` are the rubric's items by code.
    """
    sheet.version += 1
    sheet.save(update_fields=["version"])
    values = {code: {name: getattr(entry, name) for name in FIELDS} for code, entry in entries.items()}
    Mark.objects.bulk_create(
        [Mark(sheet=sheet, item=items[code], **written) for code, written in values.items()],
        update_conflicts=True,
        unique_fields=["sheet", "item"],
        update_fields=FIELDS,
    )
    facts = {"version": sheet.version, "source": source, "written_at": clock.now(), "written_by": by}
    MarkVersion.objects.bulk_create(
        MarkVersion(sheet=sheet, item=items[code], **written, **facts) for code, written in values.items()
    )


# --- the switch ---------------------------------------------------------------------------------------


def refuse_frozen(edition, lost="刚才的评分没有保存，仍在页面上"):
    """Refuse to write marks while the edition is frozen. Whoever asked is over before a freeze begins."""
    hold_together(SWITCH + edition.pk)
    if ScoringFreeze.objects.in_force().filter(edition=edition).exists():
        raise WrongState(f"本届评分已由秘书处暂停，{lost}。恢复之后再办；有疑问请联系秘书处。")


def refuse_unless_scoring(edition, kind, **lost):
    """The edition's phase of this kind, held, as `refuse_unless_open`; refused while scoring is frozen too."""
    phase = refuse_unless_open(edition.pk, kind)
    refuse_frozen(edition, **lost)
    return phase


@transaction.atomic
def freeze(edition, *, by, reason):
    """Stop all scoring of an edition at once. When this returns, no mark is written any more."""
    permit(by, Permission.SCORING_FREEZE)
    _refuse_mute(reason)
    hold_alone(SWITCH + edition.pk)
    try:
        with transaction.atomic():
            row = ScoringFreeze.objects.create(edition=edition, reason=reason, frozen_by=by, frozen_at=clock.now())
    except IntegrityError:
        raise WrongState("本届评分已经冻结。没有改动任何内容。") from None
    audit.record(by=by, verb="freeze_scoring", target=row, note=reason)
    return row


def lift(freeze, *, by, reason):
    """Let scoring go on, with a reason."""
    with ScoringFreeze.workflow.move(freeze, "lift_freeze", by=by, note=reason) as locked:
        _refuse_mute(reason)
        locked.lifted_at, locked.lifted_by, locked.lift_reason = clock.now(), by, reason
    return locked


def _refuse_mute(reason):
    if not reason.strip():
        raise Refused([Problem("reason", "请写明理由。没有改动任何内容。", "reason")])


# --- putting scores back ------------------------------------------------------------------------------


def fingerprint(plans):
    """What identifies a preview: the sheets, their versions and what each mark would become."""
    told = [[plan.sheet.pk, plan.sheet.version, sorted(plan.codes), plan.reopens] for plan in plans]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@transaction.atomic
def restore(freeze, *, by, moment, sheet, preview, reason):
    """Put one sheet (or, with None, all sheets of the edition) back to how they stood at a moment, as new versions.

    Only while scoring is frozen, and by another person than froze it. A submitted sheet stays submitted with its
    total counted anew, unless it was not complete then: that one is given back to its expert. Refused when
    `preview`, the fingerprint of what was shown, is not what would happen now, and when a sheet would go back to an
    expert who can fill it in no more, because independent scoring is ended.
    """
    permit(by, Permission.SCORES_RESTORE)
    _refuse_mute(reason)
    locked = ScoringFreeze.objects.select_for_update(of=("self",)).select_related("edition__rubric").get(pk=freeze.pk)
    if locked.state != ScoringFreeze.State.IN_FORCE:
        raise WrongState("评分冻结已经解除，不能恢复评分。没有改动任何内容。")
    if locked.frozen_by_id == by.pk:
        raise Refused(["评分由您冻结，须由另一人恢复。没有改动任何内容。"])
    plans = restoration(locked.edition, moment, sheet)
    if not plans:
        raise Refused([Problem("nothing", "各评分表与那一时刻的内容相同，没有需要恢复的。", "moment")])
    if fingerprint(plans) != preview:
        raise Refused(["预览之后评分有变化，没有改动任何内容。请重新预览。"])
    if back := [str(plan.assignment) for plan in plans if plan.reopens]:
        refuse_giving_back(locked.edition_id, back)
    for plan in plans:
        _put_back(plan, locked.edition, by=by, moment=moment, reason=reason)
    audit.record(by=by, verb="restore_scores", target=locked, note=reason, details=_told(moment, plans))
    return locked


def _told(moment, plans):
    return {"moment": moment.isoformat(), "sheets": len(plans), "marks": sum(len(plan.codes) for plan in plans)}


def _put_back(plan, edition, *, by, moment, reason):
    sheet = type(plan.sheet).objects.select_for_update(of=("self",)).get(pk=plan.sheet.pk)
    items = {row.item.code: row.item for row in plan.rows}
    before = str(sheet.total or "")
    keep_marks(sheet, {row.item.code: row.then for row in plan.rows}, items, by=by, source=MarkVersion.Source.RESTORED)
    if plan.reopens:
        _give_back(plan.assignment, sheet, by=by, reason=reason)
    elif sheet.submitted_at:
        given = dict(sheet.marks.values_list("item__code", "percentage"))
        sheet.total = scoring.total(points_of(edition.rubric), given)
        sheet.save(update_fields=["total"])
    audit.record(
        by=by,
        verb="restore_sheet",
        target=plan.assignment,
        before=before,
        after=str(sheet.total or ""),
        note=reason,
        details={"moment": moment.isoformat(), "items": sorted(plan.codes), "version": sheet.version},
    )


def _give_back(assignment, sheet, *, by, reason):
    sheet.total = sheet.submitted_at = None
    sheet.save(update_fields=["total", "submitted_at"])
    if assignment.state == Assignment.State.SUBMITTED:
        with Assignment.workflow.move(assignment, "reopen_sheet", by=by, note=reason):
            pass


# --- habits -------------------------------------------------------------------------------------------


@transaction.atomic
def choose_keys(user, *, by, uses_keys):
    """Switch the score sheet's single keys on or off for oneself."""
    permit(by, Permission.REVIEW_VIEW)
    habit, _is_new = SheetHabit.objects.update_or_create(user=user, defaults={"uses_keys": uses_keys})
    audit.record(by=by, verb="choose_keys", target=habit, details={"uses_keys": uses_keys})
    return habit
