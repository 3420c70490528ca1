"""Writing without fear: autosave, conflicts, former versions, lengths, hints, last edition's texts."""

import json
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import given as for_all
from hypothesis import strategies as st

from awards.applications import actions, history
from awards.applications.counting import count, tokens
from awards.applications.hints import growth, hints
from awards.applications.queries import earlier_answers
from awards.models import AnswerVersion, Edition, Programme, Rubric
from awards.process import State
from awards.programmes import actions as calling
from awards.workflow import Refused, WrongState
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.permissions import Relation
from tests import given
from tests.counting_vectors import LENGTHS
from tests.kept import kept

MINUTE = timedelta(minutes=1)


@pytest.fixture
@kept
def empty(edition, organisation):
    return given.empty_draft(edition, organisation)


@pytest.fixture
@kept
def colleague(organisation):
    return given.colleague_of(organisation)


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


def section(application, key):
    return reverse("application_section", args=[application.pk, key])


def drawn(client, application, key):
    """The fields as a page has them: name → (text, base)."""
    form = client.get(section(application, key)).context["form"]
    if key == "indicators":
        return {name: (form[name].value() or "", form[name].value() or "") for name in form.fields}
    return {row.spec.key: (row.field.value() or "", row.token) for row in form.rows()}


def autosave(client, application, key, user, fields, **more):
    """What the page sends: {name: (text, base)}."""
    body = {"who": user.pk, "fields": {name: {"text": t, "base": b} for name, (t, b) in fields.items()}} | more
    address = reverse("application_autosave", args=[application.pk, key])
    return client.post(address, json.dumps(body), content_type="application/json")


def posted(client, application, key, **texts):
    """What the browser would send by its own button: the fields as drawn, some retyped."""
    page = drawn(client, application, key)
    data = {f"base-{name}": base for name, (_text, base) in page.items()}
    return data | {name: text for name, (text, _base) in page.items()} | texts


def text_of(application, key):
    return application.answers.get(key=key).text


def versions_of(application, key):
    rows = AnswerVersion.objects.filter(application=application, key=key)
    return list(rows.values_list("text", "is_set_aside"))


def saves_in_the_trail():
    return AuditEvent.objects.filter(verb="save_answers").count()


# --- the length of a text -----------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "length"), LENGTHS)
def test_a_text_is_counted_by_the_published_rule(text, length):
    assert count(text) == length


@for_all(st.text())
def test_the_tokens_of_a_text_are_the_text(text):
    assert "".join(tokens(text)) == text


@for_all(st.text(), st.text())
def test_texts_apart_count_as_much_as_together(one, other):
    assert count(f"{one}\n{other}") == count(one) + count(other)


@for_all(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)))
def test_each_han_character_counts_one(text):
    assert count(text) == len(text)


# --- two texts ----------------------------------------------------------------------------------------

WRITING = st.text(alphabet="质量管理。\n a1,", max_size=60)


@for_all(WRITING, WRITING)
def test_a_comparison_holds_both_texts_whole(old, new):
    passages = history.compare(old, new)

    assert "".join(text for kind, text in passages if kind != "ins") == old
    assert "".join(text for kind, text in passages if kind != "del") == new


def test_a_comparison_names_the_words_that_differ():
    passages = history.compare("2024年通过ISO9001认证。未改。", "2025年通过ISO9001认证。未改。")

    assert passages == [("del", "2024"), ("ins", "2025"), ("same", "年通过ISO9001认证。未改。")]


def test_comparing_two_long_strange_texts_takes_no_long_time():
    old, new = "甲。乙" * 20_000, "乙。丙，" * 20_000
    started = time.process_time()

    history.compare(old, new)
    history.merged(old.replace("。", "\n"), new.replace("。", "\n"))

    assert time.process_time() - started < 10


@for_all(WRITING, WRITING)
def test_merging_loses_no_line_of_either_text(mine, theirs):
    both = history.merged(mine, theirs).split("\n")

    assert set(mine.split("\n")) | set(theirs.split("\n")) == set(both)


@for_all(WRITING, WRITING)
def test_what_is_taken_away_lies_between_the_shared_ends(old, new):
    away = history.taken_away(old, new)

    assert max(0, len(old) - len(new)) <= away <= len(old)
    assert history.taken_away(old, old) == 0
    assert history.taken_away(old, old + new) == 0


# --- how it will look ---------------------------------------------------------------------------------

TYPED = "# 领导力\n\n- 每月例会\n\n[图：曲线.png]"


def in_the_preview(response):
    """What the drawn item holds, without the markup's own words."""
    drawn = response.content.decode().partition('id="preview-4.1.2"')[2].partition("</section>")[0]
    return ['<h4 class="answer-heading">领导力</h4>' in drawn, "<li>每月例会</li>" in drawn, "没有这份图片" in drawn]


@pytest.mark.django_db
def test_an_item_is_shown_as_it_will_be_drawn_from_what_is_typed_and_nothing_is_saved(as_owner, draft):
    before, address = text_of(draft, "4.1.2"), reverse("answer_preview", args=[draft.pk, "4.1.2"])

    answer = as_owner.post(address, {"text": TYPED})
    unknown = as_owner.post(reverse("answer_preview", args=[draft.pk, "4.9.9"]), {"text": TYPED})

    assert in_the_preview(answer) == [True, True, True]
    assert unknown.status_code == 404
    assert text_of(draft, "4.1.2") == before


@pytest.mark.django_db
def test_without_scripts_the_section_is_saved_and_comes_back_with_the_item_as_it_will_be_drawn(as_owner, draft):
    sent = posted(as_owner, draft, "4.1", **{"4.1.2": TYPED}) | {"preview": "4.1.2"}

    answer = as_owner.post(section(draft, "4.1"), sent)
    page = as_owner.get(answer.url.partition("#")[0])

    assert answer.url == f"{section(draft, '4.1')}?preview=4.1.2#preview-4.1.2"
    assert text_of(draft, "4.1.2") == TYPED
    assert in_the_preview(page) == [True, True, True]


# --- autosave -----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["4.1", "indicators"])
def test_whoever_writes_learns_that_a_colleague_is_at_work_on_the_same_section(as_owner, draft, owner, colleague, key):
    with clock.at(given.SPRING - 3 * MINUTE):
        actions.save_answers(draft, by=colleague, texts={"4.1.2": "同事写的"})
        actions.save_indicators(draft, by=colleague, figures={("revenue", 2025): (Decimal("7.00"), "")})
    said = f"{colleague} 3 分钟前在编辑本节。"

    with clock.at(given.SPRING):
        page = as_owner.get(section(draft, key)).content.decode()
        other = as_owner.get(section(draft, "4.2")).content.decode()
        answer = autosave(as_owner, draft, key, owner, {}).json()

    assert (said in page, "在编辑本节" in other, answer["others"]) == (True, False, said)


@pytest.mark.django_db
def test_an_autosave_keeps_the_fields_it_carries_and_no_others(as_owner, draft, owner):
    before = text_of(draft, "4.1.3")
    fields = drawn(as_owner, draft, "4.1")

    answer = autosave(as_owner, draft, "4.1", owner, {"4.1.2": ("新写的", fields["4.1.2"][1])}).json()

    assert text_of(draft, "4.1.2") == "新写的"
    assert text_of(draft, "4.1.3") == before
    assert answer["saved_at"] == "10:00"
    assert answer["bases"] == {"4.1.2": drawn(as_owner, draft, "4.1")["4.1.2"][1]}
    assert answer["conflicts"] == []


@pytest.mark.django_db
def test_going_on_from_the_new_base_saves_again_and_an_older_one_is_refused(as_owner, draft, owner):
    first = drawn(as_owner, draft, "4.1")["4.1.2"][1]
    second = autosave(as_owner, draft, "4.1", owner, {"4.1.2": ("一", first)}).json()["bases"]["4.1.2"]
    autosave(as_owner, draft, "4.1", owner, {"4.1.2": ("一二", second)})

    late = autosave(as_owner, draft, "4.1", owner, {"4.1.2": ("迟到的", second)}).json()

    assert text_of(draft, "4.1.2") == "一二"
    assert late["conflicts"][0]["text"] == "一二"
    assert late["conflicts"][0]["who"] == "您在另一窗口"


@pytest.mark.django_db
def test_the_same_save_arriving_twice_is_no_conflict(as_owner, draft, owner):
    fields = {"4.1.2": ("写好的", drawn(as_owner, draft, "4.1")["4.1.2"][1])}

    answers = [autosave(as_owner, draft, "4.1", owner, fields).json() for _ in range(2)]

    assert answers[0]["bases"] == answers[1]["bases"]
    assert answers[1]["conflicts"] == []
    assert draft.answers.get(key="4.1.2").version == 2


@pytest.mark.django_db
def test_a_conflict_in_one_text_says_who_and_when_and_the_other_texts_are_saved(as_owner, draft, owner, colleague):
    fields = drawn(as_owner, draft, "4.1")
    actions.save_answers(draft, by=colleague, texts={"4.1.2": "同事写的"})

    answer = autosave(
        as_owner, draft, "4.1", owner, {k: (f"我写的{k}", fields[k][1]) for k in ("4.1.2", "4.1.3")}
    ).json()

    assert (text_of(draft, "4.1.2"), text_of(draft, "4.1.3")) == ("同事写的", "我写的4.1.3")
    assert answer["conflicts"] == [
        {
            "name": "4.1.2",
            "text": "同事写的",
            "base": drawn(as_owner, draft, "4.1")["4.1.2"][1],
            "who": str(colleague),
            "when": "2026-03-18 10:00:00",
            "merged": "我写的4.1.2\n同事写的",
        }
    ]


@pytest.mark.django_db
def test_a_text_not_really_changed_does_not_go_on_from_a_colleagues(as_owner, draft, owner, colleague):
    text, base = drawn(as_owner, draft, "4.1")["4.1.2"]
    actions.save_answers(draft, by=colleague, texts={"4.1.2": "同事写的"})

    blank = autosave(as_owner, draft, "4.1", owner, {"4.1.2": (text + " ", base)}).json()
    changed = autosave(as_owner, draft, "4.1", owner, {"4.1.2": ("我写的", blank["bases"]["4.1.2"])}).json()

    assert len(changed["conflicts"]) == 1
    assert text_of(draft, "4.1.2") == "同事写的"


@pytest.mark.django_db
def test_a_text_given_up_for_a_colleagues_is_kept_apart(as_owner, draft, owner):
    present = text_of(draft, "4.1.2")

    autosave(as_owner, draft, "4.1", owner, {}, given_up={"4.1.2": "没有采用的"})

    assert text_of(draft, "4.1.2") == present
    assert versions_of(draft, "4.1.2") == [("没有采用的", True)]


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.SUBMITTED, State.WITHDRAWN])
def test_after_handing_in_or_taking_back_an_autosave_is_refused_with_a_sentence(as_owner, draft, owner, state):
    fields, before = drawn(as_owner, draft, "4.1"), text_of(draft, "4.1.2")
    actions.submit(draft, by=owner)
    if state == State.WITHDRAWN:
        actions.withdraw(draft, by=owner)

    answer = autosave(as_owner, draft, "4.1", owner, {"4.1.2": ("迟了", fields["4.1.2"][1])})

    assert answer.status_code == 409
    assert answer.json()["refused"].startswith(f"申报现为“{state.label}”")
    assert text_of(draft, "4.1.2") == before


@pytest.mark.django_db
def test_a_page_opened_by_one_person_does_not_save_under_the_name_of_another(as_owner, draft, colleague):
    answer = autosave(as_owner, draft, "4.1", colleague, {"4.1.2": ("谁写的", "1:")})

    assert answer.status_code == 409
    assert "不是打开这一页的人" in answer.json()["refused"]
    assert text_of(draft, "4.1.2") != "谁写的"


@pytest.mark.django_db
def test_strangers_readers_and_the_signed_out_save_nothing(client, draft, stranger, secretary):
    reader = given.colleague_of(draft.organisation, Relation.READER)
    before, answers = text_of(draft, "4.1.2"), [autosave(client, draft, "4.1", stranger, {"4.1.2": ("x", "1:")})]
    for user in (stranger, secretary, reader):
        client.force_login(user)
        answers.append(autosave(client, draft, "4.1", user, {"4.1.2": ("x", "1:")}))

    assert [answer.status_code for answer in answers] == [302, 404, 404, 403]
    assert text_of(draft, "4.1.2") == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("[]", 400),
        ('{"who": 1}', 400),
        ('{"who": 1, "fields": {"4.1.2": "x"}}', 400),
        ('{"who": 1, "fields": {"4.1.2": {"text": 1, "base": ""}}}', 400),
        ('{"who": WHO, "fields": {"9.9": {"text": "x", "base": ""}}}', 409),
        ('{"who": WHO, "fields": {"overview": {"text": "x", "base": ""}}}', 409),
        ('{"who": WHO, "fields": {}, "given_up": {"state": "honoured"}}', 409),
    ],
)
def test_a_malformed_autosave_is_refused_and_changes_nothing(as_owner, draft, owner, body, status):
    address, before = reverse("application_autosave", args=[draft.pk, "4.1"]), list(draft.answers.values())

    answer = as_owner.post(address, body.replace("WHO", str(owner.pk)), content_type="application/json")

    assert answer.status_code == status
    assert "没有保存" in answer.json()["refused"]
    assert list(draft.answers.values()) == before
    assert not AnswerVersion.objects.exists()


@pytest.mark.django_db
def test_a_text_far_too_long_is_refused_at_its_field(as_owner, empty, owner):
    answer = autosave(as_owner, empty, "4.1", owner, {"4.1.2": ("长" * 100_001, "0:"), "4.1.3": ("短", "0:")}).json()

    assert list(answer["errors"]) == ["4.1.2"]
    assert list(answer["bases"]) == ["4.1.3"]
    assert list(empty.answers.values_list("key", "text")) == [("4.1.3", "短")]


@pytest.mark.django_db
def test_an_autosave_in_the_middle_of_a_sitting_takes_11_queries(as_owner, draft, owner, django_assert_num_queries):
    base = drawn(as_owner, draft, "4.2")["4.2.2"][1]
    base = autosave(as_owner, draft, "4.2", owner, {"4.2.2": ("一", base)}).json()["bases"]["4.2.2"]

    with django_assert_num_queries(11):
        autosave(as_owner, draft, "4.2", owner, {"4.2.2": ("一二", base)})


# --- former versions ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_one_sitting_of_autosaves_keeps_what_stood_before_it_once(draft, owner):
    before = text_of(draft, "4.1.2")
    with clock.at(given.SPRING + 60 * MINUTE):
        actions.save_answers(draft, by=owner, texts={"4.1.2": "一"}, is_autosave=True)
    trail = saves_in_the_trail()
    for minute, text in enumerate(["一二", "一二三", "一二三四"], 61):
        with clock.at(given.SPRING + minute * MINUTE):
            actions.save_answers(draft, by=owner, texts={"4.1.2": text}, is_autosave=True)

    assert versions_of(draft, "4.1.2") == [(before, False)]
    assert saves_in_the_trail() == trail
    assert draft.answers.get(key="4.1.2").version == 5


@pytest.mark.django_db
def test_a_new_sitting_a_colleague_and_a_large_deletion_each_keep_what_stood_before(empty, owner, colleague):
    long = "很长的一段。" * 20
    moments = [(0, owner, "甲"), (30, owner, long), (31, owner, ""), (32, colleague, "乙"), (33, owner, "丙")]

    for minute, by, text in moments:
        with clock.at(given.SPRING + minute * MINUTE):
            actions.save_answers(empty, by=by, texts={"4.1.2": text}, is_autosave=True)

    assert versions_of(empty, "4.1.2") == [("乙", False), (long, False), ("甲", False)]


@pytest.mark.django_db
def test_every_save_by_button_keeps_what_it_replaces(draft, owner):
    before = text_of(draft, "4.1.2")

    for text in ("一", "二"):
        actions.save_answers(draft, by=owner, texts={"4.1.2": text})

    assert versions_of(draft, "4.1.2") == [("一", False), (before, False)]


@pytest.mark.django_db
def test_former_versions_only_grow(draft, owner):
    actions.save_answers(draft, by=owner, texts={"4.1.2": "新"})

    for change in (lambda rows: rows.update(text="假"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            change(AnswerVersion.objects.all())


@pytest.mark.django_db
def test_the_history_lists_versions_and_shows_one_beside_the_present_text(as_owner, draft, owner):
    actions.save_answers(draft, by=owner, texts={"4.1.2": "2024年的做法。"})
    actions.save_answers(draft, by=owner, texts={"4.1.2": "2025年的做法。"})
    address = reverse("answer_history", args=[draft.pk, "4.1.2"])
    newest = AnswerVersion.objects.first()

    listed = as_owner.get(address).content.decode()
    compared = as_owner.get(address, {"version": newest.pk}).content.decode()

    assert listed.count("查看与对照") == 2
    assert "<del>2024</del><ins>2025</ins>年的做法。" in compared


@pytest.mark.django_db
def test_restoring_is_an_act_and_keeps_what_it_replaces(as_owner, draft, owner):
    before = text_of(draft, "4.1.2")
    actions.save_answers(draft, by=owner, texts={"4.1.2": "改坏了"})
    former = AnswerVersion.objects.get()

    as_owner.post(reverse("answer_restore", args=[draft.pk, "4.1.2", former.pk]))

    assert text_of(draft, "4.1.2") == before
    assert versions_of(draft, "4.1.2") == [("改坏了", False), (before, False)]
    assert AuditEvent.objects.filter(verb="restore_answer").count() == 1


@pytest.mark.django_db
def test_nobody_else_reads_former_versions_and_a_reader_restores_none(client, draft, owner, stranger, secretary):
    actions.save_answers(draft, by=owner, texts={"4.1.2": "新"})
    former, reader = AnswerVersion.objects.get(), given.colleague_of(draft.organisation, Relation.READER)
    read, restore = (
        reverse("answer_history", args=[draft.pk, "4.1.2"]),
        ["answer_restore", draft.pk, "4.1.2", former.pk],
    )
    answers = []
    for user in (stranger, secretary, reader):
        client.force_login(user)
        answers.append((client.get(read).status_code, client.post(reverse(restore[0], args=restore[1:])).status_code))

    assert answers == [(404, 404), (404, 404), (200, 403)]
    assert text_of(draft, "4.1.2") == "新"


@pytest.mark.django_db
def test_a_version_of_another_text_or_dossier_is_404(as_owner, draft, owner):
    actions.save_answers(draft, by=owner, texts={"4.1.2": "新"})
    former = AnswerVersion.objects.get()

    answers = [
        as_owner.post(reverse("answer_restore", args=[draft.pk, "4.1.3", former.pk])),
        as_owner.get(reverse("answer_history", args=[draft.pk, "4.1.3"]), {"version": former.pk}),
        as_owner.get(reverse("answer_history", args=[draft.pk, "9.9"])),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.django_db
def test_a_frozen_dossier_restores_nothing(draft, owner):
    actions.save_answers(draft, by=owner, texts={"4.1.2": "新"})
    actions.submit(draft, by=owner)

    with pytest.raises(WrongState):
        actions.restore_answer(AnswerVersion.objects.get(), by=owner)


# --- a conflict on the page, without scripts ----------------------------------------------------------


@pytest.fixture
def collided(as_owner, empty, colleague):
    """The owner's form, after a colleague saved the same text and the owner's save was refused."""
    mine = posted(as_owner, empty, "4.1", **{"4.1.2": "我的\n共同的", "4.1.3": "另一栏"})
    actions.save_answers(empty, by=colleague, texts={"4.1.2": "共同的\n同事的"})
    refused = as_owner.post(section(empty, "4.1"), mine)
    bases = {f"base-{row.spec.key}": row.token for row in refused.context["form"].rows()}
    return refused.content.decode(), mine | bases


@pytest.mark.django_db
def test_a_conflict_shows_both_texts_and_saves_the_others(collided, empty, colleague):
    page, _form = collided

    assert [word in page for word in ("采用我的", "采用对方的", "合并", f"{colleague} 2026-03-18 10:00:00")] == [
        True
    ] * 4
    assert text_of(empty, "4.1.2") == "共同的\n同事的"
    assert text_of(empty, "4.1.3") == "另一栏"


@pytest.mark.django_db
def test_choosing_mine_saves_it_and_keeps_theirs(as_owner, collided, empty):
    as_owner.post(section(empty, "4.1"), collided[1] | {"choose-4.1.2": "mine"})

    assert text_of(empty, "4.1.2") == "我的\n共同的"
    assert versions_of(empty, "4.1.2") == [("共同的\n同事的", False)]


@pytest.mark.django_db
def test_choosing_theirs_keeps_mine_apart(as_owner, collided, empty):
    answer = as_owner.post(section(empty, "4.1"), collided[1] | {"choose-4.1.2": "theirs"})

    assert answer.status_code == 302
    assert text_of(empty, "4.1.2") == "共同的\n同事的"
    assert versions_of(empty, "4.1.2") == [("我的\n共同的", True)]


@pytest.mark.django_db
def test_merging_puts_both_in_one_field_to_be_saved(as_owner, collided, empty):
    merged = as_owner.post(section(empty, "4.1"), collided[1] | {"choose-4.1.2": "merge"})
    row = next(row for row in merged.context["form"].rows() if row.spec.key == "4.1.2")
    unsaved = text_of(empty, "4.1.2")
    as_owner.post(section(empty, "4.1"), collided[1] | {"4.1.2": row.field.value(), "base-4.1.2": row.token})

    assert row.field.value() == "我的\n共同的\n同事的"
    assert unsaved == "共同的\n同事的"
    assert text_of(empty, "4.1.2") == "我的\n共同的\n同事的"


# --- figures ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_figures_are_saved_as_typed_and_shown_as_read(as_owner, empty, owner):
    answer = autosave(as_owner, empty, "indicators", owner, {"revenue-2025": ("１,234.5", "")}).json()

    assert answer["bases"] == {"revenue-2025": "1,234.50"}
    assert empty.indicators.get().value == Decimal("1234.50")


@pytest.mark.django_db
def test_a_bad_cell_is_named_and_the_good_ones_are_saved(as_owner, empty, owner):
    cells = {
        "revenue-2025": ("1", ""),
        "revenue-2024": ("很多", ""),
        "revenue-2023": ("-1", ""),
        "exports-2025": ("/", ""),
    }

    answer = autosave(as_owner, empty, "indicators", owner, cells).json()

    assert set(answer["errors"]) == {"revenue-2024", "revenue-2023", "exports-reason"}
    assert set(answer["bases"]) == {"revenue-2025"}
    assert list(empty.indicators.values_list("key", "year")) == [("revenue", 2025)]


@pytest.mark.django_db
def test_a_cell_a_colleague_changed_meanwhile_is_not_overwritten(as_owner, draft, owner, colleague):
    actions.save_indicators(draft, by=colleague, figures={("revenue", 2025): (Decimal(7), "")})

    answer = autosave(
        as_owner, draft, "indicators", owner, {"revenue-2025": ("8", "12.50"), "exports-2025": ("9", "12.50")}
    ).json()

    assert dict(draft.indicators.filter(year=2025, key__in=["revenue", "exports"]).values_list("key", "value")) == {
        "revenue": 7,
        "exports": 9,
    }
    assert answer["conflicts"] == [
        {
            "name": "revenue-2025",
            "text": "7.00",
            "base": "7.00",
            "who": str(colleague),
            "when": "2026-03-18 10:00:00",
        }
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("choice", "kept"), [("mine", 8), ("theirs", 7), ("", 8)])
def test_after_a_conflict_in_a_cell_the_page_lets_one_choose(as_owner, draft, colleague, choice, kept):
    page = {name: text for name, (text, _base) in drawn(as_owner, draft, "indicators").items()}
    sent = {f"initial-{name}": text for name, text in page.items()} | page | {"revenue-2025": "8"}
    actions.save_indicators(draft, by=colleague, figures={("revenue", 2025): (Decimal(7), "")})

    refused = as_owner.post(section(draft, "indicators"), sent)
    seen = refused.context["form"].data["initial-revenue-2025"]
    as_owner.post(section(draft, "indicators"), sent | {"initial-revenue-2025": seen, "choose-revenue-2025": choice})

    assert f"{colleague}刚把这一格改为“7.00”" in refused.content.decode()
    assert draft.indicators.get(key="revenue", year=2025).value == kept


@pytest.mark.django_db
def test_a_cell_emptied_meanwhile_is_a_conflict_too(draft, owner, colleague):
    actions.save_indicators(draft, by=colleague, figures={("revenue", 2025): (None, "")})

    with pytest.raises(Refused) as refusal:
        actions.save_indicators(
            draft, by=owner, figures={("revenue", 2025): (Decimal(8), "")}, seen={"revenue-2025": "12.50"}
        )

    assert [(p.code, p.where) for p in refusal.value.problems] == [("conflict", "revenue-2025")]


YEARS = (2023, 2024, 2025)


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({("revenue", 2025): 100, ("total_profit", 2025): 100}, []),
        ({("revenue", 2025): 100, ("total_profit", 2025): 101}, ["total_profit-2025"]),
        ({("total_profit", 2025): 101}, []),
        ({("debt_ratio", 2024): 100}, []),
        ({("debt_ratio", 2024): Decimal("100.01")}, ["debt_ratio-2024"]),
        ({("revenue", 2023): 100, ("revenue", 2024): 150}, []),
        ({("revenue", 2023): 100, ("revenue", 2024): 151}, ["revenue-2024"]),
        ({("revenue", 2024): 100, ("revenue", 2025): 49}, ["revenue-2025"]),
        ({("revenue", 2023): 100, ("revenue", 2025): 500}, []),
        ({("total_profit", 2023): -5, ("total_profit", 2024): 500}, []),
        ({("revenue", 2023): 0, ("revenue", 2024): 500}, []),
    ],
)
def test_odd_figures_are_hinted_at_and_block_nothing(values, where):
    found = hints({place: Decimal(value) for place, value in values.items()}, YEARS)

    assert [problem.where for problem in found] == where
    assert not any(problem.blocks for problem in found)


@for_all(
    st.decimals(min_value="0.01", max_value="1e12", places=2), st.decimals(min_value=0, max_value="1e12", places=2)
)
def test_growth_is_exact_to_a_tenth_of_a_per_cent(before, after):
    assert abs(before * (1 + growth(before, after) / 100) - after) <= before * Decimal("0.0005")


@pytest.mark.django_db
def test_the_page_shows_hints_and_growth(as_owner, empty, owner):
    figures = {("revenue", 2024): (Decimal(100), ""), ("revenue", 2025): (Decimal(175), "")}
    actions.save_indicators(empty, by=owner, figures=figures)

    page = as_owner.get(section(empty, "indicators")).content.decode()

    assert "“主营业务收入”2025 年比 2024 年增长 75.0%。请核对。" in page
    assert "2025 年 +75.0%" in page


# --- lengths and last edition's texts -----------------------------------------------------------------


@pytest.mark.django_db
def test_a_text_too_long_is_saved_shown_as_too_long_and_stops_only_the_submission(as_owner, draft, owner):
    actions.save_answers(draft, by=owner, texts={"overview": "长" * 3001 + "，。"})

    page = as_owner.get(section(draft, "profile")).content.decode()
    with pytest.raises(Refused) as refusal:
        actions.submit(draft, by=owner)

    assert "已超出 1 字，可以先保存，提交前须删减" in page
    assert [problem.text for problem in refusal.value.problems] == ["“组织概述”有 3001 字，超过 3000 字。"]


@pytest.fixture
def earlier(draft, owner, secretary):
    """The firm's dossier of the edition before: the standard draft moved there. Returns a new, empty one."""
    old = Edition.objects.get(pk=draft.edition_id)
    Edition.objects.filter(pk=old.pk).update(opens_at=given.OPENS - timedelta(days=730))
    later = calling.prepare(
        by=secretary,
        programme=Programme.objects.get(code="FSZLJ"),
        year=2026,
        rubric=Rubric.objects.get(code="gbt19580-2012"),
        opens_at=given.OPENS,
        closes_at=given.CLOSES,
        settings=given.settings_with(),
    )
    return given.Application.objects.create(edition=later, organisation=draft.organisation, created_by=owner)


@pytest.mark.django_db
def test_last_editions_text_is_offered_and_carried_over_with_its_mark(as_owner, draft, earlier):
    label = draft.edition.name_of_year
    offered = as_owner.get(section(earlier, "4.1")).content.decode()

    as_owner.post(section(earlier, "4.1"), posted(as_owner, earlier, "4.1") | {"carry": "4.1.2"})
    page = as_owner.get(section(earlier, "4.1")).content.decode()

    assert f"{label}填写的内容" in offered
    assert text_of(earlier, "4.1.2") == text_of(draft, "4.1.2")
    assert f"从{label}带入" in page
    assert AuditEvent.objects.filter(verb="carry_answer").count() == 1


@pytest.mark.django_db
def test_carrying_over_keeps_the_present_text_and_rewriting_ends_the_mark(earlier, owner):
    actions.save_answers(earlier, by=owner, texts={"4.1.2": "已经写的"})

    actions.carry_answer(earlier, by=owner, key="4.1.2")
    marked = earlier.answers.get(key="4.1.2").carried_from
    actions.save_answers(earlier, by=owner, texts={"4.1.2": "改过的"})

    assert marked is not None
    assert versions_of(earlier, "4.1.2")[-1] == ("已经写的", False)
    assert earlier.answers.get(key="4.1.2").carried_from is None


@pytest.mark.django_db
def test_nothing_is_carried_over_where_no_earlier_dossier_has_it(draft, owner):
    with pytest.raises(Refused, match="没有这一栏的内容"):
        actions.carry_answer(draft, by=owner, key="4.1.2")

    assert earlier_answers(draft, ["4.1.2"]) == {}
