import hashlib
import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models.sql.compiler import SQLCompiler

from awards.applications import actions as applying
from awards.applications.queries import dossier_of, submitted_dossier
from awards.applications.sections import DOCUMENTS, INDICATORS, PROFILE
from awards.models import Answer, Application, Document, Indicator, Screening, Snapshot
from awards.process import APPLICATION, State
from enterprises.models import AuditEvent, Message, StoredFile, User
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission, Relation
from tests import given
from tests.steps import check_duty, check_step, copy_of, no_trace, put, refused, refused_by

SECOND = timedelta(seconds=1)


ACTS = {
    "submit": lambda a, by: applying.submit(a, by=by),
    "withdraw": lambda a, by: applying.withdraw(a, by=by, reason="材料有误"),
    "reopen": lambda a, by: applying.reopen(a, by=by),
}

# --- the steps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTS)
def test_a_step_goes_from_its_sources_and_from_no_other_state(submitted, owner, name):
    check_step(submitted, APPLICATION, name, lambda: ACTS[name](submitted, owner))


@pytest.mark.parametrize("name", ACTS)
def test_a_step_is_denied_without_the_duty(submitted, name):
    check_duty(APPLICATION.steps[name].permission, lambda by: ACTS[name](submitted, by), submitted)


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("relation", [Relation.EDITOR, Relation.READER])
def test_only_the_owner_hands_in_and_takes_back(submitted, organisation, name, relation):
    colleague = given.colleague_of(organisation, relation)

    with no_trace(submitted), pytest.raises(PermissionDenied):
        ACTS[name](submitted, colleague)


@pytest.mark.parametrize("name", sorted(set(APPLICATION.steps) - set(ACTS)))
def test_a_step_taken_by_later_stages_goes_from_its_sources_only(submitted, secretary, name):
    def take():
        with APPLICATION.move(submitted, name, by=secretary):
            pass

    check_step(submitted, APPLICATION, name, take)
    check_duty(APPLICATION.steps[name].permission, lambda by: _move(submitted, name, by), submitted)


def _move(application, name, by):
    with APPLICATION.move(application, name, by=by):
        pass


def test_a_page_is_offered_exactly_the_steps_open_to_the_person(submitted, owner, secretary, stranger):
    assert APPLICATION.open_to(owner, submitted) == ["withdraw"]
    assert APPLICATION.open_to(secretary, submitted) == ["return_for_correction", "accept", "refuse"]
    assert APPLICATION.open_to(stranger, submitted) == []


# --- starting -----------------------------------------------------------------------------------------


def test_owner_and_editor_begin_one_application_and_meet_in_it(edition, organisation, owner):
    first = applying.start(edition, by=owner, organisation=organisation)

    second = applying.start(edition, by=given.colleague_of(organisation), organisation=organisation)

    assert (first.pk, first.state, first.number, first.created_by) == (second.pk, State.DRAFT, None, owner)
    assert AuditEvent.objects.filter(verb="start_application").count() == 1


def test_readers_and_strangers_do_not_begin_an_application(edition, organisation, stranger, secretary):
    for by in (given.colleague_of(organisation, Relation.READER), stranger, secretary, given.district_officer()):
        with no_trace(), pytest.raises(PermissionDenied):
            applying.start(edition, by=by, organisation=organisation)

    assert Application.objects.count() == 0


@pytest.mark.parametrize("moment", [given.OPENS - SECOND, given.CLOSES], ids=["a second early", "at the close"])
def test_outside_the_window_nothing_begins_and_the_clock_is_shown(edition, organisation, owner, moment):
    with clock.at(moment), pytest.raises(Refused) as refusal:
        applying.start(edition, by=owner, organisation=organisation)

    assert str(refusal.value) == (
        f"现在是北京时间 {moment:%Y-%m-%d %H:%M:%S}，本届申报时间为 2026-03-02 09:00 至 2026-04-30 18:00，不能提交。"
        "草稿已保留，仍可查看。如有疑问请联系秘书处。"
    )
    assert Application.objects.count() == 0


def test_a_call_that_is_published_but_not_open_takes_nothing(spring, secretary, organisation, owner):
    edition = given.published_edition(by=secretary)

    with refused("closed"):
        applying.start(edition, by=owner, organisation=organisation)


# --- filling in ---------------------------------------------------------------------------------------


def test_a_save_touches_only_the_texts_it_carries(draft, owner):
    before = dict(draft.answers.exclude(key="overview").values_list("key", "text"))

    versions = applying.save_answers(draft, by=owner, texts={"overview": "新概述"})

    assert versions == {"overview": 2}
    assert draft.answers.get(key="overview").text == "新概述"
    assert dict(draft.answers.exclude(key="overview").values_list("key", "text")) == before


def test_saving_the_same_text_again_is_no_new_version_and_no_line(draft, owner):
    text = draft.answers.get(key="overview").text

    with no_trace(draft):
        versions = applying.save_answers(draft, by=owner, texts={"overview": text})

    assert versions == {"overview": 1}


def test_an_emptied_text_stays_empty(draft, owner):
    applying.save_answers(draft, by=owner, texts={"overview": ""})

    assert draft.answers.get(key="overview").text == ""


def test_a_text_a_colleague_changed_meanwhile_is_not_overwritten(draft, owner, organisation):
    colleague = given.colleague_of(organisation)
    applying.save_answers(draft, by=colleague, texts={"overview": "同事的"}, versions={"overview": 1})

    with refused("conflict", untouched=[draft.answers.get(key="overview"), draft.answers.get(key="4.1.2")]):
        applying.save_answers(
            draft, by=owner, texts={"overview": "我的", "4.1.2": "也是我的"}, versions={"overview": 1, "4.1.2": 1}
        )


def test_two_first_saves_of_one_text_conflict_too(edition, organisation, owner):
    draft = given.empty_draft(edition, organisation)
    applying.save_answers(draft, by=owner, texts={"overview": "先"}, versions={"overview": 0})

    with refused("conflict"):
        applying.save_answers(draft, by=owner, texts={"overview": "后"}, versions={"overview": 0})

    assert draft.answers.get().text == "先"


@pytest.mark.parametrize("key", ["", "state", "9.9", "organisation_id"])
def test_fields_the_form_does_not_have_are_refused(draft, owner, key):
    with refused("表单中有系统不认识的栏目，没有保存。请刷新页面后重试。", untouched=[draft]):
        applying.save_answers(draft, by=owner, texts={key: "x", "overview": "y"})

    assert draft.answers.get(key="overview").version == 1


def test_figures_are_kept_exactly_cleared_and_explained(draft, owner):
    applying.save_indicators(
        draft,
        by=owner,
        figures={
            ("revenue", 2025): (Decimal("1234567890123456.78"), "多余的原因"),
            ("revenue", 2024): (None, "尚未投产"),
            ("revenue", 2023): (None, ""),
            ("total_profit", 2025): (Decimal("-0.01"), ""),
        },
    )

    kept = draft.indicators.filter(key__in=["revenue", "total_profit"]).order_by("key", "year")
    assert list(kept.values_list("key", "year", "value", "absent_because")) == [
        ("revenue", 2024, None, "尚未投产"),
        ("revenue", 2025, Decimal("1234567890123456.78"), ""),
        ("total_profit", 2023, Decimal("12.50"), ""),
        ("total_profit", 2024, Decimal("12.50"), ""),
        ("total_profit", 2025, Decimal("-0.01"), ""),
    ]


def test_impossible_figures_are_refused_all_at_once_and_none_is_kept(draft, owner):
    with refused("negative", "unknown", "unknown", untouched=list(draft.indicators.all())):
        applying.save_indicators(
            draft,
            by=owner,
            figures={
                ("revenue", 2025): (Decimal(-1), ""),
                ("revenue", 2026): (Decimal(1), ""),
                ("bribes", 2025): (Decimal(1), ""),
                ("exports", 2025): (Decimal(99), ""),
            },
        )


def test_a_document_is_added_under_its_line_with_its_digest(draft, owner):
    document = applying.add_document(draft, by=owner, kind="evidence", upload=given.upload("专利.pdf"))

    assert (document.kind, document.file.name, document.removed_at) == ("evidence", "专利.pdf", None)
    line = AuditEvent.objects.first()
    assert (line.verb, line.details) == ("add_document", {"kind": "evidence", "sha256": document.file.digest})


def test_a_document_of_an_unknown_line_or_a_bad_file_leaves_nothing(draft, owner):
    kept = StoredFile.objects.count()

    with refused("材料清单里没有这一项，没有保存。", untouched=[draft]):
        applying.add_document(draft, by=owner, kind="passport", upload=given.upload())
    with refused("file", untouched=[draft]):
        applying.add_document(draft, by=owner, kind="licence", upload=given.upload("a.pdf", b"MZ"))

    assert StoredFile.objects.count() == kept


def test_a_removed_document_leaves_the_list_but_not_the_record(draft, owner):
    document = draft.documents.get(kind="licence")

    applying.remove_document(document, by=owner)

    document.refresh_from_db()
    assert (document.removed_by, document.removed_at) == (owner, given.SPRING)
    assert [p.code for p in applying.dossier.problems(dossier_of(draft), given.SPRING.date())] == ["missing"]
    with no_trace(document):
        applying.remove_document(document, by=owner)


WRITES = {
    "answers": lambda a, by: applying.save_answers(a, by=by, texts={"overview": "改"}),
    "indicators": lambda a, by: applying.save_indicators(a, by=by, figures={("revenue", 2025): (Decimal(1), "")}),
    "add document": lambda a, by: applying.add_document(a, by=by, kind="licence", upload=given.upload()),
    "remove document": lambda a, by: applying.remove_document(a.documents.first(), by=by),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_handed_in_dossier_is_frozen_in_every_state_but_draft_and_returned(submitted, owner, write):
    for state in set(State) - {State.DRAFT, State.RETURNED}:
        put(submitted, state)
        with no_trace(submitted), pytest.raises(WrongState):
            WRITES[write](submitted, owner)


@pytest.mark.parametrize("write", WRITES)
def test_only_owner_and_editor_write(draft, organisation, write):
    with no_trace(draft), pytest.raises(PermissionDenied):
        WRITES[write](draft, given.colleague_of(organisation, Relation.READER))

    check_duty(Permission.APPLICATION_EDIT, lambda by: WRITES[write](draft, by), draft)
    WRITES[write](draft, given.colleague_of(organisation, Relation.EDITOR))


# --- handing in ---------------------------------------------------------------------------------------


def test_submitting_gives_a_number_a_moment_a_frozen_copy_and_a_message(draft, owner, edition):
    colleague = given.colleague_of(draft.organisation)

    submitted = applying.submit(draft, by=owner)

    assert (submitted.number, submitted.submitted_at, submitted.submitted_by) == (
        f"{edition.code}-001",
        given.SPRING,
        owner,
    )
    snapshot = Snapshot.objects.get()
    assert (snapshot.version, snapshot.taken_at, snapshot.taken_by) == (1, given.SPRING, owner)
    assert hashlib.sha256(snapshot.content.encode()).hexdigest() == snapshot.digest
    assert sorted(Message.objects.values_list("user_id", "text")) == sorted(
        (user.pk, f"申报 {submitted.number} 已提交，等待资格审查。") for user in (owner, colleague)
    )


def test_handing_in_asks_only_what_is_ready(draft, owner, monkeypatch):
    anew, execute = [], SQLCompiler.execute_sql
    monkeypatch.setattr(SQLCompiler, "execute_sql", lambda c, *how, **h: anew.append(c.query) or execute(c, *how, **h))

    applying.submit(draft, by=User.objects.with_duties(owner.pk))

    assert [query.model for query in anew] == []


def test_the_frozen_copy_holds_everything_and_later_changes_do_not_reach_it(submitted, organisation):
    snapshot = submitted.snapshots.get()
    organisation.name = "改名后的公司"
    organisation.save()
    Answer.objects.update(text="偷偷改过")

    snapshot.refresh_from_db()
    content = json.loads(snapshot.content)
    assert content["organisation"]["credit_code"] == organisation.credit_code
    assert content["organisation"]["name"] != "改名后的公司"
    assert len(content["report"]) == 23
    assert len(content["indicators"]) == 3 * len(INDICATORS)
    assert [d["kind"] for d in content["documents"]] == [kind.key for kind in DOCUMENTS if kind.is_required]
    assert "偷偷改过" not in snapshot.content
    assert submitted_dossier(submitted) is not None


def test_everything_missing_is_named_at_once_in_the_order_of_the_form(edition, organisation, owner):
    draft = given.empty_draft(edition, organisation)

    with pytest.raises(Refused) as refusal, no_trace(draft):
        applying.submit(draft, by=owner)

    places = [problem.where.partition("#")[0] for problem in refusal.value.problems]
    profile = ["profile"] * sum(field.is_required for field in PROFILE)
    papers = ["documents"] * sum(kind.is_required for kind in DOCUMENTS)
    assert places == [*profile, *["indicators"] * 3, *given.report_texts(edition), *papers]
    edition.refresh_from_db()
    assert edition.last_application == 0


def test_an_organisation_registered_too_lately_may_not_apply(edition):
    young = given.complete_draft(edition, given.organisation(registered_on=date(2023, 3, 19)))
    old_enough = given.complete_draft(edition, given.organisation(registered_on=date(2023, 3, 18)))

    with refused("too_young", untouched=[young]):
        given.submitted(young)
    assert given.submitted(old_enough).state == State.SUBMITTED


@pytest.mark.parametrize(
    ("moment", "is_in_time"),
    [
        (given.OPENS - SECOND, False),
        (given.OPENS, True),
        (given.CLOSES - SECOND, True),
        (given.CLOSES - timedelta(microseconds=1), True),
        (given.CLOSES, False),
        (given.CLOSES + SECOND, False),
    ],
)
def test_the_window_is_judged_to_the_moment(draft, owner, moment, is_in_time):
    with clock.at(moment):
        if is_in_time:
            assert applying.submit(draft, by=owner).submitted_at == moment
        else:
            with refused("closed", untouched=[draft]):
                applying.submit(draft, by=owner)


def test_submitting_again_keeps_the_number_and_adds_a_version(submitted, owner):
    number = submitted.number
    applying.withdraw(submitted, by=owner)
    applying.reopen(submitted, by=owner)
    applying.save_answers(submitted, by=owner, texts={"overview": "第二稿"})

    again = applying.submit(submitted, by=owner)

    assert again.number == number
    assert list(submitted.snapshots.values_list("version", flat=True)) == [2, 1]
    again.edition.refresh_from_db()
    assert again.edition.last_application == 1
    assert Message.objects.filter(kind="application_submitted").count() == 2


@pytest.mark.parametrize("step", ["withdraw", "reopen"])
def test_after_the_close_nothing_is_taken_back_or_begun_again(submitted, owner, step):
    if step == "reopen":
        applying.withdraw(submitted, by=owner)

    with clock.at(given.CLOSES), refused("closed", untouched=[submitted]):
        ACTS[step](submitted, owner)


# --- correcting ----------------------------------------------------------------------------------------


def test_a_returned_dossier_is_in_time_until_its_last_day_even_after_the_close(submitted, owner):
    Application.objects.update(state=State.RETURNED, correct_by=date(2026, 5, 8))

    with clock.at(datetime(2026, 5, 9, 0, 0, tzinfo=given.SHANGHAI)), pytest.raises(Refused) as refusal:
        applying.submit(submitted, by=owner)
    with clock.at(datetime(2026, 5, 8, 23, 59, 59, tzinfo=given.SHANGHAI)):
        corrected = applying.submit(submitted, by=owner)

    assert str(refusal.value) == (
        "现在是北京时间 2026-05-09 00:00，补正已于 2026-05-08 截止，不能提交。逾期未补正的，视为放弃申报。内容已保留。"
    )
    assert (corrected.state, corrected.correct_by) == (State.SUBMITTED, None)


def test_reading_a_dossier_is_an_act(submitted, secretary):
    applying.log_reading(submitted, by=secretary, what="自评报告")

    line = AuditEvent.objects.first()
    assert (line.verb, line.actor_id, line.note) == ("read_dossier", secretary.pk, "自评报告")


# --- who sees which -----------------------------------------------------------------------------------


def test_staff_see_only_what_was_handed_in_and_firms_only_their_own(draft, edition, owner, stranger):
    other = given.submitted(given.complete_draft(edition, given.organisation()))

    def seen_by(user):
        return set(Application.objects.visible_to(user))

    assert seen_by(owner) == {draft}
    assert seen_by(given.secretary()) == {other}
    assert seen_by(given.owner_of(other.organisation)) == {other}
    assert seen_by(stranger) == seen_by(given.expert()) == seen_by(given.auditor()) == seen_by(given.leader()) == set()


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_a_second_application_and_half_submissions(submitted):
    with refused_by("one_application_per_edition"):
        copy_of(submitted, number="OTHER")
    with refused_by("awards_application_number_key"):
        copy_of(submitted, organisation=given.organisation())
    with refused_by("submitted_at_and_by"):
        Application.objects.update(submitted_by=None)
    with refused_by("number_once_submitted"):
        Application.objects.update(number=None)


def test_the_database_refuses_doubled_and_half_told_parts(submitted):
    with refused_by("one_answer_per_key"):
        copy_of(Answer.objects.first())
    with refused_by("one_figure_per_year"):
        copy_of(Indicator.objects.first())
    with refused_by("figure_or_reason"):
        Indicator.objects.update(value=None)
    with refused_by("figure_or_reason"):
        Indicator.objects.update(absent_because="两者都有")
    with refused_by("removed_at_and_by"):
        Document.objects.update(removed_at=given.SPRING)
    with refused_by("one_snapshot_per_version"):
        copy_of(Snapshot.objects.get())
    with refused_by("adverse_outcome_has_reason"):
        Screening.objects.create(application=submitted, outcome="refused", decided_by=submitted.submitted_by)
