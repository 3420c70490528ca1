"""What is measured inside one process. Each measure returns a `Row`."""

import io
import statistics
import time
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from awards.applications import actions as applying
from awards.applications.sections import DOCUMENTS
from awards.rehearsal import papers
from awards.rehearsal.season import Season
from awards.rehearsal.stage import Voice
from awards.rehearsal.workers import worker

from .rows import Row


def timed(work: Callable, times: int, per_second=1000) -> list[float]:
    """How long each of `times` runs took, in milliseconds unless told otherwise."""
    spans = []
    for turn in range(times):
        start = time.perf_counter()
        work(turn)
        spans.append((time.perf_counter() - start) * per_second)
    return spans


def rehearsal_seconds():
    """A whole season of 24 enterprises; the baseline is a fixed piece of plain arithmetic on this machine."""
    season = Season(seed=1, voice=Voice(io.StringIO()))
    with worker():
        start = time.perf_counter()
        season.run()
        value = time.perf_counter() - start
    return Row.median("rehearsal.seconds", "s", [value], arithmetic_seconds())


def arithmetic_seconds() -> float:
    """Five million additions in plain Python: how fast this machine is today."""
    start = time.perf_counter()
    total = 0
    for number in range(5_000_000):
        total += number
    return time.perf_counter() - start


def submit_single_ms():
    """One complete dossier handed in; the baseline is one row written and committed."""
    season = Season(seed=2, voice=Voice(io.StringIO()), firms=20)
    season.appoint()
    season.call()
    season.firm_of = {}
    drafts = [filled_draft(season, firm) for firm in season.enterprises]
    with season.at("apply"):
        spans = timed(lambda turn: applying.submit(drafts[turn], by=season.owner(drafts[turn])), len(drafts))
    return Row.median("submit.single_ms", "ms", spans, statistics.median(timed(one_committed_row, 50)))


def filled_draft(season, firm):
    """A draft of the rehearsal's cast with nothing missing, not yet submitted."""
    paper = papers.document_pdf(DOCUMENTS[0], firm, year=season.year)
    with season.at("apply"):
        draft = season.open_draft(firm)
        applying.save_answers(draft, by=season.owner(draft), texts={**firm.profile, **firm.answers})
        applying.save_indicators(draft, by=season.owner(draft), figures=season.figures_of(firm))
        for kind in DOCUMENTS:
            upload = SimpleUploadedFile("paper.pdf", paper, "application/pdf")
            applying.add_document(draft, by=season.owner(draft), kind=kind.key, upload=upload)
    return draft


def one_committed_row(turn):
    """The least a submission could cost: one insert, one commit to disk."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_row (n integer, text text)")
        cursor.execute("INSERT INTO bench_row VALUES (%s, %s)", [turn, "x" * 1000])


def clean_up():
    """Leave no table behind that the portal does not know."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_row")


MEASURES = [submit_single_ms, rehearsal_seconds]
