"""Who must not judge whom. Pure: no database."""

from dataclasses import replace
from datetime import date

import pytest

from awards.experts.conflicts import Above, Applicant, Judge, Tie, all_conflicts, conflicts, since
from awards.experts.fields import knows, tags_of

FIRM = "佛山市某某机械有限公司"
CODE, PARENT_CODE = "91000000MA0000001X", "91000000MA0000002Y"
FIRST_DAY = date(2023, 3, 2)
APPLICANT = Applicant(
    7,
    FIRM,
    CODE,
    former_names=("佛山市旧名机械厂",),
    parent_name="某某集团有限公司",
    parent_code=PARENT_CODE,
    phones=frozenset({"13800138000"}),
)


def found(employer="某大学", **facts):
    return [problem.code for problem in conflicts(Judge("专家甲", employer, **facts), APPLICANT, FIRST_DAY)]


def tie(kind, name=FIRM, **facts):
    return (Tie(kind, "咨询服务", name, **facts),)


def test_a_stranger_to_the_applicant_has_no_known_conflict():
    assert found() == []
    assert found(organisations=frozenset({8, 9}), phone="13900139000", group="另一集团", parent_code="X") == []


@pytest.mark.parametrize("employer", [FIRM, f"　{FIRM} ", "佛山市某某机械有限公司", "佛山市旧名机械厂"])
def test_nobody_judges_the_own_employer_however_it_is_typed_and_by_whatever_name(employer):
    assert found(employer) == ["employer"]


def test_an_employer_is_known_by_its_code_under_another_name():
    assert found("别名", employer_code=CODE) == ["employer"]
    assert found("别名", employer_code="") == []


@pytest.mark.parametrize(
    "facts",
    [
        {"employer": "某某集团有限公司"},
        {"employer": "别名", "employer_code": PARENT_CODE},
        {"group": "某某集团有限公司"},
        {"group": FIRM},
        {"parent_code": PARENT_CODE},
        {"parent_code": CODE},
    ],
)
def test_nobody_judges_a_firm_of_the_own_group_whichever_stands_above_the_other(facts):
    assert found(**facts) == ["group"]


def test_nobody_judges_an_organisation_they_belong_to_under_this_account_or_another():
    assert found(organisations=frozenset({7})) == ["member"]
    assert found(phone="13800138000") == ["same_person"]
    assert found(phone="13800138000", organisations=frozenset({7})) == ["member"]


@pytest.mark.parametrize("kind", ["post", "former", "consulting", "training", "shares", "kinship", "other"])
def test_every_kind_of_interest_counts_with_the_applicant_and_with_its_parent(kind):
    assert found(ties=tie(kind)) == [kind]
    assert found(ties=tie(kind, "某某集团有限公司")) == [kind]
    assert found(ties=tie(kind, "无关单位")) == []


def test_an_interest_that_ended_counts_from_the_first_day_that_is_looked_back_to():
    assert found(ties=tie("former", ended_on=FIRST_DAY)) == ["former"]
    assert found(ties=tie("former", ended_on=date(2023, 3, 1))) == []


@pytest.mark.parametrize(("ended_on", "expected"), [(FIRST_DAY, True), (date(2023, 3, 1), False)])
def test_a_parent_that_was_taken_out_counts_as_long_as_a_tie_that_ended(ended_on, expected):
    former = (Above("某某集团有限公司", PARENT_CODE, ended_on),)
    left = Applicant(7, FIRM, CODE, former_parents=former)
    judges = {
        1: Judge("甲", "某某集团有限公司"),
        2: Judge("乙", "某大学", parent_code=PARENT_CODE),
        3: Judge("丙", "某大学", ties=tie("shares", "某某集团有限公司")),
        4: Judge("丁", "姊妹公司", former_parents=former),
    }

    found = all_conflicts(judges, [left], FIRST_DAY)

    assert {key: [p.code for p in reasons] for (key, _firm), reasons in found.items()} == (
        {1: ["group"], 2: ["group"], 3: ["shares"], 4: ["group"]} if expected else {}
    )
    if expected:
        assert found[1, 7][0].text == (
            "甲的工作单位与申报单位属于同一集团（上级单位某某集团有限公司自 2023-03-02 起不再登记）。"
        )


def test_a_parent_that_still_stands_is_told_without_its_past():
    applicant = replace(APPLICANT, former_parents=(Above("某某集团有限公司", PARENT_CODE, FIRST_DAY),))

    [reason] = conflicts(Judge("甲", "某某集团有限公司"), applicant, FIRST_DAY)

    assert reason.text == "甲的工作单位与申报单位属于同一集团。"


def test_every_conflict_is_named_with_its_reason_in_words():
    judge = Judge("专家甲", FIRM, frozenset({7}), ties=tie("consulting", ended_on=date(2024, 5, 6)))

    assert [problem.text for problem in conflicts(judge, APPLICANT, FIRST_DAY)] == [
        "专家甲的工作单位就是申报单位。",
        "专家甲是申报单位在本平台的成员。",
        "专家甲与申报单位有利害关系：咨询服务（2024-05-06 终止）。",
    ]


def test_blank_facts_never_make_a_conflict():
    assert conflicts(Judge("甲", ""), Applicant(1, FIRM), FIRST_DAY) == []


def test_all_pairs_are_judged_as_each_one_is():
    other = Applicant(8, "另一公司", "91000000MA0000003Z", parent_name="某某集团有限公司", parent_code=PARENT_CODE)
    judges = {
        1: Judge("甲", FIRM),
        2: Judge("乙", "某大学", parent_code=PARENT_CODE),
        3: Judge("丙", "某大学", frozenset({8})),
        4: Judge("丁", "某大学", phone="13800138000"),
        5: Judge("戊", "某大学", ties=tie("shares", "另一公司")),
        6: Judge("己", "某大学"),
    }

    together = all_conflicts(judges, [APPLICANT, other], FIRST_DAY)

    one_by_one = {
        (key, applicant.key): reasons
        for key, judge in judges.items()
        for applicant in (APPLICANT, other)
        if (reasons := conflicts(judge, applicant, FIRST_DAY))
    }
    assert together == one_by_one
    assert set(together) == {(1, 7), (2, 7), (2, 8), (3, 8), (4, 7), (5, 8)}


def test_the_look_back_counts_from_the_opening_of_the_call():
    assert since(date(2026, 3, 2), 3) == date(2023, 3, 2)
    assert since(date(2028, 2, 29), 3) == date(2025, 2, 28)


def test_fields_are_tags_however_they_are_parted():
    assert tags_of("装备制造、家电， 质量管理;家电") == ("装备制造", "家电", "质量管理")
    assert tags_of("") == ()


def test_a_field_knows_an_industry_of_the_same_name_or_a_part_of_it():
    assert knows(("家电",), "家电制造")
    assert knows(("装备制造业",), "装备制造")
    assert not knows(("食品",), "家电制造")
    assert not knows(("食品",), "")
