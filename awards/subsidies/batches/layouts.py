"""The treasury's two layouts, CSV and XML: payments to bytes and bytes to answers. Pure.

The fields are documented in docs/operations.md. What an answer file says is never guessed: a file that is not one of
the two layouts, or in no known encoding, is refused whole; a line that cannot be read says so.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree

CSV, XML = "csv", "xml"
ORDER = ["批次号", "序号", "支付流水号", "收款户名", "收款账号", "开户银行", "金额", "依据文件"]
ANSWER = ["批次号", "支付流水号", "金额", "结果", "日期", "说明"]
ORDER_TAGS = ["Reference", "PayeeName", "PayeeAccount", "PayeeBank", "Amount", "Basis"]
ANSWER_TAGS = ["BatchNumber", "Reference", "Amount", "Outcome", "Date", "Note"]
PAID, RETURNED = "已付", "退汇"
TOTAL = "合计"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ACCOUNT = re.compile(r"(?<![0-9a-f-])(?:[0-9][ -]?){6,}(?=[0-9]{4}(?![0-9a-f-]))")
NOTE = 300  # characters of a note that are kept; the whole of it is in the file
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Unreadable(Exception):
    """The whole file is refused; the sentence says why."""


@dataclass(frozen=True)
class Order:
    """One payment as the treasury is told of it; the sum in yuan."""

    reference: str
    holder: str
    number: str
    bank: str
    amount: Decimal
    document: str

    def texts(self):
        """Its fields as they are written, in their order."""
        return [self.reference, self.holder, self.number, self.bank, f"{self.amount:.2f}", self.document]


@dataclass(frozen=True)
class Answer:
    """One line of an answer file. `problem` says why a line cannot be read; then only number and text are sure."""

    line: int
    text: str
    batch: str = ""
    reference: str = ""
    amount: Decimal | None = None
    result: str = ""
    day: date | None = None
    note: str = ""
    problem: str = ""


# --- orders -------------------------------------------------------------------------------------------


def unwritable(orders: Iterable[Order], encoding: str) -> list[tuple[str, str]]:
    """Every (text, its first character that the encoding or the layout lacks), each text once."""
    texts = dict.fromkeys(text for order in orders for text in order.texts())
    return [(text, lacking) for text in texts if (lacking := _lacking(text, encoding))]


def _lacking(text, encoding):
    odd = NOT_XML.search(text)
    if odd:
        return odd.group()
    try:
        text.encode(encoding)
    except UnicodeEncodeError as problem:
        return text[problem.start]
    return ""


def order_bytes(orders: list[Order], *, number: str, payer: str, layout: str, encoding: str) -> bytes:
    """The file of one batch. The same payments under the same number always give the same bytes."""
    write = {CSV: _order_csv, XML: _order_xml}[layout]
    return write(orders, number, payer, encoding)


def _order_csv(orders, number, payer, encoding):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(ORDER)
    for place, order in enumerate(orders, 1):
        writer.writerow([number, place, *(_tame(each) for each in order.texts())])
    writer.writerow([number, TOTAL, len(orders), "", "", "", f"{_sum(orders):.2f}", ""])
    return text.getvalue().encode("utf-8-sig" if encoding == "utf-8" else encoding)


def _tame(text):
    """A cell that no spreadsheet takes for a formula: such a text has an apostrophe in front."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _order_xml(orders, number, payer, encoding):
    batch = ElementTree.Element(
        "PaymentBatch",
        {"number": number, "payer": payer, "count": str(len(orders)), "total": f"{_sum(orders):.2f}"},
    )
    for place, order in enumerate(orders, 1):
        payment = ElementTree.SubElement(batch, "Payment", {"serial": str(place)})
        for tag, text in zip(ORDER_TAGS, order.texts(), strict=True):
            ElementTree.SubElement(payment, tag).text = text
    ElementTree.indent(batch)
    body = ElementTree.tostring(batch, encoding="unicode")
    return f'<?xml version="1.0" encoding="{encoding.upper()}"?>\n{body}\n'.encode(encoding)


def _sum(orders):
    return sum((order.amount for order in orders), Decimal("0.00"))


# --- answers ------------------------------------------------------------------------------------------


def answers(content: bytes) -> list[Answer]:
    """The lines of an answer file, in order. Unreadable when the file as a whole is none."""
    text = decoded(content)
    found = list(_answers_xml(text) if text.lstrip().startswith("<") else _answers_csv(text))
    if not found:
        raise Unreadable("文件里没有任何一行结果")
    return found


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, with or without its mark, or in GBK; Unreadable otherwise. Strict."""
    try:
        text, encoding = content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        try:
            text, encoding = content.decode("gbk"), "gbk"
        except UnicodeDecodeError:
            raise Unreadable("文件既不是 UTF-8 也不是 GBK 编码") from None
    if "\0" in text:
        raise Unreadable("文件里有空字符，不是文本")
    declared = re.match(r"\s*<\?xml[^>]*encoding=[\"']([\w-]+)", text)
    if declared and not text.isascii() and declared.group(1).lower() not in {encoding, encoding.replace("-", "")}:
        raise Unreadable(f"文件声明为 {declared.group(1)} 编码，实际不是")
    return text


def _answers_csv(text) -> Iterator[Answer]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if [cell.strip() for cell in next(rows, [])] != ANSWER:
            raise Unreadable(f"第一行不是“{'、'.join(ANSWER)}”")
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _answer(rows.line_num, row, ",".join(row))
    except csv.Error as problem:
        raise Unreadable(f"第 {rows.line_num} 行起不是完整的 CSV（{problem}）") from None


def _answers_xml(text) -> Iterator[Answer]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("XML 文件含有文档类型定义或实体，不予读取")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  without a DTD there are no entities
    except ElementTree.ParseError as problem:
        raise Unreadable(f"文件不是完整的 XML（{problem}）") from None
    if root.tag != "BatchResult" or {child.tag for child in root} - {"Result"}:
        raise Unreadable("XML 文件不是 BatchResult 及其 Result")
    for place, result in enumerate(root, 1):
        given = {child.tag: (child.text or "").strip() for child in result}
        whole = sorted(child.tag for child in result) == sorted(set(given)) and not set(given) - set(ANSWER_TAGS)
        cells = [given.get(tag, "") for tag in ANSWER_TAGS] if whole and not any(map(len, result)) else []
        yield _answer(place, cells, ",".join(f"{child.tag}={(child.text or '').strip()}" for child in result))


def _answer(line, cells, text):
    """One line, read strictly: six fields, a sum in yuan, one of the two words, a day of the calendar."""
    text = ACCOUNT.sub("****", text)[:1000]
    if len(cells) != len(ANSWER):
        return Answer(line, text, problem="栏数不对")
    batch, reference, amount, result, day, note = (cell.strip() for cell in cells)
    known = {"batch": batch[:60], "reference": reference[:60]}
    try:
        if result not in {PAID, RETURNED} or not AMOUNT.fullmatch(amount) or not DAY.fullmatch(day):
            raise ValueError(result)
        note = ACCOUNT.sub("****", note.removeprefix("'"))[:NOTE]
        return Answer(
            line, text, **known, amount=Decimal(amount), result=result, day=date.fromisoformat(day), note=note
        )
    except (ValueError, InvalidOperation):
        return Answer(line, text, **known, problem="金额、结果或日期读不懂")
