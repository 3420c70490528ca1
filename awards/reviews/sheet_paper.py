"""A submitted score sheet as plain values, for its paper."""

from django.utils.timezone import localtime

from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date, paper_moment

from .queries import sheet_by_category


def sheet_paper(assignment):
    """What the paper says: every item with its mark and words, the total, and who signs. Four queries."""
    sheet, categories = sheet_by_category(assignment)
    application = assignment.application
    return {
        "title": "评分表",
        "edition": str(application.edition),
        "number": application.number,
        "organisation": application.organisation.name,
        "printed_on": paper_date(clock.today()),
        "submitted_at": paper_moment(localtime(sheet.submitted_at)),
        "total": str(sheet.total),
        "categories": [
            {
                "name": str(category.category),
                "points": category.points,
                "score": str(category.score),
                "rows": [
                    {
                        "item": str(row.item),
                        "points": row.item.points,
                        "percentage": row.mark.percentage,
                        "score": str(row.score),
                        "words": _words(row.mark),
                    }
                    for row in category.rows
                ],
            }
            for category in categories
        ],
        "signers": [f"评审专家 {assignment.expert}{'（组长）' if assignment.is_head else ''}"],
    }


def _words(mark):
    said = (("优势", mark.strengths), ("改进机会", mark.improvements))
    return "\n".join(f"{label}：{text}" for label, text in said if text)
