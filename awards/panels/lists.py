"""Panels as a CSV file: written for spreadsheets, read back with every flaw named by its row. Pure."""

import csv
import io
from dataclasses import dataclass

COLUMNS = ["申报编号", "申报单位", "专家邮箱", "专家", "工作单位", "组长", "状态"]
NEEDED = ["申报编号", "专家邮箱", "组长"]
MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 20_000
BOM = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Wanted:
    """One readable row: the case by number, the expert by mailbox, head or not."""

    row: int
    number: str
    email: str
    is_head: bool


class Unreadable(Exception):
    """The file cannot be taken at all; the argument says why and what to do."""


def written(rows) -> str:
    """The whole file with its byte order mark; no cell is taken for a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return BOM + file.getvalue()


def _safe(value):
    text = str(value or "")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def read(content: bytes) -> tuple[list[Wanted], list[str]]:
    """The readable rows and what is wrong with the others; Unreadable when it is no such file."""
    if len(content) > MOST_BYTES:
        raise Unreadable(f"文件超过 {MOST_BYTES // 1024 // 1024} MB。没有读取。")
    rows = list(csv.reader(io.StringIO(_text_of(content))))
    header = [cell.strip() for cell in rows[0]] if rows else []
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise Unreadable(f"第一行缺少列“{'”“'.join(missing)}”。没有读取，请用导出的名单修改后上传。")
    if len(rows) - 1 > MOST_ROWS:
        raise Unreadable(f"超过 {MOST_ROWS} 行。没有读取。")
    places = [header.index(name) for name in NEEDED]
    wanted, flaws = [], []
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            _read_row(number, row, places, wanted, flaws)
    return wanted, flaws


def _text_of(content):
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("文件不是 UTF-8 或 GB18030 编码的文本。没有读取。")


def _read_row(number, row, places, wanted, flaws):
    case, email, head = ((row[place] if place < len(row) else "").strip().lstrip("'") for place in places)
    if not case or not email:
        flaws.append(f"第 {number} 行：申报编号和专家邮箱都要填。")
    elif head not in {"", "是", "否"}:
        flaws.append(f"第 {number} 行：“组长”只能填“是”“否”或留空，现为“{head[:20]}”。")
    else:
        wanted.append(Wanted(number, case, email.lower(), head == "是"))
