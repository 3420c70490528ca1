from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.timezone import localdate, localtime

from awards.applications.models import Application, Outcome
from awards.programmes.models import Edition
from enterprises.credit.standing import look_back
from foshan_quality.lib import clock
from foshan_quality.lib.sheets import xlsx_bytes

from . import judgement
from .models import DistrictReview


def latest_review(application):
    """The newest version of the district's review, or None. One query."""
    return application.district_reviews.order_by("-version").first()


def known_review(application):
    """The same, asked once for this record: for a page on which several places want it."""
    prefetch_related_objects([application], "district_reviews")
    return max(application.district_reviews.all(), key=lambda review: review.version, default=None)


def answered_items(review):
    """Every item of the edition with its answer or None, in order. Two queries."""
    answers = {row.item_id: row for row in review.answers.select_related("answered_by")}
    return [(item, answers.get(item.pk)) for item in review.application.edition.checklist_items.all()]


def opinions_in_force(review):
    """The departments' opinions not struck, with scan and who entered them. One query."""
    return list(review.opinions.filter(struck_at=None).select_related("scan", "entered_by"))


def reviewed(review):
    """A review as plain values for the rules. Three queries."""
    return _plain(review, answered_items(review), opinions_in_force(review))


def _plain(review, items, opinions):
    return judgement.Reviewed(
        items=tuple(
            judgement.Answered(
                item.kind,
                item.text,
                row.answer if row else "",
                row.level if row else "",
                item.has_level,
            )
            for item, row in items
        ),
        opinions=len(opinions),
        report_issued_on=review.report_issued_on,
    )


@dataclass(frozen=True)
class Page:
    """A review for its page: items by kind with their answers, opinions, and what still stands in the way."""

    review: DistrictReview
    checks: list
    vetoes: list
    opinions: list
    versions: list
    problems: list
    rules: dict


def page_of(review):
    """Everything the page of a review `knowing_successors` shows. Four queries, one more where there are versions."""
    items, opinions = answered_items(review), opinions_in_force(review)
    rules = review.application.edition.settled
    return Page(
        review=review,
        checks=[pair for pair in items if pair[0].kind == judgement.CHECK],
        vetoes=[pair for pair in items if pair[0].kind == judgement.VETO],
        opinions=opinions,
        versions=_versions(review) if review.version > 1 or review.is_superseded else [],
        problems=_problems(_plain(review, items, opinions), rules),
        rules=rules,
    )


def _versions(review):
    return list(review.application.district_reviews.order_by("-version"))


def _problems(plain, rules):
    return judgement.problems(
        plain,
        report_days=rules["report_days"],
        least_level=judgement.short(rules["veto_accident_level"]),
        today=clock.today(),
    )


@dataclass(frozen=True)
class Standing:
    """Which parts of the district's review the city would decide without, and whether it may."""

    missing: list
    is_required: bool


def standing_of(application):
    """The district's part as the city sees it before it decides. Five queries at most."""
    review, rules = known_review(application), application.edition.settled
    if review is None:
        return Standing(["区级初审还没有开始。"], rules["district_required"])
    missing = [str(problem) for problem in _problems(reviewed(review), rules)]
    if review.state == DistrictReview.State.OPEN:
        missing.append("区级推荐意见还没有作出。")
    if review.state == DistrictReview.State.NOT_RECOMMENDED:
        missing.append(f"区级意见为“不推荐”：{review.reason}")
    if review.state == DistrictReview.State.RECOMMENDED and not review.sealed_file_id:
        missing.append("推荐函的盖章件还没有上传。")
    return Standing(missing, rules["district_required"])


def confirms_acceptance(application, *, proposal):
    """Whether to confirm this opinion is to accept the application. One query."""
    return application.screening_proposals.filter(pk=proposal, outcome=Outcome.ACCEPTED).exists()


@dataclass(frozen=True)
class SummaryLine:
    """One dossier of the printed summary with the newest version of its review, if any."""

    application: Application
    review: DistrictReview | None


def handed_in_editions(user):
    """The editions with dossiers this person may see, newest first. One query."""
    seen = Application.objects.visible_to(user).values("edition")
    return list(Edition.objects.filter(pk__in=seen).select_related("programme__honour_kind"))


def summary_of(edition, user):
    """Every dossier of the edition this person may see, by number, with its review. Two queries."""
    reviews = Prefetch("district_reviews", DistrictReview.objects.order_by("-version"), to_attr="versions")
    seen = Application.objects.visible_to(user).filter(edition=edition)
    rows = seen.select_related("organisation", "granted").prefetch_related(reviews).order_by("number")
    return [SummaryLine(row, row.versions[0] if row.versions else None) for row in rows]


def summary_sheet(lines):
    """The summary as xlsx. No query."""
    header = ["序号", "申报编号", "申报单位", "统一社会信用代码", "所在区", "所属行业", "提交日期", "申报状态"]
    header += ["区级意见", "意见日期", "推荐函文号", "推荐函盖章件"]
    return xlsx_bytes(header, (_cells(n, line) for n, line in enumerate(lines, 1)), title="申报情况汇总表")


def _cells(number, line):
    application, review = line.application, line.review
    firm = application.organisation
    facts = [number, application.number, firm.name, firm.credit_code, firm.get_district_code_display(), firm.industry]
    facts += [localtime(application.submitted_at).date(), application.get_state_display()]
    if review is None:
        return [*facts, "未开始", "", "", ""]
    is_recommended = review.state == DistrictReview.State.RECOMMENDED
    return [
        *facts,
        review.get_state_display(),
        localtime(review.decided_at).date() if review.decided_at else "",
        review.letter_number if is_recommended else "",
        ("已上传" if review.sealed_file_id else "未上传") if is_recommended else "",
    ]


def files_of(review):
    """Every file kept with a review, by its key: report, scans of opinions, sealed letter. One query."""
    files = [review.report_file, review.sealed_file, *(o.scan for o in review.opinions.select_related("scan"))]
    return {file.pk: file for file in files if file}


def days_asked(edition):
    """The days a veto item is asked about: the edition's look-back, alike for all, until today. No query."""
    return look_back(edition.settled["veto_look_back"], localdate(edition.opens_at)), clock.today()
