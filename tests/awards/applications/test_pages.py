"""The applicant's pages: desk, form, check, receipt, progress; and what they must never give away."""

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from awards.applications import actions
from awards.applications.queries import submitted_dossier
from awards.applications.sections import INDICATORS
from awards.models import Application, Certificate, Snapshot
from awards.process import State
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.permissions import Relation
from tests import given
from tests.kept import kept

pytestmark = pytest.mark.django_db


def url(name, application, *args):
    return reverse(name, args=[application.pk, *args])


def page_of(client, user, address):
    client.force_login(user)
    return client.get(address).content.decode()


def body(page):
    """The page without the token that differs on every request."""
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line and "data-now" not in line]


@pytest.fixture
@kept
def empty(edition, organisation):
    return given.empty_draft(edition, organisation)


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


def typed(client, application, key, **texts):
    """What the browser would send back for a text section: the fields as drawn, some retyped."""
    form = client.get(url("application_section", application, key)).context["form"]
    data = {f"base-{row.spec.key}": row.token for row in form.rows()}
    return data | {row.spec.key: row.field.value() or "" for row in form.rows()} | texts


def figures_sent(client, application, **cells):
    """What the browser would send back for the indicators, some cells retyped."""
    form = client.get(url("application_section", application, "indicators")).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    return {f"initial-{name}": value for name, value in sent.items()} | sent | cells


# --- the desk -----------------------------------------------------------------------------------------


def test_the_desk_asks_somebody_without_an_organisation_to_register_one(client, stranger, edition):
    page = page_of(client, stranger, reverse("desk"))

    assert "还没有登记单位" in page
    assert str(edition) in page
    assert "开始申报</button>" not in page


def test_the_desk_offers_the_open_call_until_the_application_is_begun(as_owner, edition):
    before = as_owner.get(reverse("desk")).content.decode()
    begun = as_owner.post(reverse("application_start", args=[edition.pk]))
    after = as_owner.get(reverse("desk")).content.decode()

    application = Application.objects.get()
    assert "开始申报</button>" in before
    assert begun.url == application.get_absolute_url()
    assert "开始申报</button>" not in after
    assert "继续填写" in after


def test_starting_twice_leads_to_the_same_application(as_owner, edition, organisation):
    data = {"organisation": organisation.pk}

    answers = [as_owner.post(reverse("application_start", args=[edition.pk]), data) for _ in range(2)]

    assert answers[0].url == answers[1].url
    assert Application.objects.count() == 1


def test_with_several_organisations_one_must_be_chosen(as_owner, edition, owner):
    other = given.organisation(owner=owner)

    unchosen = as_owner.post(reverse("application_start", args=[edition.pk]), {"organisation": ""})
    as_owner.post(reverse("application_start", args=[edition.pk]), {"organisation": other.pk})

    assert unchosen.url == reverse("desk")
    assert [a.organisation for a in Application.objects.all()] == [other]


def test_starting_for_another_firm_is_404_and_by_a_reader_403(client, edition, organisation):
    strange = given.organisation()
    client.force_login(given.colleague_of(organisation, Relation.READER))

    answers = [
        client.post(reverse("application_start", args=[edition.pk]), {"organisation": pk})
        for pk in (strange.pk, organisation.pk)
    ]

    assert [answer.status_code for answer in answers] == [404, 403]
    assert not Application.objects.exists()


def test_starting_after_the_close_says_the_clock_time(as_owner, edition):
    with clock.at(given.CLOSES):
        page = as_owner.post(reverse("application_start", args=[edition.pk]), follow=True).content.decode()

    assert "现在是北京时间 2026-04-30 18:00:00" in page
    assert not Application.objects.exists()


def test_the_desk_costs_the_same_with_one_application_and_with_three(client, django_assert_num_queries):
    seasons = [given.walk_to("certified", firms=1, year=year, quorum="1/10") for year in (2026, 2027, 2028)]
    for season in seasons:
        given.prepared_payment(season)
    organisation = seasons[0].applications[0].organisation
    client.force_login(given.owner_of(organisation))

    with django_assert_num_queries(11):
        one = client.get(reverse("desk")).content.decode()
    Application.objects.filter(edition__in=[s.edition for s in seasons]).update(organisation=organisation)
    with django_assert_num_queries(11):
        three = client.get(reverse("desk")).content.decode()

    assert [page.count("下载证书") for page in (one, three)] == [1, 3]
    assert [page.count("办理中") for page in (one, three)] == [1, 3]


# --- who may --------------------------------------------------------------------------------------------


def test_strangers_and_staff_find_none_of_the_applicants_pages(client, submitted, stranger, secretary):
    names = ["application", "application_check", "application_receipt", "application_dossier", "application_withdraw"]

    for user in (stranger, secretary):
        client.force_login(user)
        statuses = {name: client.get(url(name, submitted)).status_code for name in names}
        assert statuses == dict.fromkeys(names, 404)
        assert client.get(url("application_section", submitted, "profile")).status_code == 404


def test_a_reader_sees_the_form_as_text_and_may_not_save(client, draft):
    client.force_login(given.colleague_of(draft.organisation, Relation.READER))
    sections = ["profile", "indicators", "4.1", "documents"]

    pages = [client.get(url("application_section", draft, key)).content.decode() for key in sections]
    saved = client.post(url("application_section", draft, "4.1"), {"4.1.2": "改", "base-4.1.2": "1:0"})

    assert ["您是查阅人" in page for page in pages] == [True] * 4
    assert ["<textarea" in page or "保存并继续" in page for page in pages] == [False] * 4
    assert saved.status_code == 403


def test_an_editor_is_told_that_the_owner_submits(client, draft):
    editor = given.colleague_of(draft.organisation)

    page = page_of(client, editor, url("application_check", draft))
    submitted = client.post(url("application_check", draft), {"agrees": "on"})

    assert "提交须由单位负责人办理" in page
    assert "正式提交" not in page
    assert submitted.status_code == 403
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


@pytest.mark.parametrize("name", ["application_start", "application_reopen", "document_remove"])
def test_what_changes_state_wants_a_post(as_owner, draft, name):
    args = [draft.pk, draft.documents.first().pk] if name == "document_remove" else [draft.pk]

    assert as_owner.get(reverse(name, args=args)).status_code == 405


# --- texts ----------------------------------------------------------------------------------------------


def test_saving_a_section_keeps_the_texts_and_goes_on_to_the_next(as_owner, empty):
    data = typed(as_owner, empty, "4.1", **{"4.1.2": "第一行\r\n第二行  ", "onward": "1"})

    answer = as_owner.post(url("application_section", empty, "4.1"), data)

    assert answer.url == url("application_section", empty, "4.2")
    assert dict(empty.answers.values_list("key", "text")) == {"4.1.2": "第一行\n第二行"}


def test_rare_han_characters_and_indents_survive_and_control_characters_do_not(as_owner, empty):
    text = "\u3000\u3000\U0002ebf0\U00031350\u9fff有\x07限公司"

    as_owner.post(url("application_section", empty, "4.1"), typed(as_owner, empty, "4.1", **{"4.1.2": text}))

    assert empty.answers.get(key="4.1.2").text == text.replace("\x07", "")


def test_two_colleagues_may_save_different_items_of_one_section(client, empty, owner):
    colleague = given.colleague_of(empty.organisation)
    client.force_login(colleague)
    mine = typed(client, empty, "4.1", **{"4.1.3": "同事写的"})
    actions.save_answers(empty, by=owner, texts={"4.1.2": "负责人写的"})

    answer = client.post(url("application_section", empty, "4.1"), mine)

    assert answer.status_code == 302
    assert dict(empty.answers.values_list("key", "text")) == {"4.1.2": "负责人写的", "4.1.3": "同事写的"}


def test_a_text_changed_meanwhile_is_refused_with_both_texts_and_saving_again_wins(client, empty, owner):
    colleague = given.colleague_of(empty.organisation)
    client.force_login(colleague)
    mine = typed(client, empty, "4.1", **{"4.1.2": "我的内容"})
    actions.save_answers(empty, by=owner, texts={"4.1.2": "负责人的内容"})

    refused = client.post(url("application_section", empty, "4.1"), mine)
    kept = empty.answers.get(key="4.1.2").text
    row = next(row for row in refused.context["form"].rows() if row.spec.key == "4.1.2")
    again = client.post(url("application_section", empty, "4.1"), mine | {"base-4.1.2": row.token})

    page = refused.content.decode()
    assert "我的内容" in page
    assert "负责人的内容" in page
    assert kept == "负责人的内容"
    assert again.status_code == 302
    assert empty.answers.get(key="4.1.2").text == "我的内容"


@pytest.mark.parametrize("token", ["", "x", "7:", "99999999999999999999:a", ":", "-1:b"])
def test_a_tampered_token_overwrites_nobody(as_owner, draft, token):
    before = draft.answers.get(key="4.1.2").text

    answer = as_owner.post(
        url("application_section", draft, "4.1"), typed(as_owner, draft, "4.1", **{"4.1.2": "改", "base-4.1.2": token})
    )

    assert answer.status_code == 200
    assert draft.answers.get(key="4.1.2").text == before


def test_known_facts_are_filled_in_but_only_saved_when_saved(as_owner, empty, owner):
    page = as_owner.get(url("application_section", empty, "profile")).content.decode()

    assert f'value="{owner.email}"' in page
    assert not empty.answers.exists()


def test_saving_after_a_colleague_submitted_keeps_the_text_on_the_page(as_owner, draft, owner):
    data = typed(as_owner, draft, "4.1", **{"4.1.2": "最后一句"})
    actions.submit(draft, by=owner)

    page = as_owner.post(url("application_section", draft, "4.1"), data).content.decode()

    assert "没有保存，仍在页面上" in page
    assert "最后一句" in page


@pytest.mark.parametrize("key", ["4.8", "nonsense", "4.1.2"])
def test_an_unknown_section_is_404(as_owner, draft, key):
    assert as_owner.get(url("application_section", draft, key)).status_code == 404


# --- figures --------------------------------------------------------------------------------------------


def test_figures_are_read_as_people_write_them(as_owner, empty):
    data = figures_sent(
        as_owner,
        empty,
        **{
            "revenue-2023": "１，２３４．５",
            "revenue-2024": "1,234,567.89",
            "total_profit-2025": "－3.2",
            "exports-2023": "／",
            "exports-reason": "没有出口",
        },
    )

    answer = as_owner.post(url("application_section", empty, "indicators"), data)

    assert answer.status_code == 302
    assert {(i.key, i.year): (i.value, i.absent_because) for i in empty.indicators.all()} == {
        ("revenue", 2023): (Decimal("1234.50"), ""),
        ("revenue", 2024): (Decimal("1234567.89"), ""),
        ("total_profit", 2025): (Decimal("-3.20"), ""),
        ("exports", 2023): (None, "没有出口"),
    }


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"revenue-2023": "很多"}, "revenue-2023"),
        ({"revenue-2023": "1.234"}, "revenue-2023"),
        ({"revenue-2023": "NaN"}, "revenue-2023"),
        ({"revenue-2023": "Infinity"}, "revenue-2023"),
        ({"revenue-2023": "1e30"}, "revenue-2023"),
        ({"revenue-2023": "-1"}, "revenue-2023"),
        ({"revenue-2023": "/"}, "revenue-reason"),
        ({"revenue-2023": "9" * 41}, "revenue-2023"),
    ],
)
def test_a_bad_figure_is_refused_at_its_cell_and_nothing_of_the_page_is_kept(as_owner, empty, cells, wrong):
    data = figures_sent(as_owner, empty, **{"total_assets-2023": "5"}, **cells)

    answer = as_owner.post(url("application_section", empty, "indicators"), data)

    assert list(answer.context["form"].errors) == [wrong]
    assert 'value="5"' in answer.content.decode()
    assert not empty.indicators.exists()


def test_only_changed_cells_are_saved_so_a_colleagues_figures_stay(client, empty, owner):
    client.force_login(given.colleague_of(empty.organisation))
    mine = figures_sent(client, empty, **{"revenue-2023": "1"})
    actions.save_indicators(empty, by=owner, figures={("total_assets", 2023): (Decimal("7"), "")})

    client.post(url("application_section", empty, "indicators"), mine)

    assert set(empty.indicators.values_list("key", "value")) == {("revenue", Decimal(1)), ("total_assets", Decimal(7))}


def test_an_emptied_cell_is_cleared(as_owner, draft):
    as_owner.post(
        url("application_section", draft, "indicators"), figures_sent(as_owner, draft, **{"revenue-2023": ""})
    )

    assert draft.indicators.count() == len(INDICATORS) * 3 - 1


# --- files ----------------------------------------------------------------------------------------------


def test_a_file_is_added_under_its_line_and_can_be_removed(as_owner, empty):
    as_owner.post(url("application_section", empty, "documents"), {"kind": "licence", "file": given.upload("执照.pdf")})
    document = empty.documents.get()
    listed = as_owner.get(url("application_section", empty, "documents")).content.decode()
    as_owner.post(url("document_remove", empty, document.pk))

    document.refresh_from_db()
    assert "执照.pdf" in listed
    assert (document.kind, document.removed_at is not None) == ("licence", True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a", "“x.pdf”不通过：这里只收 PDF、JPEG 图片、PNG 图片（按内容判断，不看文件名），没有保存。"),
        (b"", "文件是空的"),
        (b"%PDF-1.7 broken", "没有保存"),
        (None, "请先选择文件"),
    ],
)
def test_a_bad_file_is_refused_at_its_line_and_nothing_is_kept(as_owner, empty, content, words):
    data = {"kind": "licence"} | ({} if content is None else {"file": given.upload("x.pdf", content)})

    answer = as_owner.post(url("application_section", empty, "documents"), data)

    upload = next(form for entry, _sample, form, _open in answer.context["entries"] if entry.line.key == "licence")
    assert words in str(upload.errors["file"])
    assert not empty.documents.exists()


def test_a_file_over_the_limit_is_refused_with_its_size(as_owner, empty, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    upload = given.upload("大.pdf", b"%PDF-" + b"0" * 1024 * 1024 * 3)

    page = as_owner.post(url("application_section", empty, "documents"), {"kind": "licence", "file": upload})

    assert "文件有 3.0 MB，超过 1 MB 的上限，没有保存" in page.content.decode()
    assert not empty.documents.exists()


# --- task list, check, submit ---------------------------------------------------------------------------


def test_the_task_list_says_how_far_each_part_is_and_who_was_last(as_owner, empty, owner):
    actions.save_answers(empty, by=owner, texts={"4.1.2": "有内容"})
    actions.save_answers(empty, by=owner, texts={"overview": "长" * 3001})

    tasks = {task.key: task for task in as_owner.get(empty.get_absolute_url()).context["tasks"]}

    assert (tasks["4.1"].state, tasks["4.1"].done, tasks["4.1"].total) == ("填写中", 1, 3)
    assert tasks["4.1"].edited_by == str(owner)
    assert tasks["profile"].state == "需要修改"
    assert tasks["documents"].state == "未开始"


def test_a_complete_draft_has_every_part_done(as_owner, draft):
    answer = as_owner.get(draft.get_absolute_url())

    assert {task.state for task in answer.context["tasks"]} == {"已完成"}
    assert answer.context["problems"] == []


def test_the_check_names_everything_missing_at_once_with_its_page(as_owner, empty):
    problems = as_owner.get(url("application_check", empty)).context["problems"]

    assert len(problems) == 9 + 3 + 23 + 5
    assert all(address for _text, address in problems)


def test_an_incomplete_draft_is_not_submitted_and_every_reason_is_shown(as_owner, empty):
    answer = as_owner.post(url("application_check", empty), {"agrees": "on"})

    assert "没有提交：有 40 处需要处理" in answer.content.decode()
    empty.refresh_from_db()
    assert (empty.state, empty.number) == (State.DRAFT, None)


def test_without_the_commitment_nothing_is_submitted(as_owner, draft):
    answer = as_owner.post(url("application_check", draft), {"submit": "1"})

    assert answer.context["form"].errors["agrees"] == ["请先勾选承诺，再提交。尚未提交。"]
    assert not Snapshot.objects.exists()


def test_submitting_leads_to_the_receipt_with_number_time_and_digest(as_owner, draft, owner):
    with clock.at(given.SPRING + timedelta(seconds=7)):
        answer = as_owner.post(url("application_check", draft), {"agrees": "on"}, follow=True)

    draft.refresh_from_db()
    page, snapshot = answer.content.decode(), draft.snapshots.get()
    assert answer.redirect_chain == [(url("application_receipt", draft), 302)]
    assert draft.number in page
    assert "2026-03-18 10:00:07" in page
    assert " ".join(snapshot.digest[n : n + 8] for n in range(0, 64, 8)) in page
    assert str(owner) in page


def test_submitting_again_from_a_second_tab_shows_the_same_receipt(as_owner, draft):
    address = url("application_check", draft)

    answers = [as_owner.post(address, {"agrees": "on"}) for _ in range(2)]

    assert [answer.url for answer in answers] == [url("application_receipt", draft)] * 2
    assert draft.snapshots.count() == 1


def test_submitting_after_the_close_says_the_clock_time_and_keeps_the_draft(as_owner, draft):
    with clock.at(given.CLOSES + timedelta(seconds=1)):
        page = as_owner.post(url("application_check", draft), {"agrees": "on"}).content.decode()

    assert "现在是北京时间 2026-04-30 18:00:01" in page
    draft.refresh_from_db()
    assert draft.state == State.DRAFT
    assert draft.answers.exists()


def test_a_returned_dossier_shows_the_points_and_the_last_day_and_can_be_handed_in_again(
    as_owner, submitted, secretary
):
    given.returned(submitted, by=secretary, points={"audit_reports": "审计报告缺 2023 年度"})

    page = as_owner.get(submitted.get_absolute_url()).content.decode()
    again = as_owner.post(url("application_check", submitted), {"agrees": "on"})

    submitted.refresh_from_db()
    assert "审计报告缺 2023 年度" in page
    assert "2026年3月25日" in page
    assert "逾期未补正的，视为放弃申报" in page
    assert again.url == url("application_receipt", submitted)
    assert [s.version for s in submitted.snapshots.all()] == [2, 1]


def test_a_refused_dossier_shows_reason_and_clause(as_owner, submitted, secretary):
    given.refused(submitted, by=secretary, reason="登记未满三年", basis="第八条")

    page = as_owner.get(submitted.get_absolute_url()).content.decode()

    assert "登记未满三年" in page
    assert "第八条" in page


# --- withdrawing ----------------------------------------------------------------------------------------


def test_withdrawing_asks_first_and_the_dossier_can_be_taken_up_again(as_owner, submitted):
    asked = as_owner.get(url("application_withdraw", submitted))
    as_owner.post(url("application_withdraw", submitted), {"reason": "补充材料"})
    submitted.refresh_from_db()
    withdrawn = submitted.state
    as_owner.post(url("application_reopen", submitted))
    submitted.refresh_from_db()

    assert asked.status_code == 200
    assert [withdrawn, submitted.state] == [State.WITHDRAWN, State.DRAFT]


def test_an_editor_may_not_withdraw(client, submitted):
    client.force_login(given.colleague_of(submitted.organisation))

    assert client.post(url("application_withdraw", submitted), {"reason": ""}).status_code == 403


def test_withdrawing_after_the_close_is_refused_in_words(as_owner, submitted):
    with clock.at(given.CLOSES):
        page = as_owner.post(url("application_withdraw", submitted), {"reason": "x"}).content.decode()

    assert "申报已截止，不能撤回" in page


# --- what must not be seen before its time --------------------------------------------------------------


def test_before_the_notice_every_admitted_application_looks_the_same(client, accepted, owner):
    client.force_login(owner)
    seen = {}
    for state in ("in_review", "shortlisted", "not_shortlisted", "proposed", "not_proposed"):
        Application.objects.filter(pk=accepted.pk).update(state=state)
        addresses = [
            reverse("desk"),
            accepted.get_absolute_url(),
            url("application_receipt", accepted),
            url("application_dossier", accepted),
            url("application_section", accepted, "profile"),
        ]
        seen[state] = [body(client.get(address).content.decode()) for address in addresses]

    assert all(pages == seen["in_review"] for pages in seen.values())
    assert "评审中" in "".join(seen["proposed"][1])


@pytest.mark.parametrize("state", ["shortlisted", "not_shortlisted", "proposed", "not_proposed"])
def test_acts_that_come_too_late_do_not_give_the_decision_away(as_owner, accepted, state):
    document = accepted.documents.first()
    texts = {"4.1.2": "改", "base-4.1.2": "1:0"}
    Application.objects.filter(pk=accepted.pk).update(state=state)
    posts = [
        (url("application_withdraw", accepted), {"reason": "x"}),
        (url("application_reopen", accepted), {}),
        (url("application_check", accepted), {"agrees": "on"}),
        (url("application_section", accepted, "4.1"), texts),
        (url("application_section", accepted, "indicators"), {"revenue-2023": "1", "initial-revenue-2023": "2"}),
        (url("application_section", accepted, "documents"), {"kind": "licence", "file": given.upload()}),
        (url("document_remove", accepted, document.pk), {}),
    ]

    pages = [as_owner.post(address, data, follow=True).content.decode() for address, data in posts]

    leaks = ["入围", "拟奖", "未获推荐", state]
    assert [[word for word in leaks if word in page] for page in pages] == [[]] * len(posts)


def test_after_the_notice_a_firm_left_out_is_told_so(client):
    season = given.walk_to("publicised", firms=2, quota="1", shortlist_per_place="1")
    left_out = season.application(State.NOT_SHORTLISTED)
    owner = given.owner_of(left_out.organisation)

    assert "未列入拟奖名单" in page_of(client, owner, left_out.get_absolute_url())


def test_the_timeline_of_a_winner_tells_dates_certificate_and_money_and_no_score(client):
    season = given.walk_to("certified", firms=1)
    application = season.applications[0]
    given.prepared_payment(season)

    page = page_of(client, given.owner_of(application.organisation), application.get_absolute_url())

    kinds = [step.kind for step in client.get(application.get_absolute_url()).context["steps"]]
    assert kinds == ["done"] * 6 + ["now"]
    assert "2026-07-14 至 2026-07-20" in page
    assert "办理中" in page
    assert [word for word in ("得分", "总分", "名次", "票", "专家") if word in page] == []


# --- certificate and files ------------------------------------------------------------------------------


def test_only_the_winner_and_the_office_download_the_certificate(client, stranger, secretary):
    season = given.walk_to("certified", firms=1)
    certificate = Certificate.objects.get()
    address = reverse("certificate_download", args=[certificate.pk])

    statuses = []
    for user in (stranger, given.owner_of(season.applications[0].organisation), secretary):
        client.force_login(user)
        statuses.append(client.get(address).status_code)

    assert statuses == [404, 200, 200]


def test_members_open_their_files_without_a_trace_and_staff_with_one(client, submitted, owner, secretary):
    document = submitted.documents.first()
    address = reverse("document_download", args=[document.pk])
    reads = AuditEvent.objects.filter(verb="read_dossier")

    client.force_login(owner)
    mine = client.get(address)
    before = reads.count()
    client.force_login(secretary)
    theirs = client.get(address)

    assert (mine.status_code, theirs.status_code) == (200, 200)
    assert hashlib.sha256(b"".join(mine.streaming_content)).hexdigest() == document.file.digest
    assert (before, reads.count()) == (0, 1)


def test_staff_and_strangers_do_not_open_what_was_never_handed_in(client, submitted, owner, secretary, stranger):
    submitted = given.returned(submitted, by=secretary, points={"evidence": "补一份"})
    upload = given.upload("新.pdf", given.pdf_bytes(2))
    later = actions.add_document(submitted, by=owner, kind="evidence", upload=upload)
    address = reverse("document_download", args=[later.pk])

    statuses = []
    for user in (owner, secretary, stranger):
        client.force_login(user)
        statuses.append(client.get(address).status_code)

    assert statuses == [200, 404, 404]


def test_the_dossier_shows_what_was_handed_in_although_the_draft_went_on(as_owner, submitted, owner, secretary):
    given.returned(submitted, by=secretary, points={"4.1.2": "补数据", "licence": "不清晰"})
    actions.save_answers(submitted, by=owner, texts={"4.1.2": "后来改的"})
    actions.remove_document(submitted.documents.first(), by=owner)

    page = as_owner.get(url("application_dossier", submitted)).content.decode()

    dossier = submitted_dossier(submitted)
    assert "后来改的" not in page
    assert len(dossier.documents) == 5
    assert all(document.id for document in dossier.documents)


def test_the_submitted_dossier_takes_one_query(submitted, django_assert_num_queries):
    application = Application.objects.select_related("edition__rubric").get(pk=submitted.pk)

    with django_assert_num_queries(1):
        dossier = submitted_dossier(application)

    assert [category.code for category in dossier.report] == ["4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7"]
    assert sum(category.points for category in dossier.report) == 1000
    assert (len(dossier.indicators), dossier.indicators[0].cells) == (20, ["12.50"] * 3)
