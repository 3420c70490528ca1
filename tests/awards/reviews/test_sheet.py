"""The score sheet: every save is kept, scoring can be stopped, scores can be put back, and the dossier beside it."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from PIL import Image, ImageChops

from awards.decisions.actions import make_ranking
from awards.models import Assignment, Mark, MarkVersion, Reading, ReadingCopy, ReadingPage, ScoringFreeze
from awards.reviews import actions as reviewing
from awards.reviews import sheet_actions
from awards.reviews.sheet_queries import restoration
from awards.reviews.tasks import prepare_copy, sweep
from awards.workflow import Refused, WrongState
from enterprises.files.actions import draw_page, paper_of
from enterprises.models import AuditEvent, PageSet
from foshan_quality.lib import clock
from foshan_quality.lib.sheets import XLSX
from tests import given
from tests.desk import act_url, begin, list_url, office, press, record_url

pytestmark = pytest.mark.django_db
LATER = given.REVIEW + timedelta(hours=2)


@pytest.fixture
def season():
    return given.walk_to("panelled", firms=1, experts=1, experts_per_application="1")


@pytest.fixture
def sitting(season):
    seat = Assignment.objects.get(expert=season.experts[0])
    with clock.at(given.REVIEW):
        reviewing.declare_free(seat, by=seat.expert)
    seat.refresh_from_db()
    return seat


@pytest.fixture
def read_copy(sitting):
    """A dossier that is ready to be read, without its pictures."""
    book = {"label": "申报书", "name": "", "file": None, "pages": 25, "document": None}
    ReadingCopy.objects.update(state="ready", ready_at=given.REVIEW, papers=[book], marks={"4.1.2": 6})
    return ReadingCopy.objects.get()


@pytest.fixture
def drawn_copy(sitting):
    """The dossier as the worker prepares it, the first two pages of the book drawn."""
    prepare_copy(ReadingCopy.objects.get().pk)
    copy = ReadingCopy.objects.get()
    pages = PageSet.objects.get(file=copy.papers[0]["file"])
    with paper_of(pages.file) as paper:
        assert [draw_page(pages, number, paper) for number in (1, 2)] == [True, True]
    return copy


def url(seat, page=""):
    return f"/office/awards/assignment/{seat.pk}/sheet/{page}"


def put(seat, version, at=given.REVIEW, **marks):
    """Save marks named like i412."""
    codes = {".".join(name[1:]): mark for name, mark in marks.items()}
    with clock.at(at):
        return reviewing.save_marks(seat, by=seat.expert, marks=codes, version=version)


def send(seat, version, marks, who=None):
    """What the page's script sends, and the answer."""
    blank = dict.fromkeys(["percentage", "strengths", "improvements", "evidence"], "")
    whole = {code: blank | mark for code, mark in marks.items()}
    told = {"who": who or seat.expert_id, "version": version, "marks": whole}
    answer = office(seat.expert).post(url(seat, "save/"), json.dumps(told), content_type="application/json")
    return answer.status_code, answer.json()


def stored(seat):
    return {m.item.code: (m.percentage, m.strengths, m.evidence) for m in Mark.objects.select_related("item")}


# --- history ------------------------------------------------------------------------------------------


def test_a_save_writes_and_keeps_only_the_items_that_changed(sitting):
    put(sitting, 0, i412=(50, "好", ""), i413=(40, "", ""))
    put(sitting, 1, i412=(50, "好", ""), i413=(45, "", ""))

    history = MarkVersion.objects.values_list("item__code", "version", "percentage", "written_by")
    assert list(history) == [
        ("4.1.2", 1, 50, sitting.expert_id),
        ("4.1.3", 1, 40, sitting.expert_id),
        ("4.1.3", 2, 45, sitting.expert_id),
    ]


def test_an_edition_may_ask_for_reasons_and_names_all_that_are_missing(sitting):
    given.Item.objects.first()
    codes = given.Item.objects.values_list("code", flat=True)
    marks = dict.fromkeys(codes, (50, "", "")) | {"4.1.2": (70, "", "有"), "4.1.3": (25, "有", "")}
    reviewing.save_marks(sitting, by=sitting.expert, marks=marks, version=0)

    with pytest.raises(Refused) as refusal:
        reviewing.submit_sheet(sitting, by=sitting.expert)

    assert [p.text for p in refusal.value.problems] == [
        "4.1.2 评 70%，达到 70%，须写明优势。",
        "4.1.3 评 25%，不高于 25%，须写明改进机会。",
    ]


# --- the switch ---------------------------------------------------------------------------------------


def frozen(season, by=None):
    with clock.at(LATER):
        return sheet_actions.freeze(season.edition, by=by or season.secretary, reason="疑似泄露")


def test_a_freeze_stops_saving_submitting_and_reopening_and_a_second_one_changes_nothing(season, sitting):
    row = frozen(season)

    with pytest.raises(WrongState, match="本届评分已由秘书处暂停"):
        put(sitting, 0, i412=(50, "", ""))
    with pytest.raises(WrongState):
        reviewing.submit_sheet(sitting, by=sitting.expert)
    with pytest.raises(WrongState, match="已经冻结"):
        frozen(season)
    assert (stored(sitting), str(row)) == ({}, f"{season.edition}评分冻结")
    assert AuditEvent.objects.latest("seq").verb == "freeze_scoring"


def test_while_scoring_is_frozen_nothing_is_ranked(season):
    frozen(season)

    with pytest.raises(WrongState, match="解除之前不能排名"):
        make_ranking(season.edition, by=season.secretary)


def test_a_freeze_wants_the_duty_and_a_reason(season, sitting):
    with pytest.raises(PermissionDenied):
        frozen(season, by=sitting.expert)
    with pytest.raises(Refused, match="请写明理由"):
        sheet_actions.freeze(season.edition, by=season.secretary, reason=" ")


def test_scoring_goes_on_when_the_freeze_is_lifted_with_a_reason(season, sitting):
    begin(season.secretary, ScoringFreeze, "freeze", edition=season.edition.pk, reason="疑似泄露")
    row = ScoringFreeze.objects.get()
    assert send(sitting, 0, {"4.1.2": {"percentage": "50"}})[0] == 409
    assert "已由秘书处暂停" in send(sitting, 0, {})[1]["frozen"]

    press(season.second, row, "lift_freeze", reason="已查清")

    assert (row.state, row.lifted_by, row.lift_reason) == ("lifted", season.second, "已查清")
    assert send(sitting, 0, {"4.1.2": {"percentage": "50"}})[0] == 200


def test_the_database_keeps_one_freeze_in_force_each_with_its_reasons(season):
    facts = {"edition": season.edition, "frozen_by": season.secretary}
    ScoringFreeze.objects.create(reason="一", **facts)
    violations = {
        "one_freeze_in_force": {"reason": "二"},
        "freeze_has_reason": {
            "reason": "",
            "state": "lifted",
            "lifted_at": LATER,
            "lifted_by": season.second,
            "lift_reason": "好",
        },
        "freeze_lifted_with_reason": {
            "reason": "三",
            "state": "lifted",
            "lifted_at": LATER,
            "lifted_by": season.second,
        },
    }
    for name, wrong in violations.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            ScoringFreeze.objects.create(**facts, **wrong)


def test_the_database_keeps_one_text_a_page_and_one_version_a_save(season, sitting):
    put(sitting, 0, i412=(50, "", ""))
    version, copy = MarkVersion.objects.get(), ReadingCopy.objects.get()
    ReadingPage.objects.create(copy=copy, paper=0, number=1)
    twice = {
        "one_mark_version_per_save": lambda: MarkVersion.objects.create(
            sheet=version.sheet, item=version.item, version=1, written_at=LATER, written_by=sitting.expert
        ),
        "one_text_per_page": lambda: ReadingPage.objects.create(copy=copy, paper=0, number=1),
        "copy_ready_with_its_time": lambda: ReadingCopy.objects.update(state="ready"),
    }
    for name, write in twice.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            write()


# --- putting scores back ------------------------------------------------------------------------------


def restore(row, by, moment, sheet=None):
    preview = sheet_actions.fingerprint(restoration(row.edition, moment, sheet))
    return sheet_actions.restore(row, by=by, moment=moment, sheet=sheet, preview=preview, reason="恢复泄露前的评分")


def test_scores_are_put_back_to_a_moment_as_a_new_version(season, sitting):
    put(sitting, 0, i412=(50, "好", ""), i413=(40, "", ""))
    before = stored(sitting)
    put(sitting, 1, at=LATER, i412=(90, "改了", ""), i414=(80, "", ""))
    row = frozen(season)

    restore(row, season.second, given.REVIEW + timedelta(minutes=1))

    assert {code: mark for code, mark in stored(sitting).items() if mark != (None, "", "")} == before
    assert sitting.sheets.get().version == 3
    assert (
        list(MarkVersion.objects.filter(version=3).values_list("source", "written_by"))
        == [("restored", season.second.pk)] * 2
    )
    assert list(AuditEvent.objects.order_by("-seq").values_list("verb", flat=True)[:2]) == [
        "restore_scores",
        "restore_sheet",
    ]


def test_a_submitted_sheet_keeps_its_state_with_a_new_total_or_goes_back_where_it_was_not_complete(season, sitting):
    codes = list(given.Item.objects.values_list("code", flat=True))
    put(sitting, 0, i412=(50, "", ""))
    with clock.at(LATER):
        reviewing.save_marks(sitting, by=sitting.expert, marks=dict.fromkeys(codes, (60, "", "")), version=1)
    with clock.at(LATER + timedelta(hours=1)):
        reviewing.save_marks(sitting, by=sitting.expert, marks={"4.1.2": (40, "", "")}, version=2)
        reviewing.submit_sheet(sitting, by=sitting.expert)
    row = frozen(season)

    restore(row, season.second, LATER)

    sitting.refresh_from_db()
    assert (sitting.sheets.get().total, sitting.state) == (Decimal("600.00"), "submitted")

    restore(row, season.second, given.REVIEW, sitting.sheets.get())

    sitting.refresh_from_db()
    assert (sitting.sheets.get().total, sitting.state) == (None, "sitting")
    assert {code for code, mark in stored(sitting).items() if mark[0]} == {"4.1.2"}


def test_no_sheet_goes_back_to_its_expert_once_independent_scoring_is_ended(season, sitting):
    codes = list(given.Item.objects.values_list("code", flat=True))
    put(sitting, 0, i412=(50, "", ""))
    with clock.at(LATER):
        reviewing.save_marks(sitting, by=sitting.expert, marks=dict.fromkeys(codes, (60, "", "")), version=1)
        reviewing.submit_sheet(sitting, by=sitting.expert)
    row = frozen(season)
    season.edition.phases.filter(kind="independent").update(state="closed", closed_at=LATER, closed_by=season.secretary)

    with pytest.raises(Refused, match="独立评审已经结束"):
        restore(row, season.second, given.REVIEW)

    sitting.refresh_from_db()
    assert (sitting.sheets.get().total, sitting.state) == (Decimal("600.00"), "submitted")


def test_scores_are_put_back_only_while_frozen_by_another_and_as_previewed(season, sitting):
    put(sitting, 0, i412=(50, "", ""))
    row = frozen(season)
    early = given.REVIEW - timedelta(days=1)

    with pytest.raises(Refused, match="须由另一人恢复"):
        restore(row, season.secretary, early)
    with pytest.raises(PermissionDenied):
        restore(row, sitting.expert, early)
    with pytest.raises(Refused, match="预览之后评分有变化"):
        sheet_actions.restore(row, by=season.second, moment=early, sheet=None, preview="0", reason="试")
    with pytest.raises(Refused, match="没有需要恢复的"):
        restore(row, season.second, LATER)
    sheet_actions.lift(row, by=season.second, reason="好")
    with pytest.raises(WrongState, match="已经解除"):
        restore(row, season.second, early)
    assert stored(sitting) == {"4.1.2": (50, "", "")}


def test_the_office_shows_what_would_be_put_back_before_it_is(season, sitting):
    put(sitting, 0, i412=(50, "", ""))
    put(sitting, 1, at=LATER, i412=(90, "改了", ""))
    row, client = frozen(season), office(season.second)

    moment = "2026-05-12T09:30"
    page = client.get(act_url(row, "restore"), {"moment": moment, "sheet": ""})
    form = page.context_data["form"]
    done = client.post(
        act_url(row, "restore"),
        {"moment": moment, "sheet": "", "preview": form.initial["preview"], "reason": "恢复"},
    )

    assert (form.marks, "90%" in page.content.decode(), done.status_code) == (1, True, 302)
    assert stored(sitting) == {"4.1.2": (50, "", "")}
    assert "须由另一人恢复" in office(season.secretary).get(record_url(row)).content.decode()


# --- the page -----------------------------------------------------------------------------------------


def test_the_page_and_a_save_cost_the_same_whatever_is_on_the_sheet(sitting, read_copy):
    client, counts = office(sitting.expert), []
    marks = dict.fromkeys(given.Item.objects.values_list("code", flat=True), (50, "好", ""))
    for version in (0, 1):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(sitting)).status_code == 200
        counts.append(len(queries))
        if not version:
            reviewing.save_marks(sitting, by=sitting.expert, marks=marks, version=0)

    assert counts == [10, 10]


def test_saving_while_scoring_answers_with_exact_sums_and_names_what_it_could_not_keep(sitting, read_copy):
    status, answer = send(
        sitting,
        0,
        {
            "4.1.2": {"percentage": "55", "strengths": "好", "improvements": "", "evidence": "2，3"},
            "4.1.3": {"percentage": "57"},
            "4.1.4": {"percentage": "50", "evidence": "99"},
            "9.9": {"percentage": "50"},
        },
    )

    assert (status, answer["version"], answer["total"], answer["sums"]["4.1"]) == (200, 1, "27.50", "27.50")
    assert sorted(answer["errors"]) == ["4.1.3", "4.1.4", "9.9"]
    assert stored(sitting) == {"4.1.2": (55, "好", "2、3")}


def test_another_window_is_told_what_changed_and_nothing_is_overwritten(sitting):
    send(sitting, 0, {"4.1.2": {"percentage": "60"}})

    status, answer = send(sitting, 0, {"4.1.3": {"percentage": "20"}})

    assert (status, answer["version"], sorted(answer["theirs"])) == (409, 1, ["4.1.2"])
    assert answer["theirs"]["4.1.2"]["percentage"] == "60"
    assert stored(sitting) == {"4.1.2": (60, "", "")}
    assert sorted(send(sitting, 0, {})[1]["theirs"]) == ["4.1.2"]


def test_without_scripts_two_windows_are_put_together_and_saved_on_the_next_press(sitting):
    put(sitting, 0, i412=(60, "", ""), i413=(30, "", ""))
    client = office(sitting.expert)
    typed = {"percentage_4.1.2": "20", "percentage_4.1.3": "", "percentage_4.1.4": "40"}

    answer = client.post(url(sitting), {"version": 0, **typed})

    rows = {row.item.code: row for group in answer.context_data["groups"] for row in group.rows}
    assert (answer.status_code, answer.context_data["version"]) == (409, 1)
    assert [rows[code].entry.percentage for code in ("4.1.2", "4.1.3", "4.1.4")] == [20, 30, 40]
    assert [code for code, row in rows.items() if row.theirs] == ["4.1.2"]
    shown = {f"percentage_{code}": row.entry.percentage or "" for code, row in rows.items()}
    assert client.post(url(sitting), {"version": 1, **shown}).status_code == 302
    assert {code: mark[0] for code, mark in stored(sitting).items()} == {"4.1.2": 20, "4.1.3": 30, "4.1.4": 40}


def test_a_field_the_form_does_not_carry_keeps_its_value(sitting):
    put(sitting, 0, i412=(60, "写好的", ""))

    office(sitting.expert).post(url(sitting), {"version": 1, "percentage_4.1.2": "55"})

    assert stored(sitting) == {"4.1.2": (55, "写好的", "")}


@pytest.mark.parametrize(
    "body", ["", "[]", '{"who": 1}', '{"who": 1, "version": 0, "marks": {"4.1.2": {"total": "1"}}}']
)
def test_what_is_not_of_the_agreed_shape_is_refused(sitting, body):
    answer = office(sitting.expert).post(url(sitting, "save/"), body, content_type="application/json")

    assert answer.status_code == 400


def test_another_persons_page_saves_nothing(sitting):
    status, answer = send(sitting, 0, {"4.1.2": {"percentage": "60"}}, who=1)

    assert (status, stored(sitting)) == (409, {})
    assert "不是打开这一页的人" in answer["refused"]


def test_single_keys_are_switched_off_for_the_person(sitting):
    client = office(sitting.expert)

    client.post(url(sitting, "keys/"), {"uses_keys": "no"})

    assert 'data-keys="off"' in client.get(url(sitting)).content.decode()


# --- the dossier beside it ----------------------------------------------------------------------------


def test_the_dossier_is_prepared_with_jump_marks_and_words_and_read_page_by_page(season, sitting, drawn_copy):
    client = office(sitting.expert)

    page = client.get(url(sitting), {"q": "组织治理：方法、展开", "page": 2}).content.decode()
    hits = client.get(url(sitting, "find/"), {"q": "组织治理：方法、展开"}).json()["hits"]
    answers = [client.get(url(sitting, f"papers/0/{number}/")) for number in (1, 2, 2)]
    small = client.get(url(sitting, "papers/0/1/small/"))

    begins = drawn_copy.marks["4.1.3"]
    assert len(drawn_copy.marks) == 23
    assert [(hit["paper"], hit["page"], hit["item"][:3]) for hit in hits] == [(0, begins, "4.1")]
    assert all(words in page for words in (f"申报书第 {begins} 页</a>", "找到 1 页", 'alt="申报书 第 2 页"'))
    assert differing_pixels(drawn_copy, 2, answers[1].content) > 2000
    assert "no-store" in answers[0]["Cache-Control"]
    assert small["Cache-Control"] == "private, max-age=3600"
    assert Image.open(io.BytesIO(small.content)).width <= 132
    lines = AuditEvent.objects.filter(verb="read_dossier", actor_id=sitting.expert_id)
    assert [line.note for line in lines] == ["评审： 申报书"]
    assert "评审： 申报书" in office(season.secretary).get(list_url(Reading)).content.decode()
    assert [client.get(url(sitting, path)).status_code for path in ("papers/0/99/", "papers/9/1/")] == [404, 404]
    prepare_copy(drawn_copy.pk)  # once more changes nothing
    assert ReadingPage.objects.filter(paper=0).count() == drawn_copy.papers[0]["pages"]


def test_a_page_without_a_picture_says_whether_one_is_to_come(sitting, drawn_copy):
    client = office(sitting.expert)

    def said(page):
        text = client.get(url(sitting), {"paper": 0, "page": page}).content.decode()
        return "<img src" in text, "图片正在生成" in text, f"第 {page} 页没有图片" in text

    drawn, to_come = said(2), said(3)
    PageSet.objects.filter(file=drawn_copy.papers[0]["file"]).update(state="parked", problem="没有生成。")

    assert (drawn, to_come, said(3)) == ((True, False, False), (False, True, False), (False, False, True))


def differing_pixels(copy, number, content):
    """How many pixels of a page differ clearly from the picture that is kept."""
    kept = PageSet.objects.get(file=copy.papers[0]["file"]).images.get(number=number).image
    plain, shown = Image.open(kept.open()).convert("L"), Image.open(io.BytesIO(content)).convert("L")
    return sum(ImageChops.difference(plain, shown).histogram()[12:])


def test_a_recused_expert_sees_no_page_any_more(sitting, read_copy):
    reviewing.recuse(sitting, by=sitting.expert, reason="亲属任职")
    client = office(sitting.expert)

    pages = ["papers/0/1/", "papers/0/1/small/", "find/?q=1", "offline/", "offline/file/"]
    assert [client.get(url(sitting, page)).status_code for page in pages] == [403] * 5


def test_the_sweep_finds_the_dossier_that_nobody_queued(sitting):
    ReadingCopy.objects.all().delete()

    sweep()

    assert ReadingCopy.objects.get().state == "queued"


# --- without a network --------------------------------------------------------------------------------


def filled(client, seat, **cells):
    book = load_workbook(io.BytesIO(client.get(url(seat, "offline/file/")).content))
    for place, value in cells.items():
        book.worksheets[0][place] = value
    file = io.BytesIO()
    book.save(file)
    return SimpleUploadedFile("评分表.xlsx", file.getvalue(), XLSX)


def test_a_workbook_is_tried_first_and_then_taken_over_as_one_save(sitting):
    put(sitting, 0, i412=(50, "两行\n话", ""))
    client = office(sitting.expert)
    upload = filled(client, sitting, D9=60, E9="离线写的")

    tried = client.post(url(sitting, "offline/"), {"file": upload})
    assert tried.context_data["changes"] == [("4.1.3", "百分比", "", "60"), ("4.1.3", "优势", "", "离线写的")]
    assert set(stored(sitting)) == {"4.1.2"}
    taken = client.post(url(sitting, "offline/"), {"take": tried.context_data["parcel"]})
    again = client.post(url(sitting, "offline/"), {"take": tried.context_data["parcel"]})

    assert (taken.status_code, again.status_code) == (302, 409)
    assert stored(sitting) == {"4.1.2": (50, "两行\n话", ""), "4.1.3": (60, "离线写的", "")}
    assert MarkVersion.objects.latest("pk").source == "file"


def test_an_older_or_faulty_workbook_changes_nothing_and_says_why(sitting):
    client = office(sitting.expert)
    old = filled(client, sitting, D9=60)
    put(sitting, 0, i412=(50, "", ""))
    wrong = filled(client, sitting, D9=57, G9="第三页")

    answers = [client.post(url(sitting, "offline/"), {"file": file}) for file in (old, wrong)]

    said = [[str(problem) for problem in answer.context_data["problems"]] for answer in answers]
    assert "之后网页上又保存过" in said[0][0]
    assert [words[:6] for words in said[1]] == ["4.1.3 ", "4.1.3 "]
    assert [answer.status_code for answer in answers] == [409, 409]
