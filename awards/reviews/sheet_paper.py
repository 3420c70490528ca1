"""A submitted score sheet as plain values, for its paper."""

from django.utils.timezone import localtime

from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date, paper_moment

from .sheet_queries import entries_of, groups, sheet_of


def sheet_paper(assignment):
    """What the paper says: every item with its mark and words, the total, and who signs. Two queries."""
    sheet, application = sheet_of(assignment), assignment.application
    categories = groups(application.edition.rubric, entries_of(sheet))
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
                        "percentage": row.entry.percentage,
                        "score": str(row.score),
                        "words": _words(row.entry),
                    }
                    for row in category.rows
                ],
            }
            for category in categories
        ],
        "signers": [f"评审专家 {assignment.expert}{'（组长）' if assignment.is_head else ''}"],
    }


def _words(entry):
    said = (("优势", entry.strengths), ("改进机会", entry.improvements), ("证据页", entry.evidence))
    return "\n".join(f"{label}：{text}" for label, text in said if text)
