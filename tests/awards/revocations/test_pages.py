"""A revocation worked in the office, read and answered by the holder, shown to everybody."""

from datetime import timedelta

import pytest
from django.urls import reverse

from awards.models import Application, Clawback, ClawbackEntry, Honour, Revocation
from awards.revocations.actions import rules_of
from enterprises.files.tasks import draw_pages
from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date
from tests import given
from tests.awards.revocations.test_actions import LATER, NOW, Case
from tests.desk import act_url, begin, begin_url, buttons, errors, list_url, office, press, record_url


@pytest.fixture
def case(db):
    return Case()


def own_page(case, **more):
    return office(case.owner).get(reverse("revocation", args=[case.honour.application_id]), **more)


def test_the_office_takes_an_honour_back_by_two_people(case):
    maker = given.maker()
    payment = case.payment("paid")
    facts = {"honour": case.honour.pk, "cause": "fraud", "facts": "数据不符。", "basis": "某办法第十条"}
    with clock.at(NOW):
        record = begin(case.by, Revocation, "propose", uploads=[given.upload("证据.pdf")], **facts)
        assert own_page(case).status_code == 404
        press(case.by, record, "tell_revocation")
        assert "数据不符。" in own_page(case).content.decode()
    with clock.at(LATER):
        press(case.by, record, "hear_holder", heard_on="2026-09-09", record="逾期未陈述。")
        decision = {"outcome": "revoke", "number": "佛府〔2026〕30号", "title": "决定", "issuer": "市政府"}
        refusal = office(case.by).post(act_url(record, "enter_decision"), decision)
        assert (refusal.status_code, len(errors(refusal))) == (409, 3)
        decision |= {"issued_on": "2026-09-10", "public_reason": "弄虚作假。", "upload": given.upload("决定.pdf")}
        record = press(case.by, record, "enter_decision", **decision)
        assert (buttons(case.by, record), buttons(case.second, record)) == (
            ["evidence", "return_decision"],
            ["revoke", "evidence", "return_decision"],
        )
        draw_pages(record.scan.page_set.pk)
        beside = office(case.second).get(act_url(record, "revoke"))
        [(_number, picture)] = beside.context_data["scan_pages"]
        assert office(case.second).get(picture)["Content-Type"] == "image/jpeg"
        press(case.second, record, "revoke")
        press(maker, Clawback.objects.get(), "recover", amount="400000", received_on="2026-09-10", voucher="1")
        press(given.checker(), ClawbackEntry.objects.get(), "confirm_clawback_entry")

    page = own_page(case).content.decode()
    assert [words in page for words in ("弄虚作假。", "佛府〔2026〕30号", "尚有 600,000.00 元")] == [True] * 3
    assert payment.clawback.outstanding == 600000


def test_the_holder_speaks_on_its_own_page_until_the_last_day(case):
    case.told()
    url = reverse("revocation", args=[case.honour.application_id])
    owner = office(case.owner)
    with clock.at(NOW + timedelta(days=1)):
        assert errors_of(owner.post(url, {"text": ""})) == 1
        sent = owner.post(url, {"text": "数据有出处。", "upload": given.upload("说明.pdf")}, follow=True)
    with clock.at(LATER):
        late = owner.post(url, {"text": "太晚。"})

    assert "数据有出处。" in sent.content.decode()
    assert (late.status_code, "截止或已经办结" in late.content.decode()) == (409, True)
    assert 'name="text"' not in owner.get(url).content.decode() or clock.today() <= case.honour.announced_on


def errors_of(response):
    return len(response.context["form"].errors)


def test_the_applicants_pages_say_that_the_honour_is_revoked_and_what_comes_next(case):
    case.revoked()
    owner = office(case.owner)

    page = owner.get(reverse("application", args=[case.honour.application_id])).content.decode()
    desk = owner.get(reverse("desk")).content.decode()

    for words in ("荣誉已撤销", "下一步", "撤销荣誉的告知", "2026-09-10", "佛府〔2026〕30号"):
        assert words in page
    assert "荣誉已撤销，不再拨付" in desk
    record = office(case.by).get(record_url(case.honour.application)).content.decode()
    listed = office(case.by).get(list_url(Application)).content.decode()
    places = {"page": page, "desk": desk, "record": record, "list": listed}
    said = {name: (">荣誉已撤销</span>" in place, ">已获奖</span>" in place) for name, place in places.items()}
    assert said == dict.fromkeys(places, (True, False))


def test_the_register_keeps_a_revoked_honour_with_the_public_reason(case, client):
    case.revoked()

    listed = client.get(reverse("laureates")).content.decode()
    own = client.get(reverse("laureate", args=[case.honour.pk])).content.decode()
    row = client.get(reverse("laureates_json")).json()["records"][0]

    for page in (listed, own):
        assert f"<s>{case.firm.name}</s>" in page
        assert "申报材料弄虚作假。（佛府〔2026〕30号）" in page
    assert (row["status"], row["revoked_on"], row["revoked_because"]) == (
        "已撤销",
        "2026-09-10",
        "申报材料弄虚作假。",
    )
    assert case.firm.name not in client.get(reverse("home")).content.decode()


def test_office_lists_cost_the_same_queries_at_any_size(case, django_assert_max_num_queries):
    case.proposed()
    client, kind = office(case.by), "佛山市政府质量奖"
    for size in (1, 3):
        for n in range(size - 1):
            honour = given.recorded_honour(given.organisation(), kind=kind, year=2020 + n)
            Revocation.objects.create(honour=honour, cause="other", facts="某", basis="某", proposed_by=case.by)
        with django_assert_max_num_queries(9):
            assert client.get(list_url(Revocation)).status_code == 200


def test_from_an_honour_its_revocation_is_proposed_with_the_honour_filled_in(case):
    shown = office(case.by).get(record_url(case.honour)).content.decode()
    opened = office(case.by).get(f"{begin_url(Revocation, 'propose')}?honour={case.honour.pk}")

    assert f"{begin_url(Revocation, 'propose')}?honour={case.honour.pk}" in shown
    assert f'value="{case.honour.pk}" selected' in opened.content.decode()
    assert Honour.objects.count() == 1


def test_a_revocation_leads_to_the_honour_and_to_what_is_owed_back_and_names_the_last_day(case):
    case.payment("paid")
    record = case.revoked()
    clawback = Clawback.objects.get()

    page = office(case.by).get(record_url(record))
    text = page.content.decode()

    assert [record_url(found) in text for found in (case.honour, clawback)] == [True, True]
    assert paper_date(clawback.due_on) in text
    related = office(case.by).get(record_url(case.honour)).context_data["related"]
    assert ("撤销", str(record), record_url(record)) in related


def test_a_revocation_without_money_paid_says_that_nothing_is_to_come_back(case):
    decided = case.decided()
    days = rules_of(case.honour)["clawback_days"]
    assert f"生效次日起 {days} 天" in office(case.by).get(record_url(decided)).content.decode()

    revoked = case.revoke(decided)

    assert "没有已拨付的奖金，不需要退回" in office(case.by).get(record_url(revoked)).content.decode()
