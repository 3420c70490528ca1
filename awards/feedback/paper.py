"""A feedback report as plain values, for its paper."""

from django.utils.timezone import localtime

from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date

from .queries import parts_of


def paper_of(report):
    """What the paper says: strengths and improvements by category. No mark, no name. One query."""
    application = report.application
    return {
        "title": "评审反馈报告",
        "edition": str(application.edition),
        "number": application.number,
        "organisation": application.organisation.name,
        "printed_on": paper_date(clock.today()),
        "released_on": paper_date(localtime(report.released_at)) if report.released_at else "",
        "parts": [
            {"category": str(part.category), "strengths": part.strengths, "improvements": part.improvements}
            for part in parts_of(report)
            if part.strengths or part.improvements
        ],
    }
