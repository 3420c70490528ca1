"""Credit records in the office: searched, entered, tried from a workbook and imported on confirmation."""

import pytest
from django.urls import reverse

from enterprises.credit import actions
from enterprises.models import AuditEvent, CreditImport, CreditRecord
from tests import given
from tests.desk import act_url, begin, begin_url, buttons, errors, list_url, office, press, record_url

from .books import book, line, upload
from .test_actions import cells

pytestmark = pytest.mark.usefixtures("db", "spring")
TYPED = {
    "kind": "penalty",
    "number": "佛样监处罚〔2026〕1号",
    "authority": "某局",
    "decided_on": "2026-02-03",
    "source": "公共信用信息报告",
}


def typed(organisation, **changes):
    return TYPED | {"credit_code": organisation.credit_code, "name": organisation.name} | changes


def check(secretary, *rows):
    return begin(secretary, CreditImport, "check", upload=upload(book(*rows)))


def text(response):
    return response.content.decode()


def test_a_record_is_entered_by_form_and_corrected_on_its_page(secretary, organisation):
    record = begin(secretary, CreditRecord, "enter", **typed(organisation))
    assert buttons(secretary, record) == ["correct", "repair", "void"]

    press(secretary, record, "correct", **typed(organisation, authority="另一局", reason="见更正决定"))

    old, new = CreditRecord.objects.order_by("pk")
    assert (new.authority, new.replaces) == ("另一局", old)
    assert buttons(secretary, old) == []
    page = text(office(secretary).get(record_url(new)))
    assert "沿革" in page
    assert "见更正决定" in page


def test_what_is_wrong_stands_at_its_field(secretary, organisation):
    answer = office(secretary).post(begin_url(CreditRecord, "enter"), typed(organisation, name="别的公司"))

    assert answer.status_code == 409
    assert list(answer.context_data["form"].errors) == ["name"]
    assert f"登记为“{organisation.name}”" in errors(answer)[0]


def test_the_list_shows_what_is_in_force_and_finds_by_name_code_and_number(secretary, organisation):
    record = given.credit_record(organisation, number="甲一号")
    other = given.credit_record(given.organisation(), number="乙二号")
    gone = actions.void(given.credit_record(organisation, number="丙三号"), by=secretary, reason="错误")
    client = office(secretary)

    def listed(**query):
        return set(client.get(list_url(CreditRecord, **query)).context_data["cl"].result_list)

    assert listed() == {record, other}
    assert listed(q=organisation.name) == listed(q=organisation.credit_code) == listed(q="甲一号") == {record}
    assert listed(standing="void") == {gone}
    assert listed(standing="replaced") == {gone.replaces}
    assert listed(standing="all") == {record, other, gone, gone.replaces}
    assert listed(kind__exact="crime") == set()


def test_the_list_is_taken_out_as_filtered_and_the_trail_knows(secretary, organisation):
    given.credit_record(organisation, number="甲一号")
    given.credit_record(given.organisation(), number="乙二号")

    answer = office(secretary).get(reverse("admin:enterprises_creditrecord_export", query={"q": "甲一号"}))

    assert [row[4] for row in cells(answer.content)] == ["文书号", "甲一号"]
    assert "no-store" in answer["Cache-Control"]
    last = AuditEvent.objects.latest("seq")
    assert (last.verb, last.actor_id, last.details) == ("export_credit", secretary.pk, {"records": 1})


def test_a_workbook_is_tried_then_imported_on_the_report_that_was_shown(secretary, organisation):
    batch = check(secretary, line(of=organisation), line("二号", name=None))

    page = office(secretary).get(record_url(batch))
    confirm = office(secretary).get(act_url(batch, "import"))

    assert page.context_data["trial"]["counts"] == {"new": 1, "changed": 0, "unchanged": 0, "unreadable": 1}
    assert "没有填" in text(page)
    assert batch.digest in text(confirm)
    assert not CreditRecord.objects.exists()
    press(secretary, batch, "import", seen=confirm.context_data["form"]["seen"].value())
    assert (batch.state, CreditRecord.objects.count()) == ("done", 1)
    assert "导入结果" in text(office(secretary).get(record_url(batch)))
    assert buttons(secretary, batch) == []


def test_an_overtaken_report_is_refused_and_the_page_shows_the_new_one(secretary, organisation):
    batch, client = check(secretary, line(of=organisation)), office(secretary)
    seen = client.get(act_url(batch, "import")).context_data["form"]["seen"].value()
    given.credit_record(organisation, number=line()[4], authority="另一局")

    answer = client.post(act_url(batch, "import"), {"seen": seen})

    assert answer.status_code == 409
    assert "试算结果已经不同" in errors(answer)[0]
    assert answer.context_data["trial"]["counts"] == {"new": 0, "changed": 1, "unchanged": 0, "unreadable": 0}
    press(secretary, batch, "import", seen=answer.context_data["form"]["seen"].value())
    assert batch.outcome["changed"] == 1


def test_a_bad_file_is_refused_at_its_field(secretary):
    answer = office(secretary).post(begin_url(CreditImport, "check"), {"upload": upload(b"hello")})

    assert (answer.status_code, list(answer.context_data["form"].errors)) == (409, ["upload"])
    assert not CreditImport.objects.exists()


def test_the_sample_and_the_report_are_downloaded(secretary):
    batch, client = check(secretary, line(name=None)), office(secretary)

    sample = client.get(reverse("admin:enterprises_creditimport_sample"))
    report = client.get(reverse("admin:enterprises_creditimport_report", args=[batch.pk]))

    assert cells(sample.content)[0][:2] == ["统一社会信用代码*", "单位名称*"]
    assert cells(report.content)[1][:4] == ["读不了", "2", "单位名称", "没有填"]


@pytest.mark.parametrize("model", [CreditRecord, CreditImport])
def test_lists_cost_the_same_queries_for_one_row_and_three(secretary, organisation, model, django_assert_num_queries):
    client = office(secretary)

    def one_more():
        record = given.credit_record(organisation)
        check(secretary, line(of=organisation))
        return record

    for rows in (1, 2):
        for _ in range(rows):
            one_more()
        with django_assert_num_queries({CreditRecord: 7, CreditImport: 5}[model]):
            client.get(list_url(model))
