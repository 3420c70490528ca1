from functools import wraps

from django.db import transaction

from awards.applications.models import Application
from awards.process import State
from awards.programmes.models import Edition
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import store_pdf
from enterprises.files.checks import refused_at
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from . import judgement
from .loading import default_items
from .models import ChecklistItem, DepartmentOpinion, DistrictReview, ItemAnswer
from .queries import days_asked, latest_review, reviewed

LETTER = "awards.letters.tasks.write_recommendation"
MOVED_ON = "申报已不在初审阶段，刚才的内容没有保存。"


# --- the edition's list -------------------------------------------------------------------------------


@transaction.atomic
def adopt_items(edition, *, by):
    """Give the edition the default items as its own. Refused when it has items already."""
    permit(by, Permission.EDITION_PREPARE)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    if locked.checklist_items.exists():
        raise Refused([Problem("adopted", "这一届已经有初审条目。没有改动任何内容。", "edition")])
    return _adopt(locked, by)


def _adopt(edition, by):
    ChecklistItem.objects.bulk_create(
        ChecklistItem(edition=edition, position=position, **row)
        for position, row in enumerate(default_items(), start=1)
    )
    audit.record(by=by, verb="adopt_checklist", target=edition, details={"items": len(default_items())})
    return list(edition.checklist_items.all())


@transaction.atomic
def set_item(item, *, by, text, document, article="", is_confirmed=False):
    """Change one item's words and basis. Refused once a review of the edition has begun: all are asked alike."""
    permit(by, Permission.EDITION_PREPARE)
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=item.edition_id)
    if DistrictReview.objects.filter(application__edition=edition).exists():
        raise Refused(["这一届已经开始区级初审，条目不能再修改。没有保存。"])
    row = edition.checklist_items.get(pk=item.pk)
    before = row.text
    row.text, row.document, row.article, row.is_confirmed = text, document, article, is_confirmed
    row.save()
    audit.record(by=by, verb="set_checklist_item", target=row, before=before, after=text, note=document)
    return row


# --- the review ---------------------------------------------------------------------------------------


@transaction.atomic
def begin(application, *, by):
    """Begin the district's review of a submitted dossier; begun already, it is refused."""
    permit(by, Permission.DISTRICT_REVIEW_WRITE, application)
    locked = _locked_application(application.pk)
    if locked.district_reviews.exists():
        raise WrongState("这份申报的区级初审已经开始。没有改动任何内容，请刷新页面查看。")
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=locked.edition_id)
    if not edition.checklist_items.exists():
        _adopt(edition, by)
    review = DistrictReview.objects.create(application=locked, version=1, begun_by=by)
    audit.record(by=by, verb="begin_district_review", target=review, after=review.state)
    return review


def _locked_application(pk):
    """The application, locked, while it waits for screening. Always locked before its review."""
    application = Application.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=pk)
    if application.state != State.SUBMITTED:
        raise WrongState(MOVED_ON)
    return application


def _locked_open(review, by):
    """The review, locked, while it may be changed by this person."""
    permit(by, Permission.DISTRICT_REVIEW_WRITE, review)
    _locked_application(review.application_id)
    locked = DistrictReview.objects.select_for_update(of=("self",)).get(pk=review.pk)
    if locked.state != DistrictReview.State.OPEN:
        raise WrongState("初审意见已经作出，内容已冻结。刚才的修改没有保存。")
    return locked


@transaction.atomic
def answer(review, *, by, answers, seen=None):
    """Answer items: {item pk: (answer, level, note)}; what is not carried stays as it is.

    `seen` is the review's `edits` when the form was opened: changed by a colleague since, nothing is saved.
    Refused with every reason at once: an unknown item, a missing note, a level missing or out of place.
    """
    locked = _locked_open(review, by)
    if seen is not None and seen != locked.edits:
        raise Refused([Problem("conflict", "同事刚修改过这份初审，您的内容没有保存。请返回重新打开后再填。")])
    items = {item.pk: item for item in locked.application.edition.checklist_items.all()}
    _refuse_bad_answers(items, answers)
    rows = {row.item_id: row for row in locked.answers.all()}
    looked = days_asked(locked.application.edition)
    changed = {}
    for pk, (given, level, note) in answers.items():
        row = rows.get(pk) or ItemAnswer(review=locked, item=items[pk])
        before = (row.answer, row.level, row.note)
        if before == (given, level, note):
            continue
        row.answer, row.level, row.note = given, level, note
        row.looked_from, row.looked_to = looked if items[pk].kind == judgement.VETO else (None, None)
        row.answered_at, row.answered_by = clock.now(), by
        row.save()
        changed[items[pk].key] = {"before": before, "after": (given, level, note)}
    if changed:
        _edited(locked)
        audit.record(by=by, verb="answer_items", target=locked, details=changed)
    return locked


def _refuse_bad_answers(items, answers):
    problems = []
    for pk, (given, level, note) in answers.items():
        item = items.get(pk)
        allowed = dict(ItemAnswer.OF_VETOES if item and item.kind == judgement.VETO else ItemAnswer.OF_CHECKS)
        if item is None or given not in allowed:
            problems.append(Problem("unknown", "表单中有系统不认识的条目，没有保存。请刷新页面后重试。"))
            continue
        if given not in {"met", "clear"} and not note.strip():
            text = f"“{item.text}”答复为“{allowed[given]}”，请写明情况。没有保存。"
            problems.append(Problem("note", text, f"note_{pk}"))
        if item.has_level and given == judgement.FOUND and level not in judgement.ACCIDENT_LEVELS:
            problems.append(Problem("level", f"“{item.text}”请选择事故等级。没有保存。", f"level_{pk}"))
        elif level and not (item.has_level and given == judgement.FOUND):
            problems.append(Problem("level", f"“{item.text}”不应有事故等级。没有保存。", f"level_{pk}"))
    if problems:
        raise Refused(problems)


def _edited(review):
    review.edits += 1
    review.save(update_fields=["edits"])


def set_report(review, *, by, issued_on, upload=None):
    """Enter the day the credit report was issued, with its file where it is another than the applicant's."""
    permit(by, Permission.DISTRICT_REVIEW_WRITE, review)
    if issued_on > clock.today():
        raise Refused([Problem("future", "出具日期晚于今天，没有保存。", "issued_on")])
    stored = _stored(upload, by) if upload else None
    with transaction.atomic():
        locked = _locked_open(review, by)
        before = str(locked.report_issued_on or "")
        locked.report_issued_on = issued_on
        locked.report_file = stored or locked.report_file
        locked.edits += 1
        locked.save(update_fields=["report_issued_on", "report_file", "edits"])
        details = {"issued_on": [before, str(issued_on)], "sha256": stored.digest if stored else ""}
        audit.record(by=by, verb="set_credit_report", target=locked, details=details)
    return locked


def _stored(upload, by):
    with refused_at("upload"):
        return store_pdf(upload, by=by)


def add_opinion(review, *, by, department, opinion, given_on, number="", upload=None):
    """Enter what a department wrote, with its scan. Refused when dated after today."""
    permit(by, Permission.DISTRICT_REVIEW_WRITE, review)
    if given_on > clock.today():
        raise Refused([Problem("future", "部门意见的日期晚于今天，没有保存。", "given_on")])
    scan = _stored(upload, by) if upload else None
    with transaction.atomic():
        locked = _locked_open(review, by)
        row = DepartmentOpinion.objects.create(
            review=locked,
            department=department,
            opinion=opinion,
            given_on=given_on,
            number=number,
            scan=scan,
            entered_by=by,
        )
        _edited(locked)
        details = {"department": department, "given_on": str(given_on), "number": number, "opinion": opinion}
        audit.record(by=by, verb="add_opinion", target=locked, details=details)
    return row


@transaction.atomic
def strike_opinion(review, *, by, opinion):
    """Strike an opinion entered by mistake; its row stays."""
    locked = _locked_open(review, by)
    row = locked.opinions.select_for_update(of=("self",)).get(pk=opinion.pk)
    if row.struck_at is None:
        row.struck_at, row.struck_by = clock.now(), by
        row.save(update_fields=["struck_at", "struck_by"])
        _edited(locked)
        audit.record(by=by, verb="strike_opinion", target=locked, details={"department": row.department})
    return row


@transaction.atomic
def recommend(review, *, by, reason, letter_number=""):
    """Recommend the applicant to the city. Refused while anything is open or stands against it, all at once."""
    _locked_application(review.application_id)
    with DistrictReview.workflow.move(review, "recommend", by=by, note=reason) as locked:
        rules = locked.application.edition.settled
        found = judgement.problems(
            reviewed(locked),
            report_days=rules["report_days"],
            least_level=judgement.short(rules["veto_accident_level"]),
            today=clock.today(),
        )
        blocking = [problem for problem in found if problem.blocks]
        if blocking:
            raise Refused([*blocking, Problem("not_done", "没有作出推荐意见，已填的内容都在。")])
        locked.letter_number = letter_number
        _decide(locked, by, reason)
        wake(LETTER, locked.pk)
    return locked


@transaction.atomic
def advise_against(review, *, by, reason):
    """Do not recommend, with the reasons. It may be said before every item is answered."""
    _locked_application(review.application_id)
    with DistrictReview.workflow.move(review, "advise_against", by=by, note=reason) as locked:
        _decide(locked, by, reason)
    return locked


def _decide(review, by, reason):
    if not reason.strip():
        raise Refused([Problem("reason", "请写明初审意见。没有改动任何内容。", "reason")])
    review.reason, review.decided_at, review.decided_by = reason, clock.now(), by


@transaction.atomic
def correct(review, *, by, reason):
    """Begin a new version of a decided review, everything copied, the old one kept as it was. The reason stays."""
    permit(by, Permission.DISTRICT_REVIEW_WRITE, review)
    application = _locked_application(review.application_id)
    former = latest_review(application)
    if former.pk != review.pk or former.state == DistrictReview.State.OPEN:
        raise WrongState("这不是已作出意见的最新一版，不能更正。没有改动任何内容，请刷新页面查看。")
    if not reason.strip():
        raise Refused([Problem("reason", "请写明更正原因。没有改动任何内容。", "reason")])
    fresh = DistrictReview.objects.create(
        application=application,
        version=former.version + 1,
        begun_by=by,
        corrects_because=reason,
        report_issued_on=former.report_issued_on,
        report_file=former.report_file,
    )
    _copy(former.answers.all(), fresh)
    _copy(former.opinions.filter(struck_at=None), fresh)
    details = {"version": fresh.version}
    audit.record(by=by, verb="correct_district_review", target=fresh, before=former.state, note=reason, details=details)
    return fresh


def _copy(rows, review):
    copies = list(rows)
    for row in copies:
        row.pk, row.review = None, review
    if copies:
        type(copies[0]).objects.bulk_create(copies)


def attach_sealed(review, *, by, upload):
    """Keep the scan of the sealed recommendation. Once; another one needs a corrected review."""
    permit(by, Permission.DISTRICT_REVIEW_WRITE, review)
    stored = _stored(upload, by)
    with transaction.atomic():
        locked = DistrictReview.objects.select_for_update(of=("self",)).get(pk=review.pk)
        if locked.state != DistrictReview.State.RECOMMENDED or locked.sealed_file_id:
            raise WrongState("只有尚未上传盖章件的推荐意见可以上传。没有保存。")
        locked.sealed_file, locked.sealed_at, locked.sealed_by = stored, clock.now(), by
        locked.save(update_fields=["sealed_file", "sealed_at", "sealed_by"])
        audit.record(by=by, verb="attach_sealed_letter", target=locked, details={"sha256": stored.digest})
    return locked


@transaction.atomic
def log_summary(edition, *, by, way="打印"):
    """Who took the list of an edition's applicants, to print or as a table."""
    audit.record(by=by, verb="print_summary", target=edition, note=way)


# --- what the city decides after it -------------------------------------------------------------------


def after_recommendation(run, accepts):
    """The same act, refused where it would accept what the edition wants recommended and is not.

    `accepts` tells from the application and what is given whether the act would accept it. The district's review
    is changed only under the application's lock, which is held until the act is over.
    """

    @wraps(run)
    @transaction.atomic
    def guarded(application, *, by, **given):
        """Lock, look at the recommendation, then decide."""
        locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
        if accepts(locked, **given):
            _refuse_unrecommended(locked)
        return run(application, by=by, **given)

    return guarded


def _refuse_unrecommended(locked):
    if not locked.edition.settled["district_required"]:
        return
    latest = latest_review(locked)
    if latest is None or latest.state != DistrictReview.State.RECOMMENDED:
        text = "本届规则要求受理前须有区级推荐，现在还没有。没有受理，没有改动任何内容。"
        raise Refused([Problem("district", text)])
