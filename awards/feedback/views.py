from django.http import Http404
from django.views.decorators.http import require_safe

from awards.applications.views import own, rights
from awards.reviews import paper
from enterprises.notifications.frame import page

from . import actions
from .paper import paper_of
from .queries import parts_of, released_report


def _released(request, pk):
    """The application and its released report, or 404 as if there were none."""
    mine = own(request, pk)
    report = released_report(mine)
    if report is None:
        raise Http404
    return mine, report


@require_safe
def feedback(request, pk):
    """The applicant's feedback: strengths and improvements by category."""
    mine, report = _released(request, pk)
    context = rights(request, mine) | {"report": report, "parts": parts_of(report)}
    return page(request, "awards/feedback/feedback.html", context)


@require_safe
def feedback_download(request, pk):
    """The same as PDF; the trail says who took it."""
    mine, report = _released(request, pk)
    actions.log_download(report, by=request.user)
    pdf = paper.draw("awards/feedback/print_feedback.html", **paper_of(report))
    return paper.handed_out(pdf, f"{mine.number}反馈报告")
