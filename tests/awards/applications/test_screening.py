"""Screening by two people, and a return by named points."""

from datetime import date, datetime
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.applications import actions as applying
from awards.applications import screening_actions as screening
from awards.applications.models import Outcome
from awards.applications.queries import corrections, differences, submitted_dossier
from awards.models import Application, EditionRule, Screening, ScreeningProposal
from awards.process import APPLICATION, State
from awards.programmes import actions as calling
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests.kept import kept
from tests.steps import check_duty, check_step, copy_of, no_trace, put, refused, refused_by, state_of, trial

POINTS = [{"place": "overview", "text": "未写明面临的挑战。"}]
FINDINGS = {
    Outcome.ACCEPTED: {},
    Outcome.RETURNED: {"reason": "缺审计报告", "points": POINTS},
    Outcome.REFUSED: {"reason": "不在本市", "basis": "办法第五条"},
}
OVERDUE = datetime(2026, 3, 26, 0, 0, tzinfo=given.SHANGHAI)


def proposed(application, outcome=Outcome.ACCEPTED, *, by):
    return screening.propose(application, by=by, outcome=outcome, **FINDINGS[outcome])


@pytest.fixture
@kept
def second(db):
    return given.secretary()


@pytest.fixture
@kept
def alone(spring, secretary):
    """An edition that one person screens."""
    return given.open_edition(by=secretary, screening_by_two="否")


# --- proposing and confirming -------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", Outcome)
def test_a_proposal_moves_nothing_and_tells_no_applicant(submitted, secretary, outcome):
    told = Message.objects.count()

    proposal = proposed(submitted, outcome, by=secretary)

    assert (state_of(submitted), Screening.objects.count(), Message.objects.count()) == (State.SUBMITTED, 0, told)
    assert (proposal.state, proposal.outcome, proposal.proposed_by, proposal.version) == ("open", outcome, secretary, 1)
    line = AuditEvent.objects.first()
    assert (line.verb, line.note) == ("propose_screening", FINDINGS[outcome].get("reason", ""))


@pytest.mark.parametrize("outcome", Outcome)
def test_confirmed_by_a_second_person_a_proposal_takes_effect(submitted, secretary, second, outcome):
    proposal = proposed(submitted, outcome, by=secretary)

    screening.confirm(submitted, by=second, proposal=proposal.pk)

    assert state_of(submitted) == APPLICATION.steps[screening.STEPS[outcome]].target
    decided = Screening.objects.get()
    assert (decided.outcome, decided.decided_by, decided.proposal, decided.version) == (outcome, second, proposal, 1)
    assert (decided.reason, decided.basis) == (proposal.reason, proposal.basis)
    assert decided.points == (POINTS if outcome == Outcome.RETURNED else [])
    proposal.refresh_from_db()
    assert (proposal.state, proposal.closed_by) == ("confirmed", second)
    assert Message.objects.filter(kind=f"application_{outcome}").count() == 1
    told = secretary.inbox.get()
    assert (told.kind, told.link) == ("opinion_confirmed", f"/office/awards/application/{submitted.pk}/change/")


@pytest.mark.parametrize("outcome", Outcome)
def test_what_is_confirmed_goes_from_the_sources_of_its_step_and_from_no_other_state(
    submitted, secretary, second, outcome
):
    proposal = proposed(submitted, outcome, by=secretary)
    Application.objects.update(correct_by=date(2026, 3, 17))

    check_step(
        submitted,
        APPLICATION,
        screening.STEPS[outcome],
        lambda: screening.confirm(submitted, by=second, proposal=proposal.pk),
    )


@pytest.mark.parametrize("outcome", Outcome)
def test_a_proposal_is_made_from_the_sources_of_its_step_and_from_no_other_state(submitted, secretary, outcome):
    Application.objects.update(correct_by=date(2026, 3, 17))
    for state in State:
        put(submitted, state)
        if state in APPLICATION.steps[screening.STEPS[outcome]].sources:
            with trial():
                assert proposed(submitted, outcome, by=secretary).state == "open"
        else:
            with no_trace(submitted), pytest.raises(WrongState):
                proposed(submitted, outcome, by=secretary)


def test_nobody_screens_without_the_duty(submitted, secretary):
    proposal = proposed(submitted, by=secretary)
    acts = [
        lambda by: proposed(submitted, by=by),
        lambda by: screening.confirm(submitted, by=by, proposal=proposal.pk),
        lambda by: screening.send_back(submitted, by=by, proposal=proposal.pk, reason="再核"),
        lambda by: screening.take_back(submitted, by=by, proposal=proposal.pk),
        lambda by: screening.decide(submitted, by=by, outcome=Outcome.ACCEPTED),
    ]

    for act in acts:
        check_duty(Permission.APPLICATION_SCREEN, act, submitted, proposal)


def test_whoever_proposed_neither_confirms_nor_sends_back(submitted, secretary):
    proposal = proposed(submitted, by=secretary)

    with refused("这份意见是您提出的，须由另一人复核。没有改动任何内容。", untouched=[submitted, proposal]):
        screening.confirm(submitted, by=secretary, proposal=proposal.pk)
    with refused("这份意见是您提出的，须由另一人复核。没有改动任何内容。", untouched=[submitted, proposal]):
        screening.send_back(submitted, by=secretary, proposal=proposal.pk, reason="自己退自己")


def test_a_proposal_is_taken_back_by_whoever_made_it_and_by_nobody_else(submitted, secretary, second):
    proposal = proposed(submitted, by=secretary)

    with no_trace(submitted, proposal), pytest.raises(Refused):
        screening.take_back(submitted, by=second, proposal=proposal.pk)
    screening.take_back(submitted, by=secretary, proposal=proposal.pk)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.closed_by, state_of(submitted)) == ("taken_back", secretary, State.SUBMITTED)
    assert AuditEvent.objects.first().verb == "take_back_screening"


def test_a_proposal_sent_back_says_why_and_makes_room_for_another(submitted, secretary, second):
    proposal = proposed(submitted, Outcome.REFUSED, by=secretary)

    with refused("reason", untouched=[submitted, proposal]):
        screening.send_back(submitted, by=second, proposal=proposal.pk, reason=" ")
    screening.send_back(submitted, by=second, proposal=proposal.pk, reason="依据条款不对。")
    with no_trace(submitted, proposal), pytest.raises(WrongState):
        screening.confirm(submitted, by=second, proposal=proposal.pk)
    again = proposed(submitted, by=second)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.answer, again.state) == ("sent_back", "依据条款不对。", "open")
    told = secretary.inbox.get()
    assert (told.kind, told.text.endswith("退回：依据条款不对。")) == ("opinion_sent_back", True)
    assert "依据条款" not in told.copy_text


def test_only_one_proposal_waits_at_a_time(submitted, secretary, second):
    proposed(submitted, by=secretary)

    with no_trace(submitted), pytest.raises(WrongState) as refusal:
        proposed(submitted, Outcome.REFUSED, by=second)

    assert str(refusal.value) == "这份申报已有一份待复核的审查意见。没有改动任何内容，请刷新页面查看。"


def test_a_dossier_that_is_taken_back_takes_the_proposal_with_it(submitted, owner, secretary, second):
    proposal = proposed(submitted, by=secretary)

    applying.withdraw(submitted, by=owner)
    with no_trace(submitted), pytest.raises(WrongState):
        screening.confirm(submitted, by=second, proposal=proposal.pk)
    applying.reopen(submitted, by=owner)
    applying.submit(submitted, by=owner)
    with no_trace(submitted), pytest.raises(WrongState) as refusal:
        screening.confirm(submitted, by=second, proposal=proposal.pk)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.closed_by) == ("lapsed", owner)
    assert AuditEvent.objects.filter(verb="lapse_screening").count() == 1
    assert str(refusal.value) == "这份审查意见已经“随申报撤回失效”。没有改动任何内容，请刷新页面查看。"


def test_nobody_confirms_a_proposal_that_is_not_the_one_read(submitted, secretary, second):
    read = proposed(submitted, by=secretary)
    screening.take_back(submitted, by=secretary, proposal=read.pk)
    proposed(submitted, Outcome.REFUSED, by=secretary)

    with no_trace(submitted), pytest.raises(WrongState):
        screening.confirm(submitted, by=second, proposal=read.pk)
    with no_trace(submitted), pytest.raises(WrongState):
        screening.confirm(submitted, by=second, proposal=read.pk + 1000)


def test_the_database_wants_two_people_and_a_reason(submitted, secretary, second):
    proposal = proposed(submitted, Outcome.RETURNED, by=secretary)
    closed = {"closed_at": given.SPRING, "closed_by": secretary}
    proposals = ScreeningProposal.objects.filter(pk=proposal.pk)

    with refused_by("one_open_proposal"):
        copy_of(proposal, proposed_by=second)
    with refused_by("adverse_proposal_has_reason"):
        proposals.update(reason="")
    with refused_by("open_until_closed"):
        proposals.update(**closed)
    with refused_by("open_until_closed"):
        proposals.update(state="confirmed")
    with refused_by("judged_by_a_second_person"):
        proposals.update(state="confirmed", **closed)
    with refused_by("judged_by_a_second_person"):
        proposals.update(state="sent_back", answer="退", **closed)
    with refused_by("taken_back_by_its_author"):
        proposals.update(state="taken_back", **closed | {"closed_by": second})
    with refused_by("sent_back_with_reason"):
        proposals.update(state="sent_back", **closed | {"closed_by": second})


# --- one person or two: a rule of the edition ---------------------------------------------------------


def test_where_two_are_asked_for_nobody_decides_alone(submitted, secretary):
    for outcome, finding in FINDINGS.items():
        with no_trace(submitted), pytest.raises(Refused) as refusal:
            screening.decide(submitted, by=secretary, outcome=outcome, **finding)

        assert str(refusal.value).startswith("本届资格审查须两人办理")


@pytest.mark.parametrize("outcome", Outcome)
def test_where_one_is_enough_one_decides_and_nothing_is_proposed(alone, secretary, outcome):
    submitted = given.submitted(given.complete_draft(alone, given.organisation()))

    with refused("本届资格审查由一人办理，请直接作出决定。没有改动任何内容。", untouched=[submitted]):
        proposed(submitted, outcome, by=secretary)
    screening.decide(submitted, by=secretary, outcome=outcome, **FINDINGS[outcome])

    decided = Screening.objects.get()
    assert (decided.outcome, decided.decided_by, decided.proposal) == (outcome, secretary, None)
    assert state_of(submitted) == APPLICATION.steps[screening.STEPS[outcome]].target


def test_an_edition_from_before_these_rules_goes_on_as_it_did(submitted, owner, secretary):
    EditionRule.objects.filter(key__in=["screening_by_two", "corrections"]).delete()
    submitted = Application.objects.get()

    for _ in range(2):
        screening.decide(submitted, by=secretary, outcome=Outcome.RETURNED, **FINDINGS[Outcome.RETURNED])
        applying.submit(submitted, by=owner)
    screening.decide(submitted, by=secretary, outcome=Outcome.ACCEPTED)

    assert state_of(submitted) == State.IN_REVIEW


def test_an_edition_in_preparation_can_take_up_a_rule_that_came_later(spring, secretary):
    edition = given.prepared_edition(by=secretary)
    edition.rules.filter(key__in=["screening_by_two", "corrections"]).delete()

    calling.set_rule(edition, by=secretary, key="screening_by_two", value="否", document="某文件")

    assert edition.rules.get(key="screening_by_two").value == "否"


def test_a_dossier_is_returned_once_unless_the_rules_of_the_edition_say_otherwise(submitted, owner, secretary):
    given.returned(submitted, by=secretary)
    applying.submit(submitted, by=owner)

    with refused("returned_before", untouched=[submitted]):
        given.returned(submitted, by=secretary)
    EditionRule.objects.filter(key="corrections").update(value="0")
    given.returned(Application.objects.get(), by=secretary)

    assert state_of(submitted) == State.RETURNED


# --- the decisions ------------------------------------------------------------------------------------


def test_a_returned_dossier_has_five_working_days_from_the_next(submitted, secretary):
    returned = given.returned(submitted, by=secretary)

    assert (returned.state, returned.correct_by) == (State.RETURNED, date(2026, 3, 25))
    assert Message.objects.filter(kind="application_returned").get().text == (
        f"申报 {submitted.number} 需要补正：缺审计报告"
        "（共 1 处，请最迟于 2026-03-25 补正并提交，逾期未补正的，视为放弃申报）"
    )


def test_nothing_is_returned_while_the_calendar_does_not_reach_far_enough(submitted, secretary):
    with clock.at(datetime(2026, 12, 29, 9, 0, tzinfo=given.SHANGHAI)), no_trace(submitted):
        with pytest.raises(Refused) as refusal:
            proposed(submitted, Outcome.RETURNED, by=secretary)

    assert str(refusal.value).endswith("再重新计算。没有退回。")


def test_a_returned_dossier_is_refused_only_when_its_days_are_over(submitted, secretary):
    given.returned(submitted, by=secretary)

    with clock.at(datetime(2026, 3, 25, 23, 59, tzinfo=given.SHANGHAI)):
        with refused("in_time", untouched=[submitted]):
            given.refused(submitted, by=secretary)
    with clock.at(OVERDUE):
        given.refused(submitted, by=secretary)

    assert state_of(submitted) == State.REFUSED
    decided = Screening.objects.first()
    assert (decided.outcome, decided.reason, decided.basis) == ("refused", "不在本市", "办法第五条")


@pytest.mark.parametrize("outcome", [Outcome.RETURNED, Outcome.REFUSED])
def test_an_adverse_opinion_without_a_reason_is_a_refusal_not_a_crash(submitted, secretary, outcome):
    with refused("reason", untouched=[submitted]):
        screening.propose(submitted, by=secretary, outcome=outcome, **FINDINGS[outcome] | {"reason": " "})


@pytest.mark.parametrize(
    ("points", "codes"),
    [
        ([], ["no_points"]),
        ([{"place": "overview", "text": " "}], ["text"]),
        ([{"place": "overview", "text": "长" * 501}], ["text"]),
        ([*POINTS, *POINTS], ["twice"]),
        ([{"place": "state", "text": "改"}, {"place": "4.1.2", "text": ""}], ["unknown", "text"]),
    ],
)
def test_a_return_says_what_is_wrong_at_known_places(submitted, secretary, points, codes):
    with refused(*codes, untouched=[submitted]):
        screening.propose(submitted, by=secretary, outcome=Outcome.RETURNED, reason="缺", points=points)


# --- what a return reopens ----------------------------------------------------------------------------

NAMED = {"overview": "补充", "revenue": "与审计报告不一致", "4.1.2": "无数据", "licence": "不清晰"}


@pytest.fixture
@kept
def returned(submitted, secretary):
    return given.returned(submitted, by=secretary, points=NAMED)


def writings(application, owner):
    """Every way to write: of a place that was named, and of one that was not."""
    former = {key: application.answer_versions.filter(key=key).first() for key in ("overview", "main_products")}
    papers = {kind: application.documents.get(kind=kind) for kind in ("licence", "audit_reports")}
    save = partial(applying.save_answers, application, by=owner)
    figures = partial(applying.save_indicators, application, by=owner)
    upload = partial(applying.add_document, application, by=owner)
    return {
        "a profile field": (
            lambda: save(texts={"overview": "新"}),
            lambda: save(texts={"main_products": "新"}),
        ),
        "an autosave": (
            lambda: save(texts={"overview": "新"}, is_autosave=True),
            lambda: save(texts={"main_products": "新"}, is_autosave=True),
        ),
        "an item": (lambda: save(texts={"4.1.2": "新"}), lambda: save(texts={"4.1.3": "新"})),
        "both at once": (
            lambda: save(texts={"overview": "新", "4.1.2": "新"}),
            lambda: save(texts={"overview": "新", "4.1.3": "新"}),
        ),
        "a figure": (
            lambda: figures(figures={("revenue", 2025): (given.Decimal("7"), "")}),
            lambda: figures(figures={("exports", 2025): (given.Decimal("7"), "")}),
        ),
        "a new file": (
            lambda: upload(kind="licence", upload=given.upload()),
            lambda: upload(kind="audit_reports", upload=given.upload()),
        ),
        "a file less": (
            lambda: applying.remove_document(papers["licence"], by=owner),
            lambda: applying.remove_document(papers["audit_reports"], by=owner),
        ),
        "a former version": (
            lambda: applying.restore_answer(former["overview"], by=owner),
            lambda: applying.restore_answer(former["main_products"], by=owner),
        ),
        "a text set aside": (
            lambda: applying.set_aside_answer(application, by=owner, key="overview", text="新"),
            lambda: applying.set_aside_answer(application, by=owner, key="main_products", text="新"),
        ),
        "last year's text": (None, lambda: applying.carry_answer(application, by=owner, key="main_products")),
    }


@pytest.fixture
def rewritten(draft, owner):
    """The draft with former versions of two texts."""
    for text in ("一稿", "二稿"):
        applying.save_answers(draft, by=owner, texts={"overview": text, "main_products": text})
    return draft


def test_only_the_places_named_are_open_whatever_the_request_says(rewritten, owner, secretary):
    returned = given.returned(given.submitted(rewritten), by=secretary, points=NAMED)

    for allowed, shut in writings(returned, owner).values():
        with refused("shut", untouched=[returned]):
            shut()
        if allowed:
            with trial():
                allowed()


def test_the_refusal_names_what_is_shut_and_says_that_nothing_is_saved(returned, owner):
    with pytest.raises(Refused) as refusal:
        applying.save_answers(returned, by=owner, texts={"overview": "新", "main_products": "新", "4.1.3": "新"})

    assert str(refusal.value) == (
        "“主要产品或服务”、“4.1.3 组织治理”不在补正范围内，只能查看。刚才的修改没有保存。需要补正的内容列在申报首页。"
    )


def test_after_the_last_day_nothing_is_open_any_more(rewritten, owner, secretary):
    returned = given.returned(given.submitted(rewritten), by=secretary, points=NAMED)
    everything = writings(returned, owner)

    with clock.at(OVERDUE):
        for allowed, shut in everything.values():
            for act in filter(None, (allowed, shut)):
                with refused("overdue", untouched=[returned]):
                    act()


def test_a_return_from_before_points_were_named_opens_everything(submitted, owner, secretary):
    Screening.objects.create(application=submitted, outcome="returned", reason="缺", decided_by=secretary)
    Application.objects.update(state=State.RETURNED, correct_by=date(2026, 3, 25))

    applying.save_answers(submitted, by=owner, texts={"main_products": "新"})

    assert submitted.answers.get(key="main_products").text == "新"


def test_a_withdrawn_and_reopened_dossier_is_open_everywhere(returned, owner):
    applying.submit(returned, by=owner)
    applying.withdraw(returned, by=owner)
    applying.reopen(returned, by=owner)

    applying.save_answers(returned, by=owner, texts={"main_products": "新"})

    assert returned.answers.get(key="main_products").text == "新"


def test_each_point_is_changed_or_not_by_what_stands_there(returned, owner):
    applying.save_answers(returned, by=owner, texts={"overview": "写明了挑战", "4.1.2": "改了"})
    applying.add_document(returned, by=owner, kind="licence", upload=given.upload("清晰.pdf", given.pdf_bytes(2)))
    applying.save_answers(returned, by=owner, texts={"4.1.2": given.report_texts(returned.edition)["4.1.2"]})
    applying.submit(returned, by=owner)

    fresh = Application.objects.select_related("edition__rubric").get()
    with CaptureQueriesContext(connection) as queries:
        found = corrections(fresh)

    assert [(point.place.key, point.is_changed) for point in found] == [
        ("overview", True),
        ("revenue", False),
        ("4.1.2", False),
        ("licence", True),
    ]
    assert len(queries) == 3


def test_two_versions_show_what_changed_and_fold_the_rest_away(returned, owner):
    applying.save_answers(returned, by=owner, texts={"overview": "本公司生产机械设备和机器人。"})
    applying.save_indicators(returned, by=owner, figures={("revenue", 2025): (given.Decimal("7"), "")})
    applying.remove_document(returned.documents.get(kind="licence"), by=owner)
    applying.add_document(returned, by=owner, kind="licence", upload=given.upload("新照.pdf", given.pdf_bytes(2)))
    applying.submit(returned, by=owner)

    changed = differences(returned, 2)["differences"]

    assert [(text.label, text.passages) for text in changed.texts] == [
        ("组织概述", [("same", "本公司生产机械设备"), ("ins", "和机器人"), ("same", "。")])
    ]
    assert [(row.label, row.cells, row.notes) for row in changed.rows] == [
        ("主营业务收入", [(2025, "12.50", "7.00")], None)
    ]
    assert [(f.kind, [p.name for p in f.gone], [p.name for p in f.come]) for f in changed.files] == [
        ("营业执照", ["营业执照.pdf"], ["新照.pdf"])
    ]
    assert (changed.facts, changed.count) == ([], 3)
    assert not {"组织概述", "主营业务收入", "营业执照"} & set(changed.unchanged)
    assert differences(returned, 1) is None
    assert differences(returned, 3) is None


def test_experts_read_the_version_that_was_accepted(returned, owner, secretary):
    applying.save_answers(returned, by=owner, texts={"overview": "补正后的概述"})
    applying.submit(returned, by=owner)
    accepted = given.accepted(returned, by=secretary)

    for act in (applying.submit, applying.withdraw, applying.reopen):
        with no_trace(accepted), pytest.raises(WrongState):
            act(accepted, by=owner)
    read = submitted_dossier(accepted)

    assert (read.version, Screening.objects.first().version) == (2, 2)
    assert dict(read.profile)["组织概述"] == "补正后的概述"


def test_staff_can_reopen_a_dossier_and_never_write_in_it(rewritten, secretary):
    returned = given.returned(given.submitted(rewritten), by=secretary, points=NAMED)

    for pair in writings(returned, secretary).values():
        for act in filter(None, pair):
            with no_trace(returned), pytest.raises(PermissionDenied):
                act()
