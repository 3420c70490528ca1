"""The pool as a workbook: its columns, what the rows of a filled-in one say, and what taking it in would do. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from enterprises.districts import District
from foshan_quality.lib.identity import credit_code_problem, tidy_credit_code
from foshan_quality.lib.tables import Column, Flaw, Unreadable, among, code_cell, fitting, rows_of

from .fields import tags_of

OUTSIDE = "市外"
COLUMNS = [
    Column("邮箱", "email", True, 254, "平台账号的邮箱；须已有“评审专家”角色"),
    Column("姓名", "name", True, 60, "与账号姓名一致"),
    Column("工作单位", "employer", True, 120, "全称；用于判断应当回避的情形"),
    Column("工作单位信用代码", "employer_code", False, 0, "整列设为文本格式"),
    Column("所属集团", "employer_group", False, 120),
    Column("所在区", "district_code", False, 0, "、".join([*District.labels, OUTSIDE])),
    Column("职称", "title", False, 60),
    Column("专业领域", "fields", False, 200, "用顿号分开"),
    Column("可任组长", "may_head", False, 0, "是、否"),
]
HEADINGS = {column.fact: column.heading for column in COLUMNS}
FACTS = [column.fact for column in COLUMNS if column.fact not in {"email", "name"}]
FIRST = dict.fromkeys(FACTS, "") | {"may_head": True}  # of an entry that is new
DISTRICTS = {label: value for value, label in District.choices} | {OUTSIDE: ""}
WORDS = {"district_code": {value: label for label, value in DISTRICTS.items()}, "may_head": {True: "是", False: "否"}}


@dataclass(frozen=True)
class Account:
    """The account of somebody who holds the expert role: its key, the name, what the pool says of the person if any."""

    key: int
    name: str
    entry: Mapping | None = None


@dataclass(frozen=True)
class Line:
    """One row that can be taken: what the entry says before (nothing for a new one) and after."""

    row: int
    account: Account
    after: Mapping

    @property
    def changes(self):
        """What changes, in words: (heading, before, after); of a new entry everything that is filled in."""
        before = self.account.entry
        return [
            (HEADINGS[fact], "" if before is None else said(fact, before[fact]), said(fact, self.after[fact]))
            for fact in FACTS
            if (self.after[fact] != "" if before is None else self.after[fact] != before[fact])
        ]

    @property
    def leaves_employer(self):
        """Whether somebody known comes under another employer."""
        return self.account.entry is not None and self.after["employer"] != self.account.entry["employer"]

    @property
    def outcome(self):
        """What taking the row in would do, in a word."""
        return "新增" if self.account.entry is None else ("更新" if self.changes else "没有变化")


@dataclass(frozen=True)
class Trial:
    """What taking in a file would do; nothing at all while any row has a flaw. `seen` is a digest of all of it."""

    lines: list[Line]
    flaws: list[Flaw]

    @property
    def written(self):
        """The rows that would write something."""
        return [line for line in self.lines if line.changes]

    @property
    def renamed(self):
        """The rows that move somebody known to another employer."""
        return [line for line in self.written if line.leaves_employer]

    @property
    def counts(self):
        """How many rows would do what, and how many cannot be taken."""
        found = [line.outcome for line in self.lines]
        rows = {"新增": 0, "更新": 0, "没有变化": 0} | {word: found.count(word) for word in found}
        return [*rows.items(), ("不能读入", len({flaw.row for flaw in self.flaws}))]

    @property
    def seen(self):
        told = [(line.row, line.account.key, line.outcome, line.changes) for line in self.lines]
        return hashlib.sha256(repr((told, self.flaws)).encode()).hexdigest()


def said(fact, value) -> str:
    """A fact as the workbook writes it."""
    return WORDS.get(fact, {}).get(value, value)


def emails(rows: list) -> set[str]:
    """Every mailbox in the file, to ask for accounts."""
    return {facts["email"] for _row, facts, _flaws in rows_of(rows, COLUMNS, _value) if "email" in facts}


def tried(rows: list, accounts: Mapping[str, Account]) -> Trial:
    """What taking in these rows would do. `accounts` are by mailbox. A blank cell says nothing and erases nothing."""
    lines, flaws, first = [], [], {}
    for number, facts, wrong in rows_of(rows, COLUMNS, _value):
        account = accounts.get(facts.get("email"))
        if "email" in facts and "name" in facts:
            wrong = [*wrong, *_flaws(number, facts, account, first)]
        first.setdefault(facts.get("email"), number)
        flaws += wrong
        if not wrong:
            given = {fact: value for fact, value in facts.items() if fact in FACTS}
            lines.append(Line(number, account, {**(account.entry or FIRST), **given}))
    return Trial(lines, flaws)


def _flaws(number, facts, account, first):
    email = facts["email"]
    if email in first:
        yield Flaw(number, "邮箱", f"与第 {first[email]} 行是同一邮箱", "请只保留一行")
    elif account is None:
        yield Flaw(
            number,
            "邮箱",
            f"没有用 {email[:60]} 的评审专家账号",
            "请核对邮箱；账号由系统管理员建立，“评审专家”角色由安全管理员授予",
        )
    elif account.name != facts["name"]:
        yield Flaw(number, "姓名", f"与账号不符：该邮箱的账号姓名是“{account.name}”", "请核对邮箱和姓名")
    if wrong := facts.get("employer_code") and credit_code_problem(facts["employer_code"]):
        yield Flaw(number, HEADINGS["employer_code"], wrong.rstrip("。"), "请对照执照核对，或者留空")


def _value(column, kind, text):
    """What a cell says; Unreadable when it cannot be told for sure."""
    match column.fact:
        case "email":
            return fitting(column, text).lower()
        case "employer_code":
            return tidy_credit_code(code_cell(kind, text))
        case "district_code":
            return among(DISTRICTS, text)
        case "may_head":
            return among({"是": True, "否": False}, text)
        case "fields":
            return _tags(column, text)
    return fitting(column, text)


def _tags(column, text):
    tags = "、".join(tags_of(text))
    if not tags:
        raise Unreadable("没有可以识别的领域", "请用顿号分开，如 装备制造、质量管理")
    return fitting(column, tags)
