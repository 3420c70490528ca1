"""Work that the background did not get done, gathered on one page of the office."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.urls import reverse

from awards.dashboard.stuck import QUEUES
from awards.models import Disbursement, PaymentBatch
from enterprises.files.actions import queue_pages
from enterprises.models import Message, PageSet
from foshan_quality.lib import clock
from tests import given
from tests.awards.subsidies.test_reconcile import payments
from tests.desk import list_url, office
from tests.steps import past_triggers

WRONG = "字体中没有这些字：㙓。"


def page(user):
    return office(user).get(reverse("admin:stuck"))


def told(user):
    """{queue: the names of its rows} on this person's page."""
    return {label: [row["name"] for row in rows] for label, _count, rows in page(user).context_data["queues"]}


def stuck_mail(number, **changes):
    person = given.person("收件人")
    facts = {"kind": "application_accepted", "matter": f"某{number}", "text": "某", "copy": "parked"}
    return Message.objects.create(
        user=person, copy_problem="邮件服务器拒收这个地址。", copy_attempts=3, **facts | changes
    )


def test_finance_sees_payments_held_back_and_those_tried_in_vain_with_age_attempts_and_reason(db):
    made = payments("approved", "batched")
    before = clock.now() - timedelta(hours=5)
    with past_triggers():
        Disbursement.objects.filter(pk=made["approved"].pk).update(problem="信用记录待核查。", approved_at=before)
    PaymentBatch.objects.update(attempts=8, problem="财政目录暂时写不进去。")
    maker = given.maker()

    held, sending = page(maker).context_data["queues"]

    assert [held[0], sending[0]] == ["已复核的拨付单没有编入支付批次", "支付批次送财政"]
    ((row,), (other,)) = held[2], sending[2]
    assert (row["name"], row["age"], row["problem"]) == (str(made["approved"]), "5 小时", "信用记录待核查。")
    assert row["url"] == reverse("admin:awards_disbursement_change", args=[made["approved"].pk])
    assert (other["attempts"], other["problem"], other["retry"]) == (8, "财政目录暂时写不进去。", "重新送出")
    assert '"/office/stuck/"' in office(maker).get(list_url(Disbursement)).text
    assert {line["label"]: line["count"] for line in office(maker).get(reverse("admin:index")).context_data["waiting"]}[
        "后台没有办成，卡住的事项"
    ] == 2


def test_the_secretariat_sees_what_failed_by_name_the_system_officer_by_number_and_finance_not_at_all(db):
    queue_pages(given.proof_of_account(given.person()))
    PageSet.objects.update(state="parked", attempts=5, problem=WRONG)
    mail = stuck_mail(1)
    seen, officer = page(given.secretary()).context_data["queues"], given.system_officer()

    ((label, count, (row,)),) = seen
    assert (label, count, row["name"], row["problem"]) == ("材料的页图", 1, "开户信息.pdf", WRONG)
    assert row["retry"] == "在材料的“逐页查看”点“重新生成缺的页图”"
    assert told(officer) == {
        "材料的页图": [f"第 {PageSet.objects.get().pk} 号"],
        "消息的邮件抄送": [mail.user.email],
    }
    assert told(given.maker()) == {}
    assert "没有卡住的事项" in page(given.maker()).text


def test_a_first_try_that_may_still_be_running_is_not_stuck(db):
    queue_pages(given.proof_of_account(given.person()))
    PageSet.objects.update(state="queued", attempts=1)
    secretary = given.secretary()
    first = told(secretary)
    PageSet.objects.update(attempts=2)

    assert (first, list(told(secretary))) == ({}, ["材料的页图"])


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.label)
def test_every_queue_reads_what_its_rows_have_and_leads_to_a_kind_of_record_there_is(queue):
    model = queue.stuck().model
    paths = [queue.since, queue.attempts, queue.problem, *queue.page[1:]]

    assert [path for path in filter(None, paths) if not reads(model, path)] == []
    assert not queue.page or apps.get_model(*queue.page[0].split("_"))


def reads(model, path):
    """Whether records of this model have what lies at the end of the path."""
    *steps, last = path.split(".")
    for step in steps:
        model = model._meta.get_field(step).related_model
    return last in {"pk", *(field.attname for field in model._meta.concrete_fields)}


def test_the_page_costs_the_same_at_any_size(db, django_assert_num_queries):
    officer = given.system_officer()
    client = office(officer)
    for size in (1, 3):
        while Message.objects.count() < size:
            stuck_mail(Message.objects.count())

        with django_assert_num_queries(5):
            client.get(reverse("admin:stuck"))


@pytest.mark.parametrize("somebody", [given.auditor, given.expert, given.leader])
def test_others_have_no_such_page(db, somebody):
    assert page(somebody()).status_code == 403
