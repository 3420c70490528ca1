"""The self-check before filling: judged from the register where possible, answered where not, kept for the firm."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from awards.applications import eligibility as rules
from awards.applications import paper_actions
from awards.applications.queries import conditions_of, facts_about
from awards.models import SelfCheck
from awards.programmes import actions as calling
from enterprises.models import AuditEvent
from foshan_quality.permissions import Relation
from tests import given
from tests.steps import no_trace, refused, refused_by

TODAY = date(2026, 3, 18)
FACTS = rules.Facts(is_here=True, registered_on=date(2023, 3, 18), size="medium")


def asked(measure, value=""):
    return rules.Asked("key", "条件", measure=measure, value=value)


def verdict(measure, value="", **facts):
    found = rules.judged(asked(measure, value), replace(FACTS, **facts), TODAY)
    return found and found[0]


# --- the rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "value", "facts", "expected"),
    [
        ("registered_here", "", {}, "yes"),
        ("registered_here", "", {"is_here": False}, "no"),
        ("years_registered", "3", {}, "yes"),
        ("years_registered", "3", {"registered_on": date(2023, 3, 19)}, "no"),
        ("years_registered", "2", {"registered_on": date(2024, 2, 29)}, "yes"),
        ("cpe_years", "2", {"cpe_started_on": "2024-03"}, "yes"),
        ("cpe_years", "2", {"cpe_started_on": "2024年4月"}, "no"),
        ("cpe_years", "2", {"cpe_started_on": "很早"}, None),
        ("cpe_years", "2", {"cpe_started_on": "2024-13"}, None),
        ("size", "大型、中型", {}, "yes"),
        ("size", "large", {}, "no"),
        ("honoured_before", "5", {}, "yes"),
        ("honoured_before", "5", {"honoured_in": (2015, 2022)}, "no"),
        ("honoured_before", "4", {"honoured_in": (2022,)}, "yes"),
        ("parent_honoured", "4", {"parent_honoured_in": (2025,)}, "yes"),  # no parent is named
        ("parent_honoured", "4", {"parent": "某集团", "parent_honoured_in": (2025,)}, "no"),
        ("", "", {}, None),
    ],
)
def test_what_the_register_says_is_judged(measure, value, facts, expected):
    assert verdict(measure, value, **facts) == expected


@pytest.mark.parametrize("value", ["", "0"])
@pytest.mark.parametrize("measure", sorted(rules.NEEDING_A_VALUE))
def test_a_threshold_the_edition_does_not_set_is_not_asked_about(measure, value):
    assert rules.findings([asked(measure, value)], {}, FACTS, TODAY) == []


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [(["yes", "yes"], "yes"), (["yes", "unsure"], "unsure"), (["unsure", "no"], "no"), (["yes", ""], "unsure")],
)
def test_one_failing_condition_fails_the_whole_and_an_open_one_leaves_it_open(verdicts, whole):
    assert rules.outcome([rules.Finding(asked(""), one) for one in verdicts]) == whole


# --- an edition's conditions ----------------------------------------------------------------------------


def test_the_default_conditions_name_their_basis_and_claim_no_other_citys_rule(edition):
    conditions = conditions_of(edition)

    assert [c.key for c in conditions if c.is_on] == [
        "registered_here",
        "leading",
        "years_registered",
        "accidents",
        "credit",
    ]
    assert {c.document for c in conditions if not c.is_confirmed} == {"由本届申报通知规定"}
    assert [c.key for c in conditions if c.is_confirmed] == ["registered_here", "leading"]


def test_the_years_of_registration_are_those_of_the_rule_that_handing_in_goes_by(db, spring):
    edition = given.open_edition(years_registered="7")

    [condition] = [c for c in conditions_of(edition) if c.key == "years_registered"]

    assert condition.sentence == "登记注册满规定年限（7 年）"


def test_a_condition_is_settled_before_the_call_and_then_frozen(db, secretary):
    edition = given.prepared_edition(by=secretary)
    words = {"question": "企业规模", "explanation": "", "proof": "", "article": "", "is_confirmed": True}

    calling.set_condition(edition, by=secretary, key="size", document="某通知", value="大型", **words)
    with refused("document", untouched=[edition]):
        calling.set_condition(edition, by=secretary, key="size", document=" ", value="大型", **words)
    with refused("value", untouched=[edition]):
        calling.set_condition(edition, by=secretary, key="cpe_years", document="某通知", value="两年", **words)
    with refused("condition", untouched=[edition]):
        calling.set_condition(edition, by=secretary, key="no_such", document="某通知", value="", **words)

    [size] = [c for c in conditions_of(edition) if c.key == "size"]
    assert (size.is_on, size.basis, size.is_confirmed) == (True, "某通知", True)


def test_honours_of_the_firm_and_of_its_parent_are_known(edition, secretary):
    parent = given.organisation()
    firm = given.organisation(parent_name=parent.name, parent_code=parent.credit_code)
    for organisation, year in ((firm, 2019), (parent, 2024)):
        given.recorded_honour(organisation, kind="佛山市政府质量奖", year=year, announced_on=date(year, 6, 1))

    facts = facts_about(firm, edition)

    assert (facts.honoured_in, facts.parent_honoured_in, facts.parent) == ((2019,), (2024,), parent.name)


# --- the answers --------------------------------------------------------------------------------------

ANSWERS = {"leading": "yes", "accidents": "yes", "credit": "unsure"}


def test_the_result_is_kept_for_the_firm_and_replaced_by_the_next(edition, organisation, owner):
    paper_actions.check_oneself(edition, by=owner, organisation=organisation, answers=ANSWERS)
    paper_actions.check_oneself(edition, by=owner, organisation=organisation, answers=ANSWERS | {"credit": "yes"})

    assert SelfCheck.objects.get().answers == ANSWERS | {"credit": "yes"}
    assert AuditEvent.objects.filter(verb="check_oneself").count() == 2


@pytest.mark.parametrize("answers", [{"no_such": "yes"}, {"leading": "perhaps"}])
def test_answers_the_form_does_not_have_are_refused(edition, organisation, owner, answers):
    with refused("表单中有系统不认识的条件，没有保存。请刷新页面后重试。", untouched=[organisation]):
        paper_actions.check_oneself(edition, by=owner, organisation=organisation, answers=answers)


def test_readers_and_strangers_do_not_answer_for_a_firm(edition, organisation, stranger):
    for user in (stranger, given.colleague_of(organisation, Relation.READER)):
        with no_trace(organisation), pytest.raises(PermissionDenied):
            paper_actions.check_oneself(edition, by=user, organisation=organisation, answers=ANSWERS)


def test_the_database_keeps_one_result_for_each_firm_and_edition(edition, organisation, owner):
    check = paper_actions.check_oneself(edition, by=owner, organisation=organisation, answers=ANSWERS)

    with refused_by("one_self_check_per_edition"):
        SelfCheck.objects.create(
            edition=edition, organisation=organisation, checked_at=check.checked_at, checked_by=owner
        )


# --- the page -----------------------------------------------------------------------------------------


@pytest.fixture
def address(edition):
    return reverse("self_check", args=[edition.pk])


def test_the_page_asks_explains_and_keeps(client, address, owner):
    client.force_login(owner)
    before = client.get(address).content.decode()
    after = client.post(address, ANSWERS, follow=True).content.decode()

    assert "依据" in before
    assert "由本届申报通知规定" in before
    assert "成立日期 2005-06-18，满 3 年的日期为 2008-06-18" in before
    assert "还有不确定的条件" in after


def test_a_failing_condition_says_which_paper_would_prove_the_opposite(client, address, owner):
    client.force_login(owner)

    page = client.post(address, ANSWERS | {"leading": "no"}, follow=True).content.decode()

    assert "有 1 项不符合" in page
    assert "如与实际不符，能证明的材料：行业协会、统计部门或第三方机构出具的排名和数据。" in page


def test_every_condition_is_to_be_answered(client, address, owner):
    client.force_login(owner)

    page = client.post(address, {"leading": "yes"}).content.decode()

    assert "没有被列入严重违法失信名单：还没有回答" in page
    assert not SelfCheck.objects.exists()


def test_somebody_with_two_firms_chooses_and_meets_no_other(client, address, owner, organisation):
    second, foreign = given.organisation(owner=owner), given.organisation()
    client.force_login(owner)

    page = client.get(address, {"organisation": second.pk})

    assert page.context["organisation"] == second
    assert client.get(address, {"organisation": foreign.pk}).status_code == 404


def test_somebody_without_a_firm_is_led_to_register_one(client, address, stranger):
    client.force_login(stranger)

    assert client.get(address).url == reverse("organisation_new")


def test_the_desk_and_the_guide_lead_to_it(client, address, owner):
    guide = client.get(reverse("guide")).content.decode()
    client.force_login(owner)

    assert address in guide
    assert address in client.get(reverse("desk")).content.decode()
