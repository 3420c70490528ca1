import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from stdnum.cn import uscc

import awards.rubric
from awards.applications.sections import INDICATORS, PROFILE, REPORT_LIMIT
from awards.rehearsal import cast, names, texts
from awards.rehearsal.industries import DISTRICTS, INDUSTRIES

RUBRIC = json.loads((Path(awards.rubric.__file__).parent / "data" / "gbt19580-2012.json").read_text(encoding="utf-8"))
ITEMS = [item["code"] for category in RUBRIC["categories"] for item in category["items"]]
KNOWN = (
    "万和|凤铝|海天|高富|美芝|蒙娜丽莎|兴发|恒力泰|新明珠|天安|科顺|菱王|华兴|小熊|简一|中旗|日丰|箭牌|水业|利泰|远航|"
    "新润成|美的|坚美|联塑|伊之密|格兰仕|伟业|东鹏|碧桂园|顺德农商|佛燃|志高|容声|科龙|欧神诺|鹰牌|国星|星徽|新宝"
)


def cast_of(serial=1, seed=1):
    return cast.enterprises(seed=seed, serial=serial, year=2026, rubric=RUBRIC)


def everybody(serial, seed=1):
    applicants = [person for one in cast_of(serial, seed) for person in (one.owner, one.colleague)]
    experts = cast.experts(seed=seed, serial=serial)
    members = cast.committee(seed=seed, serial=serial)
    return [*applicants, *experts, *members, *cast.officers(seed=seed, serial=serial).values()]


@pytest.fixture(scope="module")
def twenty_rehearsals():
    return [one for serial in range(1, 21) for one in cast_of(serial)]


def test_the_same_seed_and_serial_give_the_same_cast_and_another_seed_gives_another():
    assert cast_of(3, 7) == cast_of(3, 7)
    assert cast_of(3, 7) != cast_of(3, 8)
    assert everybody(3, 7) == everybody(3, 7)


def test_twenty_rehearsals_share_no_name_no_credit_code_and_no_account(twenty_rehearsals):
    count = 20 * 24

    assert len({one.name for one in twenty_rehearsals}) == count
    assert len({one.short_name for one in twenty_rehearsals}) == count
    assert len({one.credit_code for one in twenty_rehearsals}) == count
    assert len({one.bank.account for one in twenty_rehearsals}) == count


def test_rehearsals_with_different_seeds_share_no_name_either():
    first, second = cast_of(serial=1, seed=1), cast_of(serial=2, seed=99)

    assert not {one.name for one in first} & {one.name for one in second}


def test_trade_names_do_not_repeat_over_fifty_serials_nor_after_them():
    trade_names = [names.trade_name(serial, index) for serial in range(1, 61) for index in range(names.PER_SERIAL)]

    assert len(set(trade_names)) == len(trade_names)


def test_trade_names_that_have_run_out_are_refused():
    with pytest.raises(ValueError, match="no trade name"):
        names.trade_name(0, 0)
    with pytest.raises(ValueError, match="rehearsals"):
        names.trade_name(len(names.SECOND) * (len(names.THIRD) + 1) + 1, 0)


def test_every_credit_code_is_well_formed_and_names_no_region(twenty_rehearsals):
    for one in twenty_rehearsals:
        assert uscc.validate(one.credit_code) == one.credit_code
        assert one.credit_code[2:8] == "000000"


def test_no_name_contains_a_well_known_one(twenty_rehearsals):
    assert [one.name for one in twenty_rehearsals if re.search(KNOWN, one.name)] == []


def test_every_rehearsal_has_all_districts_all_industries_a_long_name_and_a_rare_character():
    for serial in range(1, 21):
        applicants = cast_of(serial)

        assert {one.district_code for one in applicants} == set(DISTRICTS)
        assert {one.industry for one in applicants} == {industry.name for industry in INDUSTRIES}
        assert {one.size for one in applicants} == {"large", "medium", "small"}
        assert sum(names.RARE in one.name for one in applicants) == 1
        assert sum(len(one.name) >= 26 for one in applicants) == 1


def test_the_form_is_filled_in_and_no_answer_is_over_its_limit(twenty_rehearsals):
    limits = {field.key: field.limit for field in PROFILE}

    for one in twenty_rehearsals:
        assert list(one.profile) == list(limits)
        assert all(0 < len(text) <= limits[key] for key, text in one.profile.items())


def test_the_three_years_before_the_edition_have_every_indicator_or_a_reason(twenty_rehearsals):
    for one in twenty_rehearsals:
        assert sorted(one.indicators) == [2023, 2024, 2025]
        for row in one.indicators.values():
            assert set(row) == {field.key for field in INDICATORS}
            assert {key for key, value in row.items() if value is None} == set(one.not_applicable)
            assert all(value.as_tuple().exponent == -2 for value in row.values() if value is not None)


def test_figures_are_plausible_and_only_negative_where_they_may_be(twenty_rehearsals):
    may_be_negative = {field.key for field in INDICATORS if field.may_be_negative}

    for one in twenty_rehearsals:
        for row in one.indicators.values():
            assert all(value >= 0 for key, value in row.items() if value is not None and key not in may_be_negative)
            assert Decimal(20) <= row["debt_ratio"] <= Decimal(65)
            assert Decimal("0.02") <= row["total_profit"] / row["revenue"] <= Decimal("0.2")
            assert row["first_pass_yield"] <= 100


def test_some_enterprises_do_not_export_and_some_lose_on_investments(twenty_rehearsals):
    assert any("exports" in one.not_applicable for one in twenty_rehearsals)
    assert any(row["investment_income"] < 0 for one in twenty_rehearsals for row in one.indicators.values())


def test_every_item_is_answered_at_a_readable_length_within_the_limit_of_the_report(twenty_rehearsals):
    for one in twenty_rehearsals:
        assert list(one.answers) == ITEMS
        assert all(220 <= len(text) <= 520 for text in one.answers.values())
        assert sum(map(len, one.answers.values())) <= REPORT_LIMIT


def test_no_text_has_an_unfilled_place_or_doubled_punctuation(twenty_rehearsals):
    for one in twenty_rehearsals:
        for text in [*one.answers.values(), one.profile["overview"]]:
            assert re.search(r"[{}]|[，。；、]{2}|None", text) is None
            assert text.endswith("。")


def test_two_reports_of_a_rehearsal_are_never_the_same():
    reports = ["".join(one.answers.values()) for one in cast_of()]

    assert len(set(reports)) == len(reports)


def test_every_item_has_three_wordings_of_each_part():
    for code in ITEMS:
        assert len(texts.BANK[code]) >= 4
        assert all(len(set(wordings)) == 3 for wordings in texts.BANK[code].values())


def test_revenue_named_in_the_report_is_the_revenue_reported(twenty_rehearsals):
    for one in twenty_rehearsals:
        reported = {str(row["revenue"]) for row in one.indicators.values()}
        named = re.findall(r"主营业务收入(?:依次为)?([\d.、]+)万元", "".join(one.answers.values()))

        assert {figure for run in named for figure in run.split("、")} <= reported
        assert named


def test_an_item_without_sentences_is_named():
    rubric = {"categories": [{"kind": "process", "items": [{"code": "9.9"}]}]}

    with pytest.raises(ValueError, match=r"9\.9"):
        cast.enterprises(seed=1, serial=1, year=2026, rubric=rubric)


def test_everybody_has_an_address_a_number_and_a_name_of_their_own():
    people = [person for serial in range(1, 21) for person in everybody(serial)]

    assert len({person.email for person in people}) == len(people)
    assert len({person.phone for person in people}) == len(people)
    assert all(re.fullmatch(r"[a-z0-9.-]+@example\.invalid", person.email) for person in people)
    assert all(re.fullmatch(r"1380000\d{4}", person.phone) for person in people)
    assert len({person.name for person in everybody(1)}) == len(everybody(1))


def test_only_the_expert_asked_for_works_for_an_applicant():
    applicant = cast_of()[0].name

    employers = [expert.employer for expert in cast.experts(seed=1, serial=1, employed_by=applicant)]

    assert employers.count(applicant) == 1
    assert len(employers) == 12


def test_every_industry_is_known_to_an_expert():
    fields = {field for expert in cast.experts(seed=1, serial=1) for field in expert.fields}

    assert fields == {industry.name for industry in INDUSTRIES}


def test_the_committee_is_seventeen_with_one_chair_and_two_deputies():
    duties = [member.duty for member in cast.committee(seed=1, serial=1)]

    assert len(duties) == 17
    assert (duties.count("主任委员"), duties.count("副主任委员")) == (1, 2)


def test_every_office_is_held_by_somebody_else():
    officers = cast.officers(seed=1, serial=1)

    assert set(officers) == {
        *("secretariat", "secretariat_second", "finance_maker", "finance_checker", "finance_checker_second", "leader"),
        *("auditor", "system_officer", "security_officer"),
        *(f"district_{code}" for code in DISTRICTS),
    }
    assert len({person.email for person in officers.values()}) == len(officers)


@pytest.mark.parametrize("count", [0, 49])
def test_more_applicants_than_there_are_names_for_are_refused(count):
    with pytest.raises(ValueError, match="count"):
        cast.enterprises(seed=1, serial=1, year=2026, rubric=RUBRIC, count=count)
