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


# --- papers and conditions ------------------------------------------------------------------------------


def line_of(edition, key):
    return edition.catalogue.get(key=key).kind


def test_the_secretariat_settles_the_papers_on_the_editions_page(preparing, secretary):
    shown = office(secretary).get(record_url(preparing)).content.decode()
    filled = office(secretary).get(act_url(preparing, "set_document_line") + "?key=licence").context_data["form"]
    data = {"label": "营业执照副本", "formats": ["pdf", "png"], "max_megabytes": "5", "max_pages": "3"}

    press(secretary, preparing, "set_document_line", key="licence", is_required="on", **data)
    press(secretary, preparing, "set_document_line", key="plan", **data)
    press(secretary, preparing, "drop_document_line", key="evidence")

    changed = line_of(preparing, "licence")
    assert "公共信用信息报告（无违法违规证明版）" in shown
    assert (filled["label"].value(), filled["formats"].value()) == ("营业执照", ["pdf", "jpeg", "png"])
    assert (changed.label, changed.accepted, changed.max_pages) == ("营业执照副本", ("pdf", "png"), 3)
    assert (changed.is_required, changed.takes_many) == (True, False)
    assert line_of(preparing, "plan").is_required is False
    assert not preparing.catalogue.filter(key="evidence").exists()


def test_the_secretariat_settles_a_condition_with_its_basis(preparing, secretary):
    words = {"question": "企业规模符合要求", "document": "某通知", "article": "第二条", "value": "大型"}

    press(secretary, preparing, "set_condition", key="size", is_confirmed="on", **words)
    wrong = office(secretary).post(act_url(preparing, "set_condition"), {"key": "cpe_years", **words, "value": "两年"})

    condition = preparing.conditions.get(key="size")
    assert (condition.value, condition.article, condition.is_confirmed) == ("大型", "第二条", True)
    assert (wrong.status_code, list(wrong.context_data["form"].errors)) == (409, ["value"])


def test_after_the_call_papers_and_conditions_stand_and_say_so(spring, secretary):
    edition = given.published_edition(by=secretary)

    page = office(secretary).get(record_url(edition)).content.decode()

    assert {"set_document_line", "drop_document_line", "set_condition"} & set(buttons(secretary, edition)) == set()
    assert page.count("已冻结") == edition.rules.count() + edition.catalogue.count() + edition.conditions.count()
