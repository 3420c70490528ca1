"""Score sheets in a rehearsal: by workbook, piece by piece or at once; and a drill in which scoring is frozen."""

import io
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from awards.models import MarkVersion, ScoreSheet
from awards.reviews import actions as reviewing
from awards.reviews import offline, sheet_actions
from awards.reviews.entries import Entry, touched
from awards.reviews.sheet_queries import entries_of, restoration
from awards.reviews.sheet_views import sealed
from awards.workflow import WrongState
from enterprises.credit.sandbox import read_workbook
from foshan_quality.lib.sheets import XLSX

REASON = "演练：核对冻结与恢复。"


def enter(assignment, marks):
    """Enter an expert's marks: the edition's first sheet by workbook, the second piece by piece, the others at once."""
    submitted = ScoreSheet.objects.filter(assignment__application__edition=assignment.application.edition)
    ways = [_by_workbook, _piece_by_piece]
    done = submitted.exclude(submitted_at=None).count()
    (ways[done] if done < len(ways) else _at_once)(assignment, marks)


def _at_once(assignment, marks):
    reviewing.save_marks(assignment, by=assignment.expert, marks=marks, version=0)


def _piece_by_piece(assignment, marks):
    """As the page does while somebody scores: a few items a save."""
    pieces = [list(marks)[at : at + 6] for at in range(0, len(marks), 6)]
    for version, codes in enumerate(pieces):
        piece = {code: marks[code] for code in codes}
        reviewing.save_marks(assignment, by=assignment.expert, marks=piece, version=version)


def _by_workbook(assignment, marks):
    """Downloaded, filled in, uploaded."""
    sheet = assignment.sheets.get()
    stands = sealed(assignment, sheet)
    book = load_workbook(io.BytesIO(offline.workbook(stands, {}, [], ["评分表（演练）"])))
    for row in book.worksheets[0].iter_rows(min_row=4):
        for cell, value in zip(row[3:], marks[row[0].value], strict=False):
            cell.value = value
    file = io.BytesIO()
    book.save(file)
    cells, _digest = read_workbook(SimpleUploadedFile("评分表.xlsx", file.getvalue(), XLSX), keeps_lines=True)
    entries, problems = offline.filled_in(cells, stands)
    assert not problems, problems  # noqa: S101 the rehearsal stops here
    changed = touched(entries, entries_of(sheet))
    source = MarkVersion.Source.FILE
    reviewing.save_marks(assignment, by=assignment.expert, marks=changed, version=0, source=source)


def drill(season):
    """A sheet is altered after it was handed in; scoring is frozen, the sheet put back by another, and all goes on."""
    first, second = season.users["secretariat"], season.users["secretariat_second"]
    sheets = ScoreSheet.objects.filter(assignment__application__edition=season.edition).order_by("submitted_at", "pk")
    sheet = sheets.select_related("assignment__expert", "assignment__application").first()
    seat, total = sheet.assignment, sheet.total
    with season.at("rank", days=-3):
        reviewing.reopen_sheet(seat, by=first, reason=REASON)
        altered = {sheet.marks.first().item.code: Entry(100, "演练改动。")}
        reviewing.save_marks(seat, by=seat.expert, marks=altered, version=sheet.version)
        reviewing.submit_sheet(seat, by=seat.expert)
    with season.at("rank", days=-2):
        freeze = sheet_actions.freeze(season.edition, by=first, reason=REASON)
        try:
            reviewing.reopen_sheet(seat, by=second, reason=REASON)
        except WrongState as refusal:
            season.voice.say(f"冻结期间：{refusal}")
        moment = season.moment("rank", days=-3) - timedelta(minutes=1)
        preview = sheet_actions.fingerprint(restoration(season.edition, moment))
        sheet_actions.restore(freeze, by=second, moment=moment, sheet=None, preview=preview, reason=REASON)
        sheet_actions.lift(freeze, by=first, reason=REASON)
    sheet.refresh_from_db()
    season.voice.say(
        f"冻结演练：恢复后总分 {sheet.total}，与改动前 {total} {'一致' if sheet.total == total else '不一致'}"
    )
