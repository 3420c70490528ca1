"""Reads the first sheet of an .xlsx file as plain cells, in a process of its own that a hostile file may kill.

Started by `sandbox.py` without our environment; the file comes on standard input, JSON goes to standard output:
{"rows": [[row number, [cell or null, …]], …]} without blank rows, a cell being [kind, text] with the kinds
"s" text, "n" number, "d" day, "f" formula, "e" error, "b" yes or no; or {"unfit": key of `sandbox.REASONS`}.
Imports nothing of ours.
"""

import json
import os
import resource
import sys
import zipfile
from datetime import date, datetime, time

from openpyxl import load_workbook

SECONDS = 10  # of processor time; 10,000 rows take two to three
MEMORY = 300 * 1024 * 1024  # address space, code included
MOST_UNPACKED = 100 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = 10_000  # below the headings
MOST_COLUMNS = 40
LONGEST_CELL = 4000


class Unfit(Exception):
    """The file cannot be taken. The argument is a key of `sandbox.REASONS`."""


def read(file, *, keeps_lines=False):
    """The rows of the first sheet; raises Unfit for what we refuse, anything else for what cannot be digested."""
    refuse_unfit_package(file)
    file.seek(0)
    book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    if not book.worksheets:
        raise Unfit("no_sheet")
    sheet, rows = book.worksheets[0], []
    sheet.reset_dimensions()  # a file may lie about its size
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
        row = [shown(cell, keeps_lines=keeps_lines) for cell in cells]
        if any(row):
            rows.append([number, row])
        if len(rows) > MOST_ROWS + 1:
            raise Unfit("too_many_rows")
    if not rows:
        raise Unfit("no_rows")
    return rows


def refuse_unfit_package(file):
    """Judge the package by its list of parts, before anything is unpacked."""
    if file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unfit("old_or_locked")
    try:
        parts = zipfile.ZipFile(file).infolist()
    except zipfile.BadZipFile:
        raise Unfit("not_xlsx") from None
    names = [part.filename.lower() for part in parts]
    if "xl/workbook.xml" not in names:
        raise Unfit("not_xlsx")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unfit("heavy")
    if any(name.endswith((".bin", ".vbs")) and "printersettings" not in name for name in names):
        raise Unfit("macros")
    if any(name.startswith(("xl/externallinks/", "xl/connections", "xl/embeddings/")) for name in names):
        raise Unfit("links")


def shown(cell, *, keeps_lines=False):
    """A cell as [kind, text], or None where it is blank. Lines become one, unless they are kept as written."""
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if cell.data_type in {"f", "e"}:
        return [cell.data_type, str(value)[:80] if isinstance(value, str) else ""]
    if isinstance(value, bool):
        return ["b", "是" if value else "否"]
    if isinstance(value, datetime | date):
        return ["d", value.isoformat()[:10]]
    if isinstance(value, int | float):
        return ["n", str(int(value)) if value == int(value) else repr(value)]
    if keeps_lines:
        return ["s", "".join(c for c in str(value)[: LONGEST_CELL + 1] if c == "\n" or c.isprintable())]
    text = value.isoformat() if isinstance(value, time) else " ".join(str(value)[:LONGEST_CELL].split())
    return ["s", "".join(filter(str.isprintable, text))]


def main():
    """Read what is on standard input within the limits and answer once."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = {"rows": read(os.fdopen(0, "rb", closefd=False), keeps_lines="lines" in sys.argv)}
    except Unfit as unfit:
        answer = {"unfit": str(unfit)}
    except MemoryError:
        answer = {"unfit": "heavy"}
    except Exception:
        answer = {"unfit": "damaged"}
    json.dump(answer, sys.stdout, ensure_ascii=True)


if __name__ == "__main__":
    main()
