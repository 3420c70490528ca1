"""Credit findings in the office: what waits, who may judge, and what the other pages say of them."""

import pytest

from awards.models import CreditFinding
from awards.standing import actions
from tests import given
from tests.desk import act_url, buttons, errors, list_url, office, press, record_url

pytestmark = pytest.mark.usefixtures("db", "spring")
EXCLUDED = {"reason": "与奖项无关", "document": "某说明〔2026〕1号"}


@pytest.fixture
def found(submitted):
    return given.finding(submitted)


def waiting(user):
    lines = office(user).get("/office/").context_data["waiting"]
    return {line["label"]: line["count"] for line in lines if "信用" in line["label"]}


def test_a_new_finding_waits_until_somebody_judges(found, secretary):
    assert waiting(secretary) == {"有新的信用记录涉及在评单位，待核查": 1}

    press(secretary, found, "exclude", **EXCLUDED)

    assert waiting(secretary) == {}
    page = office(secretary).get(record_url(found)).content.decode()
    assert all(said in page for said in ("已排除（一人）", "与奖项无关", "某说明〔2026〕1号", str(secretary)))


def test_the_page_names_the_other_records_of_the_look_back(found, submitted, secretary):
    given.credit_record(submitted.organisation, kind="other", number="其他一号")
    given.credit_record(submitted.organisation, kind="crime", number="刑事二号")

    others = office(secretary).get(record_url(found)).context_data["others"]

    assert [(record.number, rules_out) for record, rules_out in others] == [("刑事二号", True), ("其他一号", False)]


def test_before_the_approval_a_second_look_waits_for_another_person(secretary):
    season = given.walk_to("publicised", firms=1, experts=1, members=1, experts_per_application="1", quorum="1/100")
    given.excluded(given.finding(season.applications[0]), secretary)

    assert waiting(secretary) == {}
    assert waiting(season.second) == {"信用核查待第二人复核": 1}


def test_a_confirmed_record_waits_for_its_consequence_by_a_second_person(secretary, accepted):
    found, second = given.finding(accepted), given.secretary()
    press(secretary, found, "confirm", reason="属实")

    first = office(secretary).get(record_url(found))

    assert waiting(second) == {"信用记录属实，待取消资格或不予受理": 1}
    assert first.context_data["hindrances"] == [("取消资格", "您作出了属实的判断，须由另一名工作人员取消资格。")]
    assert buttons(second, found) == ["exclude", "disqualify"]
    press(second, found, "disqualify", reason="信用记录属实")
    assert waiting(second) == {}


def test_the_button_that_is_stopped_says_why_and_nothing_happens(found, submitted, secretary):
    with pytest.raises(actions.Refused):
        given.accepted(submitted, by=secretary)

    assert submitted.screenings.count() == 0


def test_whoever_judged_already_is_told_so_instead_of_the_button(found, secretary):
    given.excluded(found, secretary)

    page = office(secretary).get(record_url(found))

    assert page.context_data["hindrances"] == [("排除", "您已经作出过这个判断，须由另一名工作人员办理。")]
    forced = office(secretary).post(act_url(found, "exclude"), EXCLUDED)
    assert (forced.status_code, errors(forced)) == (
        409,
        ["您已经作出过这个判断，须由另一名工作人员办理。没有重复保存。"],
    )


def test_the_recheck_is_a_button_too(submitted, secretary):
    given.credit_record(submitted.organisation)

    office(secretary).post(list_url(CreditFinding) + "begin/recheck/", {})

    assert CreditFinding.objects.count() == 1


def test_the_applicant_sees_nothing_of_a_finding(found, submitted, secretary):
    owner = given.owner_of(submitted.organisation)
    actions.confirm(found, by=secretary, reason="属实")

    pages = [office(owner).get(url).content.decode() for url in ("/desk/", submitted.get_absolute_url())]

    assert [found.record.number in page or "信用核查" in page for page in pages] == [False, False]


def test_the_list_costs_the_same_queries_for_one_row_and_three(edition, secretary, django_assert_num_queries):
    client = office(secretary)

    for rows in (1, 2):
        for _ in range(rows):
            given.finding(given.submitted(given.complete_draft(edition, given.organisation())))
        with django_assert_num_queries(7):
            client.get(list_url(CreditFinding))
