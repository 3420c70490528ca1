"""Batches and results in the office: made, looked at, downloaded and answered by whoever has the duty."""

import pytest

from awards.models import Disbursement, PaymentBatch, ResultFile, ResultLine
from awards.subsidies.models import MAX_ATTEMPTS
from enterprises.models import AuditEvent
from tests import given
from tests.awards.subsidies.test_batches import Office
from tests.awards.subsidies.test_results import HEADING, Answers
from tests.desk import act_url, begin, begin_url, buttons, errors, list_url, office, press, record_url
from tests.kept import kept

pytestmark = pytest.mark.django_db
MAKE = "/office/awards/paymentbatch/begin/make/"


@pytest.fixture
def desk(db):
    return kept(Office)()


def todos(user):
    return [line["label"] for line in office(user).get("/office/").context_data["waiting"]]


def shown(desk):
    page = office(desk.maker).get(MAKE)
    return page, page.context_data["form"].initial | {"layout": "csv", "encoding": "utf-8"}


def test_the_page_shows_what_goes_in_and_what_stays_out_and_makes_just_that(desk):
    payments = [desk.approved(), desk.approved()]
    given.bank_account(payments[1].account.organisation)
    assert "已复核，待编支付批次" in todos(desk.maker)

    page, answers = shown(desk)
    batch = begin(desk.maker, PaymentBatch, "make", **answers)

    text = page.content.decode()
    assert all(part in text for part in ("¥1,000,000.00", "人民币壹佰万元整", "不编入的 1 笔", "已更换对公账户"))
    assert [payment.pk for payment in batch.payments.all()] == [payments[0].pk]


def test_a_payment_approved_meanwhile_is_not_taken_unseen(desk):
    desk.approved()
    _page, answers = shown(desk)
    desk.approved()

    refused = office(desk.maker).post(MAKE, answers)
    renewed = refused.context_data["form"]["seen"].value()
    done = office(desk.maker).post(MAKE, answers | {"seen": renewed})

    assert (refused.status_code, errors(refused)) == (
        409,
        ["您查看之后，可以编入的拨付单有变化，请重新核对。没有编制批次。"],
    )
    assert (done.status_code, PaymentBatch.objects.get().count) == (302, 2)


def test_a_batch_page_says_it_all_and_masks_the_accounts(desk, django_assert_num_queries):
    batch = desk.batch(desk.approved(), desk.approved())
    number = batch.payments.first().account.number

    page = office(desk.checker).get(record_url(batch)).content.decode()
    printed = office(given.auditor()).get(record_url(batch).replace("change", "list")).content.decode()

    assert all(part in page for part in (batch.number, "¥2,000,000.00", "人民币贰佰万元整", batch.digest, "待送出"))
    assert all(part in printed for part in (batch.number, "人民币贰佰万元整", "经办人（签名）"))
    assert number not in page + printed


def test_the_file_is_for_those_who_may_see_accounts_and_never_changes(desk):
    batch = desk.batch(desk.approved(), encoding="gbk", layout="xml")
    url = record_url(batch).replace("change", "file")

    first, second = (office(by).get(url) for by in (desk.maker, desk.checker))

    assert first.content == second.content == batch.content
    assert f'filename="{batch.number}.xml"' in first["Content-Disposition"]
    assert office(given.auditor()).get(url).status_code == 403
    assert AuditEvent.objects.filter(verb="take_batch_file").count() == 2


def test_a_stuck_batch_is_in_sight_of_both_and_resent_by_the_maker(desk):
    batch = desk.batch(desk.approved())
    assert buttons(desk.maker, batch) == []
    PaymentBatch.objects.update(attempts=MAX_ATTEMPTS, problem="财政目录暂时写不进去")

    assert "支付批次未能送出" in todos(desk.maker)
    assert "支付批次未能送出" in todos(desk.checker)
    assert "财政目录暂时写不进去" in office(desk.maker).get(record_url(batch)).content.decode()
    assert press(desk.maker, batch, "resend").attempts == 0


def test_a_result_is_handed_in_tried_booked_and_its_difference_settled_on_screen():
    desk = kept(Answers)()
    text = HEADING + desk.line(desk.first) + desk.line(desk.second, amount="1.00")
    result = begin(desk.maker, ResultFile, "hand_in", upload=given.upload("结果.csv", text.encode("gbk")))
    again = office(desk.maker).post(
        begin_url(ResultFile, "hand_in"), {"upload": given.upload("另一名.csv", text.encode("gbk"))}
    )
    tried = office(desk.checker).get(record_url(result)).content.decode()

    own = office(desk.maker).post(act_url(result, "book_result"))
    waiting = [("财政结果文件待登记" in todos(person)) for person in (desk.maker, desk.checker)]
    press(desk.checker, result, "book_result")

    assert own.status_code != 302
    assert waiting == [False, True]
    assert "试算，还没有登记" in tried
    assert "金额不符，应为 1,000,000.00" in tried
    assert (again.status_code, ResultFile.objects.count()) == (409, 1)
    assert errors(again)[0].startswith("同一个文件（结果.csv）已在")
    line = ResultLine.objects.get(outcome="difference")
    assert "财政结果有差异，待核对处理" in todos(desk.maker)
    press(desk.maker, line, "resolve", note="财政更正后另发。")
    assert "财政结果有差异，待核对处理" not in todos(desk.maker)
    assert Disbursement.objects.get(pk=desk.first.pk).state == "paid"
    assert "已处理：财政更正后另发。" in office(desk.maker).get(record_url(result)).content.decode()


def test_lists_ask_as_many_questions_for_three_as_for_one(desk, django_assert_num_queries):
    for turn in range(3):
        desk.batch(desk.approved())
        client = office(desk.maker)
        if turn in {0, 2}:
            with django_assert_num_queries(LIST_QUERIES):
                client.get(list_url(PaymentBatch))


LIST_QUERIES = 6


def test_the_pages_are_shut_to_strangers(desk):
    batch = desk.batch(desk.approved())

    assert office(given.secretary()).get(record_url(batch)).status_code == 403
    assert office(desk.checker).get(MAKE).status_code == 403
    assert office(desk.checker).post(act_url(batch, "resend")).status_code == 403
