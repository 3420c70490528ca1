"""Screening in the office, and a returned dossier on the applicant's pages."""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.applications import actions as applying
from awards.applications import screening_actions as screening
from awards.applications.models import Outcome
from awards.models import Application, Screening
from awards.process import State
from foshan_quality.lib import clock
from foshan_quality.permissions import Relation
from tests import given
from tests.desk import act_url, buttons, errors, list_url, office, press, record_url
from tests.enterprises.files.corpus import drawn_picture
from tests.kept import kept
from tests.steps import state_of

pytestmark = pytest.mark.django_db

POINTS = {
    "overview": "未写明面临的挑战。",
    "revenue": "与审计报告不一致。",
    "4.1.2": "没有数据。",
    "licence": "不清晰。",
}
OVERDUE = datetime(2026, 3, 26, 0, 0, tzinfo=given.SHANGHAI)


@pytest.fixture
@kept
def second(db):
    return given.secretary()


@pytest.fixture
@kept
def returned(submitted, secretary):
    return given.returned(submitted, by=secretary, points=POINTS)


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def body(response):
    """The page without the token that differs on every request."""
    return [line for line in response.content.decode().splitlines() if "csrfmiddlewaretoken" not in line]


def lines(user):
    return {line["label"]: line["count"] for line in office(user).get("/office/").context_data["waiting"]}


def proposed(application, by, outcome=Outcome.ACCEPTED, **finding):
    return screening.propose(application, by=by, outcome=outcome, **finding)


# --- the office ---------------------------------------------------------------------------------------


def test_the_points_of_a_return_are_typed_at_their_places_and_kept_in_the_order_of_the_form(submitted, secretary):
    said = {"at-licence": "不清晰。", "at-overview": " 未写明面临的挑战。 ", "at-4.1.2": ""}

    press(secretary, submitted, "propose_return", reason="材料不齐全。", **said)

    proposal = submitted.screening_proposals.get()
    assert (proposal.outcome, proposal.reason) == ("returned", "材料不齐全。")
    assert proposal.points == [
        {"place": "overview", "text": "未写明面临的挑战。"},
        {"place": "licence", "text": "不清晰。"},
    ]


def test_every_place_of_the_dossier_can_be_named(submitted, secretary):
    page = office(secretary).get(act_url(submitted, "propose_return"))

    fields = page.context_data["form"].fields
    assert len(fields) == 1 + 9 + 20 + 23 + 6
    assert text(page).count("<details") == 3 + 7


def test_a_return_without_points_is_refused_in_words_and_keeps_what_was_typed(submitted, secretary):
    answer = office(secretary).post(act_url(submitted, "propose_return"), {"reason": "缺这缺那。"})

    assert answer.status_code == 409
    assert errors(answer) == ["请至少指明一处需要补正的内容。没有改动任何内容。"]
    assert "缺这缺那。" in text(answer)
    assert not submitted.screening_proposals.exists()


def test_a_group_with_something_typed_stays_open_when_the_form_comes_back(submitted, secretary):
    answer = office(secretary).post(act_url(submitted, "propose_return"), {"reason": "", "at-licence": "长" * 501})

    assert (answer.status_code, len(errors(answer))) == (200, 2)
    assert text(answer).count('<details class="places" open>') == 1


def test_an_opinion_sent_back_is_filled_in_again_to_be_mended(submitted, secretary, second):
    press(secretary, submitted, "propose_return", **{"reason": "材料不齐全。", "at-licence": "不清晰。"})
    opinion = submitted.screening_proposals.get()
    press(second, submitted, "send_back_screening", proposal=opinion.pk, reason="漏了审计报告。")

    form = office(secretary).get(act_url(submitted, "propose_return")).context_data["form"]
    other = office(secretary).get(act_url(submitted, "propose_refusal")).context_data["form"]
    record = text(office(secretary).get(record_url(submitted)))

    assert (form["reason"].value(), form["at-licence"].value()) == ("材料不齐全。", "不清晰。")
    assert other["reason"].value() is None
    assert "漏了审计报告。" in record


def test_the_opinion_is_read_before_it_is_judged(submitted, secretary, second):
    press(secretary, submitted, "propose_return", **{"reason": "材料不齐全。", "at-licence": "照片不清晰。"})

    for url in (act_url(submitted, "confirm_screening"), record_url(submitted)):
        page = text(office(second).get(url))
        assert "材料不齐全。" in page
        assert "照片不清晰。" in page
        assert str(secretary) in page


def test_nobody_confirms_an_opinion_without_its_number_or_with_that_of_another(submitted, secretary, second):
    read = proposed(submitted, secretary)
    screening.take_back(submitted, by=secretary, proposal=read.pk)
    proposed(submitted, secretary, Outcome.REFUSED, reason="不在本市", basis="第五条")

    blind = office(second).post(act_url(submitted, "confirm_screening"))
    stale = office(second).post(act_url(submitted, "confirm_screening"), {"proposal": read.pk})

    assert (blind.status_code, stale.status_code, state_of(submitted)) == (200, 409, State.SUBMITTED)
    assert errors(stale) == ["这份审查意见已经“经办撤回”。没有改动任何内容，请刷新页面查看。"]


def test_ones_own_opinion_is_not_offered_for_judging_and_the_page_says_why(submitted, secretary, second):
    opinion = proposed(submitted, secretary)

    own = office(secretary).post(act_url(submitted, "confirm_screening"), {"proposal": opinion.pk})

    assert buttons(secretary, submitted) == ["take_back_screening", "request_final_book", "begin_district_review"]
    assert "须由另一人复核" in text(office(secretary).get(record_url(submitted)))
    assert (own.status_code, errors(own)) == (409, ["这份意见是您提出的，须由另一人复核。没有改动任何内容。"])


def test_my_work_parts_what_is_to_be_screened_from_what_is_to_be_confirmed(edition, secretary, second):
    first, _other = (given.submitted(given.complete_draft(edition, given.organisation())) for _ in range(2))
    proposed(first, secretary)

    assert lines(secretary) == {"申报待资格审查": 1}
    assert lines(second) == {"申报待资格审查": 1, "待复核的审查意见": 1}
    listed = office(second).get(list_url(Application, todo="confirm")).context_data["cl"].result_list
    assert [record.pk for record in listed] == [first.pk]


def test_an_overdue_dossier_waits_to_be_refused_as_given_up(returned, secretary, second):
    before = lines(secretary)
    why = text(office(secretary).get(record_url(returned)))

    with clock.at(OVERDUE):
        waiting = lines(secretary)
        form = office(secretary).get(act_url(returned, "propose_refusal")).context_data["form"]
        press(secretary, returned, "propose_refusal", reason=form["reason"].value(), basis="申报须知第三条")
        proposal = returned.screening_proposals.first()
        assert lines(secretary) == {}
        press(second, returned, "confirm_screening", proposal=proposal.pk)

    assert before == {}
    assert "补正期限到 2026-03-25，期限内不能作出不予受理决定。" in why
    assert waiting == {"补正已逾期，可按视为放弃不予受理": 1}
    assert (returned.state, Screening.objects.first().reason) == (State.REFUSED, "逾期未补正，视为放弃申报。")


def test_a_second_return_is_not_offered_and_the_page_says_why(returned, owner, secretary):
    applying.submit(returned, by=owner)

    assert buttons(secretary, returned) == [
        "propose_acceptance",
        "propose_refusal",
        "request_final_book",
        "begin_district_review",
    ]
    assert "已按本届规定的次数退回补正" in text(office(secretary).get(record_url(returned)))


def test_where_one_is_enough_the_buttons_decide_at_once(spring, secretary):
    edition = given.open_edition(by=secretary, screening_by_two="否")
    submitted = given.submitted(given.complete_draft(edition, given.organisation()))

    assert buttons(secretary, submitted) == [
        "accept",
        "return_for_correction",
        "refuse",
        "request_final_book",
        "begin_district_review",
    ]
    press(secretary, submitted, "return_for_correction", **{"reason": "缺", "at-overview": "未写明挑战。"})

    assert submitted.state == State.RETURNED
    assert Screening.objects.get().points == [{"place": "overview", "text": "未写明挑战。"}]


def test_staff_do_not_see_how_far_a_correction_in_progress_is(returned, owner, secretary):
    applying.save_answers(returned, by=owner, texts={"overview": "还没有交的内容"})

    page = text(office(secretary).get(record_url(returned)))

    assert "未写明面临的挑战。" in page
    assert "已改" not in page
    assert "还没有交的内容" not in page


def test_the_office_shows_what_a_correction_changed(returned, owner, secretary):
    applying.save_answers(returned, by=owner, texts={"overview": "本公司生产机械设备和机器人。"})
    applying.submit(returned, by=owner)
    client = office(secretary)

    record = client.get(record_url(returned))
    changes = client.get(reverse("admin:awards_application_differences", args=[returned.pk, 2]))
    first = client.get(reverse("admin:awards_application_differences", args=[returned.pk, 1]))

    assert (text(record).count("已改"), text(record).count("未改")) == (1, 3)
    assert [label for label, _url in record.context_data["links"]] == ["第 2 次提交的改动", "查阅记录"]
    assert "<ins>和机器人</ins>" in text(changes)
    assert first.status_code == 404


def test_a_record_costs_the_same_with_one_point_and_with_four(edition, secretary):
    few, many = (given.submitted(given.complete_draft(edition, given.organisation())) for _ in range(2))
    given.returned(few, by=secretary, points={"overview": "未写明挑战。"})
    given.returned(many, by=secretary, points=POINTS)

    assert [cost(office(secretary), record_url(record)) for record in (few, many)] == [15, 15]


def cost(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


# --- the applicant ------------------------------------------------------------------------------------


def section(application, key):
    return reverse("application_section", args=[application.pk, key])


def test_an_opinion_that_waits_leaves_no_trace_on_the_applicants_pages(as_owner, submitted, secretary):
    urls = [submitted.get_absolute_url(), "/desk/", reverse("application_receipt", args=[submitted.pk])]
    before = [body(as_owner.get(url)) for url in urls]

    proposed(submitted, secretary, Outcome.REFUSED, reason="不在本市", basis="第五条")

    assert [body(as_owner.get(url)) for url in urls] == before


def test_the_points_are_listed_with_links_each_changed_or_not(as_owner, returned, owner):
    applying.save_answers(returned, by=owner, texts={"overview": "写明了挑战。"})

    page = as_owner.get(returned.get_absolute_url())
    check = as_owner.get(reverse("application_check", args=[returned.pk]))

    found = [(point.place.key, point.is_changed, point.url) for point in page.context["corrections"]]
    assert found == [
        ("overview", True, section(returned, "profile") + "#id_overview"),
        ("revenue", False, section(returned, "indicators") + "#id_revenue-2023"),
        ("4.1.2", False, section(returned, "4.1") + "#id_4.1.2"),
        ("licence", False, section(returned, "documents") + "#licence"),
    ]
    for shown in (page, check):
        assert (text(shown).count("已改"), text(shown).count("未改")) == (1, 3)
        assert "2026年3月25日" in text(shown)
        assert "逾期未补正的，视为放弃申报" in text(shown)
    assert ">修改<" not in text(check)
    assert "还有 3 处补正事项没有改动。" in text(check)


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("profile", ["overview"]),
        ("indicators", ["revenue-2023", "revenue-2024", "revenue-2025", "revenue-reason"]),
        ("4.1", ["4.1.2"]),
        ("4.2", []),
    ],
)
def test_a_section_has_fields_only_where_a_point_names_them(as_owner, returned, key, fields):
    page = text(as_owner.get(section(returned, key)))

    assert re.findall(r'data-autosave="([^"]+)"', page) == fields
    assert ("保存并继续" in page) == bool(fields)
    assert page.count("需补正：") == len(fields[:1])


def test_only_the_line_of_a_point_takes_files_and_that_of_its_pictures_says_which(as_owner, returned, owner):
    before = text(as_owner.get(section(returned, "documents")))
    applying.save_answers(returned, by=owner, texts={"4.1.2": "[图：曲线.jpeg]"})
    sent = {"kind": "evidence", "file": given.upload("曲线.jpeg", drawn_picture("JPEG"))}
    after = text(as_owner.post(section(returned, "documents"), sent, follow=True))

    assert re.findall(r'name="kind" value="([^"]+)"', before) == ["licence", "evidence"]
    assert (before.count("移除<"), after.count("移除<")) == (1, 2)
    assert "只收、只换需补正的条目（4.1.2）里写明的图片" in before
    assert "现在写明的有：“曲线.jpg”。" in after


def test_a_reopened_text_is_saved_and_the_others_of_the_section_stay(as_owner, returned):
    form = as_owner.get(section(returned, "profile")).context["form"]
    [row] = [row for row in form.rows() if row.is_open]

    as_owner.post(section(returned, "profile"), {"overview": "写明了挑战。", "base-overview": row.token})

    texts = dict(returned.answers.values_list("key", "text"))
    assert (texts["overview"], texts["contact_name"]) == ("写明了挑战。", "联系人")


def test_reopened_figures_are_saved_and_the_other_rows_stay(as_owner, returned):
    sent = {f"{kind}revenue-{year}": "12.50" for kind in ("", "initial-") for year in (2023, 2024, 2025)}

    as_owner.post(section(returned, "indicators"), sent | {"revenue-2025": "15320.40"})

    values = returned.indicators.filter(year=2025)
    assert [str(values.get(key=key).value) for key in ("revenue", "exports")] == ["15320.40", "12.50"]
    assert returned.indicators.count() == 60


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("profile", {"main_products": "夹带", "base-main_products": "1:0"}),
        ("4.1", {"4.1.3": "夹带", "base-4.1.3": "1:0", "4.1.2": "改了", "base-4.1.2": "1:0"}),
        ("indicators", {"exports-2025": "99", "initial-exports-2025": "12.50"}),
    ],
)
def test_what_is_shut_is_refused_in_words_whatever_is_sent(as_owner, returned, key, sent):
    before = list(returned.answers.values()), list(returned.indicators.values())

    answer = text(as_owner.post(section(returned, key), sent))

    assert "不在补正范围内，只能查看。刚才的修改没有保存。" in answer
    assert (list(returned.answers.values()), list(returned.indicators.values())) == before


def test_the_other_ways_to_write_are_refused_in_words_too(as_owner, draft, owner, secretary):
    for words in ("一稿", "二稿"):
        applying.save_answers(draft, by=owner, texts={"main_products": words})
    former = draft.answer_versions.filter(key="main_products").first()
    returned = given.returned(given.submitted(draft), by=secretary, points=POINTS)
    paper = returned.documents.get(kind="audit_reports")
    fields = {"main_products": {"text": "夹带", "base": "3:0"}}

    autosave = as_owner.post(
        reverse("application_autosave", args=[returned.pk, "profile"]),
        json.dumps({"who": owner.pk, "fields": fields}),
        content_type="application/json",
    )
    restored = as_owner.post(reverse("answer_restore", args=[returned.pk, "main_products", former.pk]), follow=True)
    removed = as_owner.post(reverse("document_remove", args=[returned.pk, paper.pk]), follow=True)
    added = as_owner.post(section(returned, "documents"), {"kind": "audit_reports", "file": given.upload()})

    assert (autosave.status_code, "“主要产品或服务”不在补正范围内" in autosave.json()["refused"]) == (409, True)
    for answer in (restored, removed, added):
        assert "不在补正范围内，只能查看。" in text(answer)
    assert "恢复这一版" not in text(
        as_owner.get(reverse("answer_history", args=[returned.pk, "main_products"]), {"version": former.pk})
    )
    assert returned.answers.get(key="main_products").text == "二稿"
    assert returned.documents.filter(kind="audit_reports", removed_at=None).count() == 1


def test_after_the_last_day_the_pages_only_show_and_say_what_follows(as_owner, returned):
    with clock.at(OVERDUE):
        home, profile = as_owner.get(returned.get_absolute_url()), as_owner.get(section(returned, "profile"))
        check = as_owner.get(reverse("application_check", args=[returned.pk]))

    for page in (home, profile, check):
        assert "逾期未补正的，视为放弃申报" in text(page)
    assert "data-autosave=" not in text(profile)
    assert "可以提交" not in text(home)
    assert "正式提交" not in text(check)
    assert "可以提交" not in text(check)


def test_members_see_what_changed_between_two_versions_and_others_do_not(client, returned, owner, organisation):
    applying.save_answers(returned, by=owner, texts={"overview": "本公司生产机械设备和机器人。"})
    applying.submit(returned, by=owner)
    url = reverse("application_differences", args=[returned.pk, 2])
    pages = {}
    for user in (owner, given.colleague_of(organisation, Relation.READER), given.person("过路人")):
        client.force_login(user)
        pages[user] = client.get(url)

    assert [page.status_code for page in pages.values()] == [200, 200, 404]
    assert "<ins>和机器人</ins>" in text(pages[owner])
    client.force_login(owner)
    for name in ("application", "application_receipt"):
        assert url in text(client.get(reverse(name, args=[returned.pk])))
    assert client.get(reverse("application_differences", args=[returned.pk, 1])).status_code == 404


def test_a_returned_application_costs_the_same_with_one_point_and_with_four(client, edition, secretary):
    costs = []
    for points in ({"overview": "未写明挑战。"}, POINTS):
        returned = given.returned(
            given.submitted(given.complete_draft(edition, given.organisation())), by=secretary, points=points
        )
        client.force_login(given.owner_of(returned.organisation))
        costs.append([cost(client, url) for url in (returned.get_absolute_url(), section(returned, "profile"))])

    assert costs == [[10, 7]] * 2


# --- taking back --------------------------------------------------------------------------------------

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "is_open"), [(given.CLOSES - SECOND, True), (given.CLOSES, False), (given.CLOSES + SECOND, False)]
)
def test_the_way_back_is_offered_until_the_close_and_its_page_says_why_not_afterwards(
    as_owner, submitted, moment, is_open
):
    url = reverse("application_withdraw", args=[submitted.pk])

    with clock.at(moment):
        home, page = text(as_owner.get(submitted.get_absolute_url())), text(as_owner.get(url))

    assert (url in home, "撤回原因" in page) == (is_open, is_open)
    assert ("申报已于 2026-04-30 18:00 截止，不能撤回。" in page) == (not is_open)


def test_a_returned_dossier_offers_no_way_back_and_says_so(as_owner, returned):
    page = text(as_owner.get(reverse("application_withdraw", args=[returned.pk])))

    assert "申报现为“待补正”，不能撤回。" in page
    assert "撤回原因" not in page


def test_a_correction_taken_back_counts_as_the_one_return_and_its_points_stay_in_view(returned, owner, secretary):
    for act in (applying.submit, applying.withdraw, applying.reopen):
        act(returned, by=owner)
    applying.save_answers(returned, by=owner, texts={"overview": "写明了挑战。"})
    applying.submit(returned, by=owner)

    record = text(office(secretary).get(record_url(returned)))

    assert buttons(secretary, returned) == [
        "propose_acceptance",
        "propose_refusal",
        "request_final_book",
        "begin_district_review",
    ]
    assert (record.count("已改"), record.count("未改")) == (1, 3)
    assert list(returned.snapshots.values_list("version", flat=True)) == [3, 2, 1]
