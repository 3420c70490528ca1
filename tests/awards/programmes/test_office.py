"""The call as staff pages: rules with their basis, publication with its approval, the working calendar."""

from datetime import date

import pytest

from awards.models import CalendarDay, Edition, Programme, Rubric
from awards.programmes.queries import default_settings
from foshan_quality.lib import clock
from tests import given
from tests.desk import act_url, begin, begin_url, buttons, errors, office, press, record_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def preparing(spring, secretary):
    return given.prepared_edition(by=secretary)


def form_of(client):
    return client.get(begin_url(Edition, "prepare")).context_data["form"]


def test_a_new_edition_starts_from_the_default_rules_with_their_basis(secretary):
    form = form_of(office(secretary))

    shown = {key: (form[f"{key}_value"].value(), form[f"{key}_document"].value()) for key in default_settings()}

    assert shown == {key: settled[:2] for key, settled in default_settings().items()}


def test_a_wrong_rule_is_refused_at_its_field_and_nothing_is_made(spring, secretary):
    client = office(secretary)
    filled = {field.html_name: field.value() for field in form_of(client) if field.value() not in (None, False)}
    window = {"opens_at": "2026-04-30T18:00", "closes_at": "2026-04-30T18:00"}
    frame = {"programme": Programme.objects.get(code="FSZLJ").pk, "rubric": Rubric.objects.get().pk}

    wrong = client.post(begin_url(Edition, "prepare"), filled | frame | window | {"quorum_value": "两成"})
    backwards = client.post(begin_url(Edition, "prepare"), filled | frame | window)

    assert (wrong.status_code, list(wrong.context_data["form"].errors)) == (409, ["quorum_value"])
    assert (backwards.status_code, errors(backwards)) == (409, ["申报截止须晚于申报开始。没有保存。"])
    assert not Edition.objects.exists()


def test_an_edition_is_not_published_without_its_approval(preparing, secretary):
    client = office(secretary)

    empty = client.post(act_url(preparing, "publish"), {"approval_number": " ", "approved_on": "2026-01-20"})
    ahead = client.post(
        act_url(preparing, "publish"), {"approval_number": "佛评办〔2026〕1号", "approved_on": "2026-12-01"}
    )

    assert (empty.status_code, ahead.status_code) == (200, 409)
    assert list(ahead.context_data["form"].errors) == ["approved_on"]
    preparing.refresh_from_db()
    assert preparing.state == Edition.State.PREPARING


def test_a_rule_is_changed_from_its_own_row_until_the_call_is_public(preparing, secretary):
    client = office(secretary)
    page = client.get(act_url(preparing, "set_rule") + "?key=quota").context_data["form"]
    assert (page["key"].value(), page["value"].value()) == ("quota", "10")

    press(secretary, preparing, "set_rule", key="quota", value="8", document="管理办法", article="第三条")
    press(secretary, preparing, "publish", approval_number="佛评办〔2026〕1号", approved_on="2026-01-20")
    late = client.post(act_url(preparing, "set_rule"), {"key": "quota", "value": "9", "document": "x"}, follow=True)

    assert Edition.objects.get().settled["quota"] == 8
    assert "现在不能“修改规则”" in late.content.decode()
    assert "已冻结" in client.get(record_url(preparing)).content.decode()
    assert buttons(secretary, preparing) == ["open", "propose_window"]


def test_the_call_is_not_ended_before_its_close(edition, secretary):
    early = office(secretary).post(act_url(edition, "start_review"))
    with clock.at(given.REVIEW):
        press(secretary, edition, "start_review")

    assert (early.status_code, errors(early)) == (409, ["申报尚未截止，不能进入评审。"])
    assert edition.state == Edition.State.REVIEW


def test_a_day_of_the_calendar_is_set_with_its_source(secretary):
    begin(secretary, CalendarDay, "set", day="2026-09-27", is_working="True", source="国办发明电〔2025〕7号")
    day = CalendarDay.objects.get(day=date(2026, 9, 27))
    press(secretary, day, "set", is_working="False", source="更正")

    assert (day.is_working, day.source, day.changed_by) == (False, "更正", secretary)


def test_the_criteria_are_read_with_every_item(secretary):
    page = office(secretary).get(record_url(Rubric.objects.get())).content.decode()

    assert all(text in page for text in ("4.1.2", "高层领导的作用", "4.7.7"))
