"""Judging an entered decision, and telling a case to its holder."""

from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from awards.revocations.judgement import decision_problems, next_step, timeline
from awards.standing.bars import editions_barred, said

TODAY = date(2026, 9, 20)
DECISION = {
    "outcome": "revoke",
    "issuer": "佛山市人民政府",
    "number": "佛府〔2026〕30号",
    "title": "关于撤销的决定",
    "issued_on": date(2026, 9, 18),
    "public_reason": "申报材料弄虚作假。",
    "grounds": "",
    "repay_by": None,
}


def codes(has_scan=True, **changes):
    return [p.code for p in decision_problems(DECISION | changes, today=TODAY, has_scan=has_scan)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"number": "佛府[2026]30号"}, ["number"]),
        ({"issued_on": date(2026, 9, 21)}, ["issued_on"]),
        ({"issued_on": None, "public_reason": "", "title": ""}, ["empty", "empty", "issued_on"]),
        ({"repay_by": date(2026, 9, 19)}, ["repay_by"]),
        ({"has_scan": False}, ["scan"]),
        ({"outcome": "keep"}, ["grounds"]),
        ({"outcome": "keep", "grounds": "查无实据。", "number": "", "has_scan": False}, []),
    ],
)
def test_a_revocation_needs_its_document_and_keeping_its_grounds(changes, expected):
    assert codes(**changes) == expected


def case(state, **facts):
    told = datetime(2026, 9, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    nothing = {"answer_by": date(2026, 9, 8), "heard_on": None, "issued_on": None, "confirmed_at": None}
    return SimpleNamespace(state=state, told_at=told, statements=SimpleNamespace(all=list), **nothing | facts)


@pytest.mark.parametrize(
    ("state", "facts", "kinds"),
    [
        ("told", {}, ["done", "now", "later", "later"]),
        ("heard", {"heard_on": date(2026, 9, 9)}, ["done", "done", "done", "now"]),
        ("decided", {"heard_on": date(2026, 9, 9), "issued_on": TODAY}, ["done", "done", "done", "now"]),
        ("revoked", {"heard_on": date(2026, 9, 9), "issued_on": TODAY}, ["done"] * 4),
    ],
)
def test_the_holder_sees_how_far_the_case_is_and_no_decision_before_it_is_confirmed(state, facts, kinds):
    steps = timeline(case(state, **facts))

    assert [step.kind for step in steps] == kinds
    assert steps[-1].when == (TODAY if state == "revoked" else None)


def test_what_comes_next_is_said_in_every_state():
    assert "2026-09-08" in next_step("told", date(2026, 9, 8), "")
    assert "照常有效" in next_step("decided", None, "")
    assert next_step("revoked", None, "应退回 5 元。") == "应退回 5 元。"
    assert next_step("revoked", None, "") == "撤销已生效，没有需要退回的奖金。"


@pytest.mark.parametrize(("cause", "editions"), [("fraud", 2), ("accident", 1), ("other", 1), ("returned", 0)])
def test_the_bar_follows_from_the_cause_by_the_rules_of_the_edition(cause, editions):
    assert editions_barred(cause, {"bar_fraud": 2, "bar_other": 1}) == editions


def test_the_bar_says_why_and_until_when():
    words = said("某奖已撤销。", 1, 2, 8)

    assert words.startswith("某奖已撤销。此后 2 届不得申报，本届是其中第 1 届，至第九届为止。")
