"""The books on paper: trial balance and statement, with lines to sign on and the digest of what they say."""

import hashlib
import json

from django.utils.timezone import localtime

from awards.reviews.paper import draw

from .exports import balance_said
from .statements import lines

MOST_LINES = 500  # of a statement on paper, some twenty pages; longer ones are handed out as files


def sealed(paper: dict) -> dict:
    """A paper with the SHA-256 of what it says."""
    text = json.dumps(paper, ensure_ascii=False, sort_keys=True)
    return paper | {"digest": hashlib.sha256(text.encode()).hexdigest()}


def trial_parts(sections) -> list[dict]:
    """The trial balance as it is shown, on screen and on paper."""
    return [
        {
            "title": part.title,
            "budget": part.budget,
            "rows": [
                {"account": row.account, "label": row.label, "cells": [said(cell) for cell in row.cells]}
                for row in part.rows
            ],
            "totals": [f"{total:,.2f}" for total in part.totals],
            "returned": f"{part.returned:,.2f}",
            "is_balanced": part.is_balanced,
        }
        for part in sections
    ]


def trial_paper(sections, *, asked, person, moment) -> dict:
    """What the trial balance says on paper."""
    return sealed({"title": "试算平衡表", "parts": trial_parts(sections)} | _head(asked, person, moment))


def statement_rows(entries) -> list[dict]:
    """Entries of a statement as they are shown, on screen and on paper. Three queries."""
    return [
        {
            "at": f"{localtime(line.at):%Y-%m-%d %H:%M}",
            "booking": line.booking,
            "source": line.source,
            "basis": line.basis,
            "memo": line.memo,
            "payee": line.payee,
            "organisation": line.organisation,
            "budget": line.budget,
            "debit": said(line.debit),
            "credit": said(line.credit),
            "side": line.side,
            "running": f"{abs(line.running):,.2f}",
        }
        for line in lines(entries)
    ]


def statement_ends(statement) -> dict:
    """Where a statement begins and ends, and its turnover, as they are shown."""
    return {
        "opening": balance_said(statement.opening),
        "closing": balance_said(statement.closing),
        "debit": f"{statement.debit:,.2f}",
        "credit": f"{statement.credit:,.2f}",
    }


def statement_paper(statement, *, asked, person, moment) -> dict:
    """What the statement of an account says on paper."""
    said_ = {"title": f"{statement.label}明细账", "rows": statement_rows(statement.entries)}
    return sealed(said_ | statement_ends(statement) | _head(asked, person, moment))


def said(amount) -> str:
    """A sum for a cell; nothing for none."""
    return f"{amount:,.2f}" if amount else ""


def _head(asked, person, moment):
    return {
        "asked": [list(pair) for pair in asked],
        "printed_by": str(person),
        "printed_at": f"{localtime(moment):%Y-%m-%d %H:%M}",
    }


def trial_pdf(paper) -> bytes:
    """The trial balance as PDF."""
    return draw("awards/subsidies/print_trial.html", **paper)


def statement_pdf(paper) -> bytes:
    """The statement as PDF."""
    return draw("awards/subsidies/print_statement.html", **paper)
