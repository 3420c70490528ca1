"""The expert's desk and score sheet, and what the secretariat may see of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.models import Assignment, Expert, Item
from awards.reviews.actions import declare_free, save_marks
from enterprises.models import AuditEvent
from foshan_quality.permissions import Role
from tests import given
from tests.desk import act_url, begin, buttons, errors, list_url, office, press, record_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(db):
    return given.walk_to("panelled", firms=2)


@pytest.fixture
def seat(season):
    """The first expert's first case, not declared on yet."""
    return Assignment.objects.filter(expert=season.experts[0]).order_by("pk").first()


@pytest.fixture
def sitting(seat):
    return declare_free(seat, by=seat.expert)


def sheet_url(assignment):
    return f"/office/awards/assignment/{assignment.pk}/sheet/"


def text_of(user, url):
    return office(user).get(url).content.decode()


def test_before_the_declaration_there_is_a_name_and_an_industry_and_no_dossier(seat):
    page = text_of(seat.expert, record_url(seat))

    assert seat.application.organisation.name in page
    assert seat.application.organisation.industry in page
    assert seat.application.organisation.credit_code not in page
    assert "自评报告" not in page
    assert buttons(seat.expert, seat) == ["declare_free", "recuse"]


def test_the_score_sheet_waits_for_the_declaration(seat):
    answer = office(seat.expert).get(sheet_url(seat), follow=True)

    assert answer.redirect_chain == [(record_url(seat), 302)]
    assert "请先声明有无利害关系" in answer.content.decode()


def test_after_the_declaration_the_dossier_opens_and_the_trail_knows(seat):
    press(seat.expert, seat, "declare_free")

    page = text_of(seat.expert, record_url(seat))

    assert "自评报告" in page
    assert AuditEvent.objects.latest("seq").verb == "read_dossier"
    assert (buttons(seat.expert, seat), "还有 23 项没有评分。" in page) == (["recuse"], True)


def test_a_recused_expert_keeps_no_case_data(sitting):
    press(sitting.expert, sitting, "recuse", reason="曾提供咨询。")

    client = office(sitting.expert)
    assert "自评报告" not in client.get(record_url(sitting)).content.decode()
    assert client.get(sheet_url(sitting)).status_code == 403


def test_an_expert_gets_404_for_anybody_elses_case(season, sitting):
    other = office(season.experts[1])
    pages = [record_url(sitting), sheet_url(sitting), act_url(sitting, "recuse")]

    assert [other.get(url).status_code for url in pages] == [404, 404, 404]
    assert {a.expert for a in other.get(list_url(Assignment)).context_data["cl"].result_list} == {season.experts[1]}


def test_saving_keeps_only_what_was_touched_and_shows_the_exact_sum(sitting):
    client = office(sitting.expert)

    saved = client.post(sheet_url(sitting), {"version": 0, "percentage_4.1.2": "55", "strengths_4.1.3": "清楚。"})

    sheet = sitting.sheets.get()
    page = client.get(sheet_url(sitting)).content.decode()
    assert (saved.status_code, saved.url) == (302, sheet_url(sitting))
    assert {m.item.code: (m.percentage, m.strengths) for m in sheet.marks.all()} == {
        "4.1.2": (55, ""),
        "4.1.3": (None, "清楚。"),
    }
    assert '<output class="number" data-total>27.50</output>' in page


def test_a_percentage_off_the_scale_is_refused_and_nothing_typed_is_lost(sitting):
    answer = office(sitting.expert).post(
        sheet_url(sitting), {"version": 0, "percentage_4.1.2": "57", "strengths_4.1.2": "写了很久的话。"}
    )

    assert answer.status_code == 409
    assert [str(problem) for problem in answer.context_data["problems"]] == [
        "4.1.2 高层领导的作用 的 57% 不在 0—100、每档 5% 之内，没有保存。"
    ]
    assert "写了很久的话。" in answer.content.decode()
    assert 'value="57"' in answer.content.decode()
    assert not sitting.sheets.get().marks.exists()


@pytest.mark.parametrize("typed", ["105", "-5", "半", "5.5"])
def test_what_is_no_percentage_is_refused(sitting, typed):
    answer = office(sitting.expert).post(sheet_url(sitting), {"version": 0, "percentage_4.1.2": typed})

    assert answer.status_code == 409
    assert not sitting.sheets.get().marks.exists()


def test_a_sheet_changed_in_another_window_is_not_overwritten(sitting):
    save_marks(sitting, by=sitting.expert, marks={"4.1.2": (60, "", "")}, version=0)

    answer = office(sitting.expert).post(sheet_url(sitting), {"version": 0, "percentage_4.1.2": "20"})

    assert answer.status_code == 409
    assert "已在另一窗口修改" in answer.content.decode()
    assert sitting.sheets.get().marks.get().percentage == 60


def test_submitting_names_what_is_missing_and_keeps_the_sheet_open(sitting):
    answer = office(sitting.expert).post(act_url(sitting, "submit_sheet"))

    sitting.refresh_from_db()
    assert answer.status_code == 409
    assert errors(answer)[0].startswith("还有 23 项没有评分：4.1.2、4.1.3")
    assert sitting.state == Assignment.State.SITTING


def test_a_whole_sheet_is_submitted_through_its_confirmation(sitting):
    client = office(sitting.expert)
    marks = {f"percentage_{code}": "65" for code in Item.objects.values_list("code", flat=True)}

    saved = client.post(sheet_url(sitting), {"version": 0, "submit": "", **marks})
    press(sitting.expert, sitting, "submit_sheet")

    assert saved.url == act_url(sitting, "submit_sheet")
    assert str(sitting.sheets.get().total) == "650.00"
    page = client.get(sheet_url(sitting)).content.decode()
    assert '<form method="post" class="score-sheet"' not in page
    assert "65% × 50 = 32.50" in page


def test_the_secretariat_never_sees_a_draft_and_its_look_at_a_sheet_is_on_record(season, sitting):
    client = office(season.secretary)
    save_marks(sitting, by=sitting.expert, marks={"4.1.2": (60, "未提交的话。", "")}, version=0)
    assert client.get(sheet_url(sitting)).status_code == 403
    assert "未提交的话。" not in client.get(record_url(sitting)).content.decode()
    other = Assignment.objects.filter(expert=season.experts[1]).first()
    given.score(other, 65)

    page = client.get(sheet_url(other)).content.decode()

    last = AuditEvent.objects.latest("seq")
    assert "650.00" in page
    assert (last.verb, last.actor_id, last.target_id) == ("read_sheet", season.secretary.pk, str(other.pk))
    assert client.post(sheet_url(other), {"version": 1, "percentage_4.1.2": "100"}).status_code == 200
    assert other.sheets.get().marks.get(item__code="4.1.2").percentage == 65


def test_the_secretariat_gives_a_sheet_back_with_a_reason_and_takes_an_expert_off(season, seat):
    given.score(seat)

    press(season.secretary, seat, "reopen_sheet", reason="4.2.2 理由与评分不符。")
    assert seat.state == Assignment.State.SITTING
    press(season.secretary, seat, "remove", reason="事后发现利害关系。")
    assert (seat.state, seat.recusal_reason) == (Assignment.State.RECUSED, "事后发现利害关系。")


def test_a_score_sheet_costs_the_same_empty_and_full(season, seat):
    declare_free(seat, by=seat.expert)
    client = office(seat.expert)
    with CaptureQueriesContext(connection) as empty:
        client.get(sheet_url(seat))
    marks = dict.fromkeys(Item.objects.values_list("code", flat=True), (70, "有", "无"))
    save_marks(seat, by=seat.expert, marks=marks, version=0)

    with CaptureQueriesContext(connection) as full:
        client.get(sheet_url(seat))

    assert len(full) == len(empty)


def test_the_panel_form_names_conflicts_per_expert_and_bars_them(season):
    application = season.applications[0]
    rival = given.expert(employer=application.organisation.name)
    client = office(season.secretary)

    page = client.get(act_url(application, "set_panel"))

    field = page.context_data["form"]["experts"]
    said = dict(field.field.choices)
    assert f"不能选择：{rival}的工作单位就是申报单位。" in said[str(rival.pk)]
    assert field.field.widget.barred == {str(rival.pk)}
    assert f'value="{rival.pk}"' in page.content.decode()
    forced = client.post(
        act_url(application, "set_panel"),
        {"experts": [rival.pk, *(e.pk for e in season.experts)], "head": season.experts[0].pk},
    )
    assert (forced.status_code, errors(forced)) == (409, [f"{rival}的工作单位就是申报单位。"])


def test_an_expert_enters_the_pool_only_with_the_role(season):
    newcomer, outsider = given.person("新人", Role.EXPERT), given.person("路人")

    begin(season.secretary, Expert, "enrol", user=newcomer.pk, employer="某学院", title="", fields="材料")
    refused = office(season.secretary).post(
        "/office/awards/expert/begin/enrol/", {"user": outsider.pk, "employer": "某学院"}
    )

    assert Expert.objects.get(user=newcomer).fields == "材料"
    assert refused.status_code == 200
    assert not Expert.objects.filter(user=outsider).exists()
