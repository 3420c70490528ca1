"""The three officers' pages: accounts, roles, the trail."""

import re
from pathlib import Path

import pytest

from awards import models
from awards.process import APPLICATION
from enterprises.audit.words import FORMER, VERBS
from enterprises.models import AuditEvent, RoleGrant, User
from foshan_quality.empty_lists import SAYS
from foshan_quality.office import MENU
from foshan_quality.permissions import Role
from tests import given
from tests.desk import act_url, begin, begin_url, buttons, errors, list_url, office, press, record_url

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


def test_the_system_officer_opens_and_closes_accounts_and_grants_nothing():
    officer = given.system_officer()

    colleague = begin(officer, User, "create", name="新同事", email="new@example.invalid")
    press(officer, colleague, "close")

    assert (colleague.is_active, colleague.has_usable_password()) == (False, False)
    assert buttons(officer, colleague) == ["open"]
    assert office(officer).post(begin_url(RoleGrant, "grant")).status_code == 403


def test_an_address_in_use_is_not_opened_twice():
    officer, known = given.system_officer(), given.person()

    answer = office(officer).post(begin_url(User, "create"), {"name": "重名", "email": known.email.upper()})

    assert answer.status_code == 409
    assert "已有账号" in errors(answer)[0]


def test_every_list_of_the_menu_says_when_empty_what_will_stand_in_it():
    assert set(SAYS) == {label for labels in MENU.values() for label in labels}


def test_the_security_officer_grants_and_ends_roles():
    officer, person = given.security_officer(), given.person()

    grant = begin(officer, RoleGrant, "grant", user=person.email, role=Role.SECRETARIAT, district_code="")
    assert User.objects.get(pk=person.pk).roles == {Role.SECRETARIAT}
    press(officer, grant, "end", reason="调岗。")

    assert User.objects.get(pk=person.pk).roles == set()
    assert buttons(officer, grant) == []


def test_roles_that_must_not_meet_are_refused_with_the_reason():
    officer, maker = given.security_officer(), given.maker()

    answer = office(officer).post(
        begin_url(RoleGrant, "grant"), {"user": maker.email, "role": Role.FINANCE_CHECKER, "district_code": ""}
    )

    assert answer.status_code == 409
    assert errors(answer) == [f"{maker}已是“资金经办”，不能同时担任“资金复核”。没有改动任何内容。"]


def test_an_unknown_address_is_said_so_and_the_robot_is_no_choice():
    officer = given.security_officer()

    answer = office(officer).post(begin_url(RoleGrant, "grant"), {"user": "nobody@example.invalid", "role": Role.ROBOT})

    assert set(answer.context_data["form"].errors) == {"user", "role"}


def test_a_list_of_people_shows_their_roles_at_the_same_cost(django_assert_num_queries):
    officer = given.system_officer()
    client = office(officer)
    given.district_officer()
    client.get(list_url(User))

    with django_assert_num_queries(6):
        page = client.get(list_url(User))
    for _ in range(3):
        given.person("多角色", Role.SECRETARIAT, Role.COMMITTEE)
    with django_assert_num_queries(6):
        client.get(list_url(User))

    assert "区市场监管人员南海区" in page.content.decode()


def test_the_auditor_searches_the_trail_in_words_and_touches_nothing():
    auditor, officer = given.auditor(), given.security_officer()
    person = given.person("被授权者")
    begin(officer, RoleGrant, "grant", user=person.email, role=Role.LEADER, district_code="")
    client = office(auditor)
    event = AuditEvent.objects.latest("seq")

    found = client.get(list_url(AuditEvent, q=person.name, verb="grant_role"))

    assert list(found.context_data["cl"].result_list) == [event]
    assert "授予角色" in found.content.decode()
    assert "领导" in client.get(record_url(event)).content.decode()
    assert client.post(record_url(event), {"note": "改写"}).status_code == 405
    assert client.post(record_url(event).replace("change", "delete")).status_code == 404


def test_every_act_of_the_portal_has_a_word_in_the_trail():
    said = re.compile(r'(?:verb=|_log\(\w+, )"(\w+)"(?: if \w+ else "(\w+)")?')
    sources = [path.read_text() for app in ("awards", "enterprises") for path in (ROOT / app).rglob("*.py")]
    verbs = {verb for source in sources for found in said.findall(source) for verb in found if verb}
    workflows = [APPLICATION, *(m.workflow for m in vars(models).values() if hasattr(m, "workflow"))]
    verbs |= {name for workflow in workflows for name in workflow.steps}

    assert verbs == set(VERBS) - set(FORMER)


def test_an_unknown_act_on_a_role_grant_is_not_there():
    officer = given.security_officer()

    assert office(officer).get(act_url(RoleGrant.objects.first(), "grant")).status_code == 404
