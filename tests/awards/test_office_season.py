"""One whole season pressed through in the office alone: every step of the main job has its button."""

from datetime import timedelta
from decimal import Decimal

import pytest

from awards.applications.models import Application
from awards.certificates.models import Certificate
from awards.certificates.tasks import draw_certificate
from awards.decisions.meeting_models import Meeting
from awards.decisions.models import Ranking
from awards.experts.models import Engagement, Expert
from awards.process import State
from awards.programmes.models import Edition, Programme
from awards.programmes.queries import default_settings
from awards.publicity.models import Notice, Objection
from awards.resolutions.models import Honour, Resolution
from awards.reviews.models import Assignment
from awards.rubric.models import Item, Rubric
from awards.subsidies import ledger
from awards.subsidies.batches.models import PaymentBatch
from awards.subsidies.models import Budget, Disbursement, Entitlement
from awards.subsidies.reconciling import comparison as reconcile
from foshan_quality.lib import clock
from foshan_quality.permissions import Role
from tests import given
from tests.desk import act_url, begin, begin_url, nothing_to_declare, office, press

pytestmark = pytest.mark.django_db


def sheet_url(assignment):
    return f"/office/awards/assignment/{assignment.pk}/sheet/"


def test_a_season_runs_from_call_to_payment_by_buttons_alone():
    by, second, maker, checker = given.secretary(), given.secretary(), given.maker(), given.checker()

    edition = call(by)
    with clock.at(given.SPRING):
        firms = [given.organisation() for _ in range(3)]
        for firm in firms:
            given.submitted(given.complete_draft(edition, firm))
        applications = screen(by, second, edition)
    with clock.at(given.REVIEW):
        press(by, edition, "start_review")
        review(by, applications)
        ranking = begin(by, Ranking, "make", edition=edition.pk)
        press(by, ranking, "shortlist")
    with clock.at(given.VOTE):
        vote(by, second, edition)
    with clock.at(given.NOTICE):
        notice = publicise(by, second, edition)
        object_and_dismiss(by, second, notice)
    with clock.at(given.AFTER_NOTICE):
        resolve(by, second, edition)
        certify(by, edition)
        pay(maker, checker, edition)

    edition.refresh_from_db()
    assert edition.state == Edition.State.AWARDED
    assert list(applications[0].snapshots.values_list("version", flat=True)) == [2, 1]
    assert Application.objects.filter(state=State.HONOURED).count() == 2
    assert Disbursement.objects.get().state == Disbursement.State.SENDING
    assert ledger.is_balanced()
    assert reconcile.differences() == []


def call(by):
    """Steps: prepare with every rule, correct one, publish with the approval, open."""
    rules = {
        f"{key}_{part}": value
        for key, settled in default_settings().items()
        for part, value in zip(("value", "document", "article", "confirmed"), settled, strict=True)
    }
    rules = {name: "on" if value is True else value for name, value in rules.items() if value is not False}
    with clock.at(given.OPENS - timedelta(days=20)):
        edition = begin(
            by,
            Edition,
            "prepare",
            programme=Programme.objects.get(code="FSZLJ").pk,
            year=2026,
            rubric=Rubric.objects.get(code="gbt19580-2012").pk,
            opens_at="2026-03-02T09:00",
            closes_at="2026-04-30T17:00",
            **rules,
        )
        press(by, edition, "set_window", opens_at="2026-03-02T09:00", closes_at="2026-04-30T18:00")
        press(by, edition, "set_rule", key="quota", value="2", document="管理办法", article="第三条", is_confirmed="on")
        press(by, edition, "publish", approval_number="佛评办〔2026〕1号", approved_on="2026-01-20")
    with clock.at(given.OPENS):
        press(by, edition, "open")
    edition = Edition.objects.get(pk=edition.pk)
    assert (edition.state, edition.closes_at, edition.settled["quota"]) == ("open", given.CLOSES, 2)
    return edition


def screened(by, second, record, name, **finding):
    """Proposed by one person of the secretariat, confirmed by the other."""
    press(by, record, f"propose_{name}", **finding)
    press(second, record, "confirm_screening", proposal=record.screening_proposals.first().pk)


def screen(by, second, edition):
    """One is returned and handed in again, then accepted like the second; the third is refused."""
    a, b, c = Application.objects.filter(edition=edition).order_by("number")
    points = {"at-audit_reports": "审计报告缺少 2024 年。"}
    screened(by, second, a, "return", reason="材料不齐全。", **points)
    given.submitted(a)
    screened(by, second, a, "acceptance")
    screened(by, second, b, "acceptance")
    screened(by, second, c, "refusal", reason="不在本市登记。", basis="管理办法第五条")
    assert [record.state for record in (a, b, c)] == ["in_review", "in_review", "refused"]
    return [a, b]


def review(by, applications):
    """Experts enter the pool, sit, declare, score and submit; one recuses and is replaced."""
    people = [given.person("专家", Role.EXPERT) for _ in range(4)]
    for person in people:
        begin(by, Expert, "enrol", user=person.pk, employer="某大学", title="教授", fields="机械", may_head="on")
    engage(by, applications[0].edition, people)
    panel = [person.pk for person in people[:3]]
    for application in applications:
        press(by, application, "set_panel", experts=panel, head=panel[0])
    late = Assignment.objects.get(application=applications[0], expert=people[2])
    press(people[2], late, "recuse", reason="曾为该单位提供咨询。")
    press(by, applications[0], "set_panel", experts=[*panel[:2], people[3].pk], head=panel[0])
    for seat in Assignment.objects.sitting().select_related("expert"):
        score(seat)


def engage(by, edition, people):
    """All are asked for the edition, accept, sign the promise and declare."""
    experts = [person.expert.pk for person in people]
    begin(by, Engagement, "invite", edition=edition.pk, experts=experts, answer_by="2027-01-31T18:00")
    for engagement in Engagement.objects.select_related("expert__user"):
        person = engagement.expert.user
        press(person, engagement, "accept_invitation", days=5)
        press(person, engagement, "sign_pledge", version=1, signed_name=person.name)
        press(person, engagement, "declare_interests", **nothing_to_declare(edition))


def score(assignment):
    expert = assignment.expert
    press(expert, assignment, "declare_free")
    percentage = 65 if assignment.application.number.endswith("1") else 60
    marks = {f"percentage_{code}": percentage for code in Item.objects.values_list("code", flat=True)}
    saved = office(expert).post(sheet_url(assignment), {"version": 0, "submit": "", **marks})
    assert (saved.status_code, saved.url) == (302, act_url(assignment, "submit_sheet"))
    press(expert, assignment, "submit_sheet")
    assert assignment.sheets.get().total == Decimal(percentage * 10)


def vote(by, second, edition):
    """A meeting is called and attended, a recusal recorded, everybody votes, the count is released by another."""
    members = [given.member() for _ in range(3)]
    applications = edition.applications.filter(state=State.SHORTLISTED).order_by("number")
    meeting = begin(
        by, Meeting, "call", edition=edition.pk, title="评委会会议", held_on="2026-07-08", agenda="审议\n表决"
    )
    press(by, meeting, "take_attendance", **{f"presence_{m.pk}": "present" for m in members})
    recused = applications[1].pk
    press(by, meeting, "record_recusal", member=members[0].pk, application=recused, reason="曾任职。")
    press(by, meeting, "open_vote")
    url = f"/office/awards/meeting/{meeting.pk}/ballot/"
    for member in members:
        chosen = [a.pk for a in applications if not (member == members[0] and a.pk == recused)]
        cast = office(member).post(url, {"cast": ""} | {f"choice-{pk}": "aye" for pk in chosen})
        assert cast.status_code == 200
        assert "选票已投出" in cast.content.decode()
    press(by, meeting, "count")
    press(second, meeting, "release_result")
    assert [row["proposed"] for row in meeting.result["rows"]] == [True, True]


def publicise(by, second, edition):
    notice = begin(by, Notice, "draft", edition=edition.pk)
    press(second, notice, "publish")
    assert "公示期为5个工作日，自发布次日起算" in notice.body
    return notice


def object_and_dismiss(by, second, notice):
    with clock.at(given.NOTICE + timedelta(days=1)):
        about = notice.names[0]["application"]
        objection = begin(
            by,
            Objection,
            "record",
            notice=notice.pk,
            application=about,
            objector="某人",
            contact="电话",
            grounds="事实",
        )
        press(by, objection, "propose", outcome="dismissed", finding="经核查不属实。")
        press(second, objection, "dismiss")
    assert objection.state == Objection.State.DISMISSED


def resolve(by, second, edition):
    resolution = begin(
        by,
        Resolution,
        "enter",
        edition=edition.pk,
        number="佛府〔2026〕8号",
        title="关于表彰的通报",
        issuer="佛山市人民政府",
        issued_on="2026-07-27",
        names="\n".join(a.organisation.name for a in edition.applications.filter(state="publicised")),
        upload=given.upload("通报.pdf"),
    )
    press(second, resolution, "confirm")
    assert Honour.objects.filter(resolution=resolution).count() == 2


def certify(by, edition):
    begin(by, Certificate, "issue", edition=edition.pk)
    for certificate in Certificate.objects.all():
        draw_certificate(certificate.pk)
        pdf = office(by).get(f"/office/awards/certificate/{certificate.pk}/download/")
        assert b"".join(pdf.streaming_content).startswith(b"%PDF-")


def pay(maker, checker, edition):
    honour = Honour.objects.filter(resolution__edition=edition).order_by("pk").first()
    given.bank_account(honour.organisation)
    budget = begin(maker, Budget, "open", fund="专项资金", year=2026, total="2,000 0000 元", document="佛财〔2026〕9号")
    entitled = begin(maker, Entitlement, "entitle", honour=honour.pk)
    payment = begin(maker, Disbursement, "prepare", entitlement=entitled.pk, budget=budget.pk)
    seen = office(checker).get(act_url(payment, "approve")).context_data["form"]["seen"].value()
    press(checker, payment, "approve", seen=seen)
    shown = office(maker).get(begin_url(PaymentBatch, "make")).context_data["form"].initial
    begin(maker, PaymentBatch, "make", payer=shown["payer"], seen=shown["seen"], layout="xml", encoding="gbk")
    assert budget.total == Decimal("20000000.00")
