"""The books against the orders, the budgets, the awards and the treasury's answers: do they say the same?

Every check is one plain SQL statement over the tables (`checks/*.sql`), so that a mistake in the code that wrote the
rows is not made again here. A statement sees one instant of the database, and every act writes all it changes in one
transaction: no act under way looks like a difference.
"""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from xml.etree import ElementTree

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from foshan_quality.lib.secrecy import SecretBytesField, revealed

from ..batches.layouts import answers

STATEMENTS = Path(__file__).parent / "checks"
ACCOUNT = "查看拨付单和它的台账，对照审计日志，找出缺的或者多的一笔；台账只能以冲正更正。"
TAMED = re.compile(r"^'(?=[=+\-@\t\r])")
SUM = re.compile(r"\d+\.\d\d\b")
STOP = "立即停止对外支付，请资金负责人和审计管理员对照审计日志、数据库备份查明是谁改了哪一行。"


@dataclass(frozen=True)
class Difference:
    """One place where two accounts of the same thing part: which check, which record, what should be, what is."""

    code: str
    kind: str
    key: int
    name: str
    expected: str
    found: str


@dataclass(frozen=True)
class Check:
    """One question. `title` says what holds when all is well, `remedy` what to do when it does not.

    `find` gives rows of kind of record, key, name, expected, found; without it the statement of that code does.
    """

    code: str
    title: str
    remedy: str
    find: Callable[[], Iterable[tuple]] | None = None

    def differences(self):
        """Everything that does not hold. A check that cannot be carried out is a difference too. One query."""
        find = self.find or partial(rows, self.code)
        try:
            with transaction.atomic():
                return [
                    Difference(self.code, kind, key, name, parted(expected), parted(found))
                    for kind, key, name, expected, found in find()
                ]
        except (DatabaseError, ImproperlyConfigured) as error:
            return [Difference(self.code, "", 0, self.title, "查得完", f"没有查完：{error}"[:300])]


def parted(text: str) -> str:
    """The text with the thousands of its sums parted."""
    return SUM.sub(lambda found: f"{Decimal(found[0]):,}", text)


@cache
def statement(code: str) -> str:
    """The SQL of a check, as it stands in its file."""
    return (STATEMENTS / f"{code}.sql").read_text("utf-8")


def rows(code: str) -> list[tuple]:
    """What the statement of that code finds. One query."""
    with connection.cursor() as cursor:
        cursor.execute(statement(code))
        return cursor.fetchall()


def changed_contents():
    """Payments whose approved digest is not that of what they say now: payee, account, bank, sum and basis."""
    for key, reference, seen, holder, number, bank, amount, document in rows("approved_contents"):
        said = "\n".join([holder, revealed(number), bank, amount, document])
        digest = hashlib.sha256(said.encode()).hexdigest()
        if digest != seen:
            yield (
                "awards.disbursement",
                key,
                f"支付流水号 {reference}",
                f"复核摘要 {seen[:16]}…",
                f"现为 {digest[:16]}…",
            )


def changed_batches():
    """Batches whose file is not the one that was made, or orders other payments, payees, accounts or sums than were
    approved."""
    for key, number, digest, layout, encoding, content, approved in rows("batch_contents"):
        file = opened(content)
        found = hashlib.sha256(file).hexdigest()
        if found != digest:
            yield "awards.paymentbatch", key, f"批次 {number}", f"摘要 {digest[:16]}…", f"现为 {found[:16]}…"
        elif ordered_in(file, layout, encoding) != sorted(approved):
            yield (
                "awards.paymentbatch",
                key,
                f"批次 {number}",
                f"文件列出它的 {len(approved)} 笔，收款方、账户、金额、依据与复核一致",
                "文件列的是别的拨付单或别的内容",
            )


def ordered_in(file: bytes, layout: str, encoding: str) -> list[str]:
    """Each order of a file: its reference, the digest of payee, account, bank, sum, basis. [] where it is no such."""
    try:
        text = file.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        if layout == "xml":
            orders = [[field.text or "" for field in payment] for payment in ElementTree.fromstring(text)]  # noqa: S314
        else:
            table = list(csv.reader(io.StringIO(text, newline="")))[1:-1]
            orders = [[TAMED.sub("", cell) for cell in row[2:]] for row in table]
        return sorted(f"{said[0]} {hashlib.sha256(chr(10).join(said[1:]).encode()).hexdigest()}" for said in orders)
    except (UnicodeDecodeError, ElementTree.ParseError, csv.Error, IndexError):
        return []


def changed_results():
    """Result files that are not those that were read, or say otherwise than the lines booked from them."""
    for key, name, digest, content, booked in rows("result_contents"):
        file = opened(content)
        found = hashlib.sha256(file).hexdigest()
        if found != digest:
            yield "awards.resultfile", key, name, f"摘要 {digest[:16]}…", f"现为 {found[:16]}…"
        elif booked and set(booked) - {
            f"{said.line}|{said.batch}|{said.reference}|{said.amount:.2f}|{said.result}|{said.day}"
            for said in answers(file)
            if not said.problem
        }:
            yield "awards.resultfile", key, name, "登记的各行都是文件所写", "登记了文件里没有的行，或内容不同"


def opened(content) -> bytes:
    """A stored file's plain bytes."""
    return SecretBytesField().from_db_value(bytes(content), None, connection)


CHECKS = (
    Check("booking_balances", "每笔台账借贷相等", STOP),
    Check("trial_balance", "每项预算的各科目合计为零", STOP),
    Check("budget_total", "预算总额等于台账下达数", "对照下达和调整文件，核对“资金预算”和它的台账。"),
    Check("budget_reserved", "预算已占用等于在办和已付的拨付单，也等于台账", ACCOUNT),
    Check("payment_position", "每张拨付单的状态与台账一致", ACCOUNT),
    Check("payment_events", "拨付单的每个步骤记账一次，不缺不重", ACCOUNT),
    Check("entries_belong", "分录记在它的拨付单和预算上", STOP),
    Check("entitlement_covers", "拨付单合计不超过奖补资格", "退回或撤销多出的拨付单；已送出的立即联系财政部门。"),
    Check("payee", "收款账户属于获奖单位，支付方与奖补资格一致", STOP),
    Check("two_people", "经办、复核、账户核实各由不同的人", STOP),
    Check("approved_contents", "拨付内容与复核时所见一致", STOP, changed_contents),
    Check("answered", "已送、已付、已退汇的都有回执和日期", "向财政部门核实这笔支付的结果。"),
    Check(
        "honour_grounded",
        "奖补资格的荣誉有生效的批准文件或来源",
        "对照批准文件核对荣誉；没有依据的，撤回奖补资格。",
    ),
    Check(
        "revoked",
        "已撤销的荣誉没有待付的拨付单，已付的已立项追回",
        "待付的由资金复核人员退回经办；已付的请秘书处核对撤销决定并立项追回。",
    ),
    Check("clawback_books", "应追回、已追回与到账登记和台账一致", "对照收款凭证，核对“奖金追回”和它的台账。"),
    Check("batch_sums", "支付批次的笔数、合计、支付方和状态与它的拨付单一致", STOP),
    Check("batch_numbers", "支付批次的编号按年连续", STOP),
    Check("batch_files", "支付批次的文件与编制时的摘要一致，列的正是它的拨付单", STOP, changed_batches),
    Check("results", "到账、退汇的拨付单与财政结果逐笔对应", "对照财政结果文件和拨付单；结果有误的与财政部门核对。"),
    Check("result_files", "财政结果文件与读入时的摘要一致", STOP, changed_results),
    Check("audit_trail", "复核、送财政、回执、到账和退汇都在审计日志里", STOP),
    Check("vanished", "审计日志里的奖补、拨付、批次、结果、追回和预算都还在", STOP),
    Check("special_authority", "与标准不同的金额都经另一人授权，金额是录入时的金额", STOP),
    Check("confirmed_by_two", "标准、分期、公示、追回登记、上传的财政结果和冲正各由两人录入和核对", STOP),
    Check("budget_changes", "预算的每次追加和调减都入账，入账的都有文件", "对照调整文件，核对“资金预算”和它的台账。"),
    Check("sources", "每笔记账都有来源记录", STOP),
    Check("instalments", "分期款和重付与计划、退汇一致", STOP),
    Check(
        "payout_notices",
        "标准要求拨付前公示的，复核前已公示期满",
        "立即停止对外支付，核对公示材料和“奖补资格”的公示登记。",
    ),
)
BY_CODE = {check.code: check for check in CHECKS}


def differences() -> list[Difference]:
    """Everything that any check finds, in the order of the checks. One query a check; nothing is written."""
    return [found for check in CHECKS for found in check.differences()]
