"""An objection from the form to the answer: evidence, hearing the applicant without naming the objector, masking."""

from datetime import timedelta

import pytest
from django.urls import reverse

from awards.models import Objection, ObjectionFile, Statement
from awards.publicity import statement_actions as stating
from awards.waiting import unanswered_statements
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Relation
from tests import given
from tests.desk import act_url, list_url, office, press, record_url
from tests.steps import check_duty, no_trace, refused, refused_by

pytestmark = pytest.mark.django_db
SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1"}
DURING = given.NOTICE + timedelta(days=1)


@pytest.fixture
def season():
    season = given.walk_to("publicised", **SMALL)
    [season.firm] = season.applications
    return season


def test_evidence_is_checked_kept_privately_and_taken_only_on_record(client, season):
    address = reverse("notice_object", args=[season.notice.address])
    said = {"candidate": "0", "grounds": "见附件。", "objector": "张三丰", "contact": "13800138000", "is_true": "on"}
    with clock.at(DURING):
        fake = client.post(address, said | {"uploads": [given.upload("证据.pdf", b"<html>")]})
        many = client.post(address, said | {"uploads": [given.upload() for _ in range(6)]})
        assert (fake.status_code, many.status_code, Objection.objects.count()) == (409, 200, 0)
        client.post(address, said | {"uploads": [given.upload("证据.pdf"), given.upload("证据二.pdf")]})
        objection = Objection.objects.get()
        paper = objection.files.first().file
        page = office(season.secretary).get(record_url(objection)).content.decode()
        taken = office(season.second).get(record_url(objection).replace("change", f"file/{paper.pk}"))
        others = [
            office(user).get(record_url(objection).replace("change", f"file/{paper.pk}")).status_code
            for user in (given.expert(), given.district_officer(), given.owner_of(season.firm.organisation))
        ]
        listed = office(season.secretary).get(list_url(Objection)).content.decode()

    assert (paper.uploaded_by.name, str(objection.examine_by)) == ("系统自动任务", "2026-07-21")
    assert [secret for secret in ("张三丰", "13800138000") if secret in page + listed] == []
    assert "张＊＊" in page
    assert (taken.status_code, taken["Content-Disposition"].split(";")[0], others) == (200, "attachment", [403] * 3)
    assert AuditEvent.objects.latest("seq").verb == "read_objection_file"
    assert ObjectionFile.objects.count() == 2
    shown = office(season.secretary).post(act_url(objection, "reveal"), {"reason": "电话核实"}).content.decode()
    assert ("张三丰" in shown, "13800138000" in shown) == (True, True)
    assert AuditEvent.objects.latest("seq").note == "电话核实"


def test_the_applicant_is_heard_without_learning_who_objected(client, season):
    owner = given.owner_of(season.firm.organisation)
    reader = given.colleague_of(season.firm.organisation, Relation.READER)
    with clock.at(DURING):
        objection = given.objection_to(season.firm, season.notice, objector="张三丰", contact="13800138000")
        due, asking = clock.today() + timedelta(days=1), {"by": season.secretary, "due_on": clock.today()}
        for facts in ("张三丰反映抽检不合格", "请回电 13800138000"):
            with refused("identity", untouched=[objection]):
                stating.ask_for_statement(objection, facts=facts, **asking)
        with refused("due_on"):
            stating.ask_for_statement(
                objection, by=season.secretary, facts="x", due_on=clock.today() - timedelta(days=1)
            )
        check_duty(
            "awards.decide_objection",
            lambda by: stating.ask_for_statement(objection, by=by, facts="抽检", due_on=due),
        )
        press(season.secretary, objection, "ask", facts="请说明某年某月抽检结果。", due_on=str(due))
        statement = Statement.objects.get()
        address = reverse("statement", args=[statement.pk])
        assert unanswered_statements([str(statement.pk)]) == {str(statement.pk)}
        page = office(owner).get(address).content.decode()
        assert ("请说明某年某月抽检结果。" in page, "张三丰" in page, "13800138000" in page) == (True, False, False)
        assert "张三丰" not in "".join(Message.objects.filter(user=owner).values_list("text", flat=True))
        strangers = [office(user).get(address).status_code for user in (given.person(), given.expert())]
        assert (strangers, client.get(address).status_code) == ([404, 404], 302)
        assert office(reader).post(address, {"answer": "x"}).status_code == 403
        answer = {"answer": "已整改。", "uploads": [given.upload("整改报告.pdf")]}
        assert office(owner).post(address, answer).status_code == 302
        statement.refresh_from_db()
        with no_trace(statement), pytest.raises(WrongState):
            stating.give_statement(statement, by=owner, answer="再答")
    assert unanswered_statements([str(statement.pk)]) == set()
    assert (statement.answer, statement.answered_by) == ("已整改。", owner)
    assert "整改报告.pdf" in office(season.second).get(record_url(objection)).content.decode()
    for constraint, changes in (
        ("statement_answered_whole", {"answer": ""}),
        ("statement_asks_something", {"facts": ""}),
    ):
        with refused_by(constraint):
            Statement.objects.update(**changes)


def test_an_answer_after_its_day_is_refused_and_then_the_objection_may_stand(season):
    with clock.at(DURING):
        objection = given.objection_to(season.firm, season.notice)
        statement = stating.ask_for_statement(objection, by=season.secretary, facts="抽检", due_on=DURING.date())
    with clock.at(DURING + timedelta(days=1)):
        with no_trace(statement), pytest.raises(WrongState, match="已过"):
            stating.give_statement(statement, by=given.owner_of(season.firm.organisation), answer="迟到")
        assert given.decided(objection, "upheld", by=season.secretary).state == "upheld"


def test_the_objector_follows_it_by_code_to_the_answer_and_nobody_else_does(client, season):
    with clock.at(DURING):
        objection = given.objection_to(season.firm, season.notice, objector="张三丰")
        address, code = reverse("objection_receipt", args=[objection.code]), objection.code
        find = reverse("objection_find")
        wrong = [
            client.post(find, {"receipt": receipt, "code": typed}).content.decode()
            for receipt, typed in ((objection.receipt, "a" * 26), ("YY20260714ABCDEF", code))
        ]
        right = client.post(find, {"receipt": objection.receipt.lower(), "code": f" {code.upper()} "})
        assert ["没有查到" in page for page in wrong] == [True, True]
        assert (right.status_code, right.url) == (302, address)
        assert "已收到，正在核查" in client.get(address).content.decode()
        assert client.get(f"{address}reply/").status_code == 404
        given.decided(objection, "dismissed", by=season.secretary)
        page = client.get(address).content.decode()
        reply = client.get(f"{address}reply/")
        again = client.post(address, {"reason": "撤回"})

    assert ("核查完毕：异议不成立" in page, "张三丰" in page, season.secretary.name in page) == (True, False, False)
    assert (reply.content[:4], "no-store" in reply["Cache-Control"]) == (b"%PDF", True)
    assert again.status_code == 409
    assert office(season.second).get(record_url(objection).replace("change", "reply/docx")).status_code == 200
    log = AuditEvent.objects.filter(verb="download_reply").order_by("seq").values_list("actor_id", flat=True)
    assert list(log) == [None, season.second.pk]


def test_an_objection_may_be_taken_back_by_its_code_and_is_kept(client, season):
    with clock.at(DURING):
        objection = given.objection_to(season.firm, season.notice)
        answer = client.post(reverse("objection_receipt", args=[objection.code]), {"reason": "不再主张"}, follow=True)
        with pytest.raises((WrongState, Refused)):
            given.decided(objection, "dismissed", by=season.secretary)

    objection.refresh_from_db()
    assert ("已撤回" in answer.content.decode(), objection.state, objection.grounds) == (True, "withdrawn", "数据不实")


def test_the_office_is_told_what_is_late(season):
    with clock.at(DURING):
        objection = given.objection_to(season.firm, season.notice)
    with clock.at(given.AFTER_NOTICE):
        listed = office(season.secretary).get(list_url(Objection, todo="overdue")).content.decode()

    assert (objection.receipt in listed, "已超期" in listed) == (True, True)


def test_lists_of_objections_cost_the_same_at_any_size(season, django_assert_num_queries):
    client = office(season.secretary)
    counts = []
    for _ in range(2):
        with clock.at(DURING):
            for _ in range(len(counts) + 1):
                given.objection_to(season.firm, season.notice)
            client.get(list_url(Objection))
            with django_assert_num_queries(6):
                client.get(list_url(Objection))
        counts.append(Objection.objects.count())
    assert counts == [1, 3]
