from django.db.models import Prefetch, prefetch_related_objects

from awards.applications.models import Application
from awards.applications.queries import is_released
from awards.experts.models import Expert
from awards.process import ADMITTED
from awards.programmes.models import Edition
from awards.reviews.models import Assignment, Mark
from foshan_quality.lib import clock

from .composing import leaks
from .models import FeedbackPart, FeedbackReport

A = Assignment.State


def cases_to_draft(edition):
    """The reviewed applications without a report, every sheet of whose panel is in, by number. One query."""
    panel = Assignment.objects.filter(application__edition=edition)
    done = panel.filter(state=A.SUBMITTED).values("application")
    waiting = panel.filter(state__in=[A.ASSIGNED, A.SITTING]).values("application")
    cases = Application.objects.filter(edition=edition, state__in=ADMITTED, feedback_report=None, pk__in=done)
    return cases.exclude(pk__in=waiting).order_by("number")


def editions_to_draft():
    """The editions with applications to draft feedback for. One query."""
    panel = Assignment.objects.filter(state=A.SUBMITTED, application__feedback_report=None)
    return Edition.objects.filter(pk__in=panel.values("application__edition")).select_related("programme__honour_kind")


def editions_to_release():
    """The editions with approved feedback that is not released. One query."""
    approved = FeedbackReport.objects.filter(state=FeedbackReport.State.APPROVED)
    editions = Edition.objects.filter(pk__in=approved.values("application__edition"))
    return editions.select_related("programme__honour_kind")


def too_early(edition):
    """Why the feedback of an edition cannot be released yet; empty once it can. No query for read rules."""
    day = edition.settled.get("feedback_on")
    if day is None:
        return "本届不发放反馈报告。"
    if clock.today() < day:
        return f"本届反馈报告从 {day} 起发放。"
    return "" if is_released(edition) else "评审结果公示之前不能发放反馈报告。"


def telling(report):
    """What in a report tells of marks or names somebody, as (category, words). Two queries."""
    names = hidden_names(report.application)
    return [
        (part.category, found)
        for part in parts_of(report)
        for text in (part.strengths, part.improvements)
        for found in leaks(text, names)
    ]


def words_of_sheets(application):
    """What the submitted sheets say, by category: {category: ([strengths], [improvements])}. One query."""
    marks = Mark.objects.filter(
        sheet__assignment__application=application, sheet__assignment__state=A.SUBMITTED
    ).order_by("item_id", "sheet_id")
    found = {}
    for category, strengths, improvements in marks.values_list("item__category_id", "strengths", "improvements"):
        said = found.setdefault(category, ([], []))
        said[0].append(strengths)
        said[1].append(improvements)
    return found


def hidden_names(application):
    """The names and employers that a report must not tell: everybody ever on the panel or the visit. One query."""
    on_panel = application.assignments.values("expert")
    on_visit = type(application).objects.filter(pk=application.pk).values("site_visit__seats__expert")
    people = Expert.objects.filter(user__in=on_panel) | Expert.objects.filter(user__in=on_visit)
    rows = people.distinct().values_list("user__name", "employer")
    return sorted({name for row in rows for name in row if name})


def parts_of(report):
    """The report's parts in the order of the rubric. One query, the first time."""
    prefetch_related_objects([report], Prefetch("parts", FeedbackPart.objects.select_related("category")))
    return list(report.parts.all())


def released_report(application):
    """The report the applicant may read, or None. One query."""
    return FeedbackReport.objects.released().filter(application=application).first()
