"""A bar after a revocation, as far as the edition's rules let it reach the rest of a group."""

import pytest
from django.utils.timezone import localdate

from awards.models import Bar, EditionRule
from awards.standing.bar_actions import group_findings, group_problems
from enterprises.organisations import actions as registering
from foshan_quality.lib import clock
from tests import given
from tests.desk import office, record_url
from tests.steps import refused, state_of


def case(*, reaches):
    """An application handed in by a subsidiary whose parent is barred from this edition."""
    edition = given.open_edition(bar_group="是" if reaches else "否")
    parent = given.organisation()
    child = given.organisation(parent_name=parent.name, parent_code=parent.credit_code)
    with clock.at(given.SPRING):
        application = given.submitted(given.complete_draft(edition, child))
        bar = {"editions": 2, "since": clock.now(), "reason": "2021年奖项已撤销（某文）。", "set_by": given.secretary()}
        Bar.objects.create(organisation=parent, programme=edition.programme, **bar)
    return application


@pytest.mark.parametrize("reaches", [True, False])
def test_a_subsidiary_of_a_barred_firm_is_accepted_only_where_the_rules_leave_groups_alone(db, reaches):
    application = case(reaches=reaches)
    by, second = given.secretary(), given.secretary()

    with clock.at(given.SPRING):
        page = office(by).get(record_url(application)).content.decode()
        if reaches:
            with refused("group_barred", untouched=[application]):
                given.accepted(application, by=by, second=second)
        else:
            given.accepted(application, by=by, second=second)

    assert state_of(application) == ("submitted" if reaches else "in_review")
    assert "同一集团的" in page
    assert ("这里只作提示，不影响受理" in page) is not reaches


def test_the_sentence_names_the_member_the_editions_and_the_basis(db):
    application = case(reaches=True)
    EditionRule.objects.filter(key="bar_group").update(document="某办法", article="第九条")

    [problem] = group_problems(application.edition, application.organisation)

    assert "受申报限制：2021年奖项已撤销（某文）。本届规则（某办法第九条）" in problem.text
    assert "此后 2 届，本届是其中第 1 届" in problem.text


def test_a_barred_subsidiary_keeps_its_parent_out_too(db):
    application = case(reaches=True)
    above = application.organisation
    child = given.organisation(parent_name=above.name, parent_code=above.credit_code)

    codes = [problem.code for problem in group_problems(application.edition, child)]

    assert codes == ["group_barred"]  # its grandparent's
    assert group_problems(application.edition, given.organisation()) == []


def test_a_firm_that_takes_its_parent_out_is_accepted_and_staff_are_told_of_the_link(db):
    application = case(reaches=True)
    firm = application.organisation
    parent = firm.parent_name
    registering.edit(firm, by=given.owner_of(firm), parent_name="", parent_code="")

    [finding] = group_findings(application.edition, firm)

    assert group_problems(application.edition, firm) == []
    assert f"同一集团的{parent}受申报限制：" in finding.text
    assert f"{firm.name}自 {date_of(firm.parent_links.last())} 登记上级单位为{parent}" in finding.text


def date_of(row):
    return localdate(row.since)


def test_a_firm_without_a_group_is_asked_about_with_one_query(db, django_assert_num_queries):
    edition, firm = given.open_edition(), given.organisation()

    with django_assert_num_queries(1):
        assert group_findings(edition, firm) == []
