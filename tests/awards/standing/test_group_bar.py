"""A bar after a revocation, as far as the edition's rules let it reach the rest of a group."""

import pytest

from awards.models import Bar, EditionRule
from awards.standing.bar_actions import group_problems
from foshan_quality.lib import clock
from tests import given
from tests.desk import office, record_url
from tests.steps import refused, state_of


def case(*, reaches):
    """An application handed in by a subsidiary whose parent is barred from this edition."""
    edition = given.open_edition(bar_group="是" if reaches else "否")
    parent, child = given.organisation(), given.organisation()
    child.parent_name, child.parent_code = parent.name, parent.credit_code
    child.save()
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
    assert ("同一集团的" in page) is reaches


def test_the_sentence_names_the_member_the_editions_and_the_basis(db):
    application = case(reaches=True)
    EditionRule.objects.filter(key="bar_group").update(document="某办法", article="第九条")

    [problem] = group_problems(application.edition, application.organisation)

    assert "受申报限制：2021年奖项已撤销（某文）。本届规则（某办法第九条）" in problem.text
    assert "此后 2 届，本届是其中第 1 届" in problem.text


def test_a_barred_subsidiary_keeps_its_parent_out_too(db):
    application = case(reaches=True)
    child = given.organisation()
    child.parent_name, child.parent_code = application.organisation.name, application.organisation.credit_code
    child.save()

    codes = [problem.code for problem in group_problems(application.edition, child)]

    assert codes == ["group_barred"]  # its grandparent's
    assert group_problems(application.edition, given.organisation()) == []
