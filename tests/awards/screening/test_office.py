import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from awards.models import Application, ChecklistItem, DistrictReview, EditionRule
from awards.screening import actions as screening
from enterprises.districts import District
from enterprises.models import AuditEvent
from tests import given
from tests.desk import act_url, begin, buttons, errors, list_url, office, press, record_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db):
    return given.district_officer()


@pytest.fixture
def review(submitted, officer):
    return given.begun_review(submitted, by=officer)


def fields(review, kind, answer):
    items = review.application.edition.checklist_items.filter(kind=kind)
    return {f"answer_{item.pk}": answer for item in items} | {"seen": review.edits}


def test_a_district_goes_from_the_dossier_to_the_sealed_letter_by_its_buttons(submitted, officer):
    assert buttons(officer, submitted) == ["request_final_book", "begin_district_review"]
    press(officer, submitted, "begin_district_review")
    review = DistrictReview.objects.get()

    press(officer, review, "checklist", **fields(review, "check", "met"))
    press(officer, review, "vetoes", **fields(review, "veto", "clear") | {"seen": 1})
    press(officer, review, "report", issued_on="2026-03-10")
    press(
        officer, review, "opinion", department="某局", opinion="无。", given_on="2026-03-11", number="某函〔2026〕1号"
    )
    press(officer, review, "recommend", reason="同意推荐。")
    press(officer, review, "seal", upload=given.upload("推荐函.pdf"))

    assert (review.state, review.is_sealed) == ("recommended", True)
    assert buttons(officer, review) == ["correct"]


def test_a_form_opened_before_a_colleague_saved_is_refused_with_its_words_kept(review, officer, secretary):
    press(secretary, review, "checklist", **fields(review, "check", "met"))
    review.edits = 0
    data = fields(review, "check", "unmet") | {f"note_{ChecklistItem.objects.first().pk}": "印章不同"}

    answer = office(officer).post(act_url(review, "checklist"), data)

    assert answer.status_code == 409
    assert errors(answer)[0] == "同事刚修改过这份初审，您的内容没有保存。请返回重新打开后再填。"
    assert "印章不同" in answer.content.decode()


def test_a_missing_note_is_said_at_its_field(review, officer):
    item = review.application.edition.checklist_items.get(key="safety")

    answer = office(officer).post(
        act_url(review, "vetoes"), {f"answer_{item.pk}": "found", f"level_{item.pk}": "", "seen": review.edits}
    )

    assert set(answer.context_data["form"].errors) == {f"note_{item.pk}", f"level_{item.pk}"}


def test_the_veto_form_names_the_days_and_the_scale_of_accidents(review, officer):
    page = office(officer).get(act_url(review, "vetoes")).content.decode()

    assert "生产安全事故（2023-03-02 至 2026-03-18）" in page
    assert "重大（死亡 10 至 29 人，或重伤 50 至 99 人，或直接损失 5000 万元以上不满 1 亿元）" in page


def test_accepting_says_what_the_district_has_left_open_and_is_refused_where_the_rule_wants_it(
    review, submitted, secretary
):
    page = office(secretary).get(act_url(submitted, "propose_acceptance")).content.decode()
    assert "检查清单还有 9／9 项没有答复。" in page

    EditionRule.objects.filter(edition=submitted.edition, key="district_required").update(value="是")
    press(secretary, submitted, "propose_acceptance")
    opinion = {"proposal": submitted.screening_proposals.get().pk}
    answer = office(given.secretary()).post(act_url(submitted, "confirm_screening"), opinion)

    assert answer.status_code == 409
    assert errors(answer) == ["本届规则要求受理前须有区级推荐，现在还没有。没有受理，没有改动任何内容。"]


def test_what_an_officer_typed_is_shown_as_text(review, officer):
    screening.add_opinion(
        review, by=officer, department="<b>某局</b>", opinion="<script>1</script>", given_on=given.SPRING.date()
    )

    page = office(officer).get(record_url(review)).content.decode()

    assert "&lt;b&gt;某局&lt;/b&gt;" in page
    assert "<script>1" not in page


def test_default_items_are_adopted_and_settled_on_screen(edition, secretary):
    begin(secretary, ChecklistItem, "adopt", edition=edition.pk)
    item = ChecklistItem.objects.first()

    press(secretary, item, "set", text="在本市登记", document="某办法", article="第二条", is_confirmed="on")

    item.refresh_from_db()
    assert item.basis == "某办法，第二条"


def queries_of(client, url):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_the_list_and_the_record_cost_the_same_at_one_review_and_at_three(edition, officer):
    def hand_in():
        return given.recommended(given.submitted(given.complete_draft(edition, given.organisation())), by=officer)

    client, first = office(officer), hand_in()
    pages = [list_url(DistrictReview), record_url(first)]
    assert [queries_of(client, page) for page in pages] == [6, 9]

    for _ in range(2):
        hand_in()

    assert [queries_of(client, page) for page in pages] == [6, 9]


def test_what_waits_for_the_district_is_in_its_work(submitted, officer):
    lines = {line["label"]: line["count"] for line in office(officer).get("/office/").context_data["waiting"]}
    assert lines == {"申报待区级初审": 1}

    given.recommended(submitted, by=officer)

    lines = {line["label"]: line["count"] for line in office(officer).get("/office/").context_data["waiting"]}
    assert lines == {"推荐函待用印、上传盖章件": 1}
    assert Application.objects.count() == 1


def test_the_printed_summary_names_the_districts_own_applicants_and_no_others(edition, officer):
    here, there = (
        given.submitted(given.complete_draft(edition, given.organisation(district=district)))
        for district in (District.NANHAI, District.SHUNDE)
    )
    given.recommended(here, by=officer)
    address = "/office/awards/districtreview/summary/"

    page = office(officer).get(address).content.decode()

    assert "南海区申报情况汇总表" in page
    assert [a.organisation.name in page for a in (here, there)] == [True, False]
    assert "文号未填，未盖章" in page
    assert AuditEvent.objects.latest("seq").verb == "print_summary"
    before = queries_of(office(officer), address)
    given.submitted(given.complete_draft(edition, given.organisation()))
    given.submitted(given.complete_draft(edition, given.organisation()))
    assert queries_of(office(officer), address) == before


def test_the_summary_is_a_table_too_with_the_same_lines(review, officer):
    summary = reverse("admin:awards_districtreview_summary")

    answer = office(officer).get(summary, {"format": "xlsx"})

    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert [row[2].value for row in sheet.iter_rows(min_row=2)] == [review.application.organisation.name]
    assert answer["Content-Disposition"].startswith("attachment")
    log = AuditEvent.objects.latest("seq")
    assert (log.verb, log.note) == ("print_summary", "xlsx")


def test_the_summary_of_nothing_says_so(officer):
    assert "本届还没有提交的申报。" in office(officer).get("/office/awards/districtreview/summary/").content.decode()
