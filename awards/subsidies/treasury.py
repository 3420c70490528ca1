"""The only file that talks to the paying side. Here: a folder of order files out and answer files in.

Order file `out/<reference>.csv`, UTF-8 with BOM, one line under a heading:
支付流水号, 收款户名, 收款账号, 开户银行, 金额, 依据文件. The reference is the treasury's key: the same
reference always means the same payment. Answer files `in/*.csv`, same encoding, any number of lines:
支付流水号, 金额, 结果 (已付 or 退汇), 日期 (2026-09-30), 说明. An answer file is moved to `in/done/` once read.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from uuid import uuid4

from django.conf import settings

ORDER = ["支付流水号", "收款户名", "收款账号", "开户银行", "金额", "依据文件"]
ANSWER = ["支付流水号", "金额", "结果", "日期", "说明"]
PAID, RETURNED = "已付", "退汇"


class Unavailable(Exception):
    """The paying side cannot be reached now; try again later."""


@dataclass(frozen=True)
class Answer:
    """One line of an answer file. `problem` says why a line cannot be read; then only `line` is sure."""

    line: str
    reference: str = ""
    amount: Decimal | None = None
    result: str = ""
    day: date | None = None
    note: str = ""
    problem: str = ""


def folder(name: str) -> Path:
    """A folder of the exchange, made when missing."""
    path = settings.TREASURY_ROOT / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def pay(payment) -> str:
    """Hand one payment over; handing it over again changes nothing and returns the same receipt."""
    try:
        path = folder("out") / f"{payment.reference}.csv"
        if not path.exists():
            draft = path.with_suffix(f".{uuid4().hex}.part")
            draft.write_bytes(order_bytes(payment))
            draft.replace(path)  # whole or not at all
    except OSError as error:
        raise Unavailable(str(error)) from error
    return f"FILE-{payment.reference}"


def order_bytes(payment) -> bytes:
    """The order file's content: the same payment always gives the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(ORDER)
    account = payment.account
    writer.writerow(
        [payment.reference, account.holder, account.number, account.bank, f"{payment.amount:.2f}", payment.document]
    )
    return text.getvalue().encode("utf-8-sig")


def answer_files() -> list[Path]:
    """Answer files not read yet, in order of name."""
    return sorted(folder("in").glob("*.csv"))


def answers(path: Path) -> Iterator[Answer]:
    """The lines of one answer file; a line or a file that cannot be read says so and is never guessed."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        yield Answer(path.name, problem="文件不是 UTF-8 编码，其中任何一行都没有登记，请财政部门重新导出")
        return
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield _answer(row)


def _answer(row) -> Answer:
    line = ",".join(str(value) for value in row.values())
    try:
        result = row["结果"]
        if result not in {PAID, RETURNED}:
            raise ValueError(result)
        return Answer(
            line, row["支付流水号"], Decimal(row["金额"]), result, date.fromisoformat(row["日期"]), row["说明"]
        )
    except (KeyError, ValueError, InvalidOperation, TypeError):
        return Answer(line, problem="这一行读不懂，没有登记")


def put_away(path: Path) -> None:
    """Move a read answer file aside."""
    path.replace(folder("in/done") / path.name)
