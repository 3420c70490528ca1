"""The papers of a dossier: the edition's own catalogue, the order of files, taking off and putting back, reading."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from awards.applications import actions as applying
from awards.applications import paper_actions
from awards.applications.dossier import frozen, problems
from awards.applications.queries import dossier_of, volume_of
from awards.applications.tasks import draw_printout
from awards.models import Application, CatalogueLine, Condition
from awards.programmes import actions as calling
from awards.programmes.catalogue import DocumentKind, default_catalogue
from awards.programmes.queries import catalogue_of, samples_of
from enterprises.files.tasks import draw_pages
from enterprises.models import AuditEvent, PageImage, PageSet
from foshan_quality.lib import clock
from tests import given
from tests.enterprises.files import corpus
from tests.kept import kept
from tests.steps import no_trace, refused, refused_by


def add(draft, owner, name, kind="evidence", content=None):
    return applying.add_document(draft, by=owner, kind=kind, upload=given.upload(name, content))


@pytest.fixture
@kept
def three(draft, owner):
    return [add(draft, owner, f"{name}.pdf", content=given.pdf_bytes(n)) for n, name in enumerate("甲乙丙", 1)]


def names(draft, kind="evidence"):
    entry = next(entry for entry in volume_of(draft) if entry.line.key == kind)
    return [(paper.document.file.name, paper.first, paper.last) for paper in entry.papers]


def section(draft):
    return reverse("application_section", args=[draft.pk, "documents"])


# --- the catalogue ------------------------------------------------------------------------------------


def test_an_edition_starts_with_the_default_catalogue_and_keeps_its_own(db, secretary):
    first, second = given.prepared_edition(by=secretary), given.prepared_edition(by=secretary)

    calling.set_document_line(
        first, by=secretary, key="licence", label="营业执照副本", formats="jpeg", max_megabytes=5, max_pages=1
    )
    calling.drop_document_line(first, by=secretary, key="evidence")
    calling.set_document_line(first, by=secretary, key="plan", label="质量提升计划", max_megabytes=5, max_pages=9)

    changed = catalogue_of(first)
    assert catalogue_of(second) == default_catalogue()
    assert [line.label for line in changed][:1] + [line.key for line in changed][-1:] == ["营业执照副本", "plan"]
    assert "evidence" not in [line.key for line in changed]
    assert [e.verb for e in AuditEvent.objects.order_by("-pk")[:3]] == [
        "set_document_line",
        "drop_document_line",
        "set_document_line",
    ]


def test_the_catalogue_is_frozen_with_the_call(db, secretary):
    edition = given.published_edition(by=secretary)
    line = {"key": "licence", "label": "改", "max_megabytes": 1, "max_pages": 1}

    with refused("公告发布后材料清单和申报条件已冻结，不能修改。没有保存。"):
        calling.set_document_line(edition, by=secretary, **line)
    with refused("公告发布后材料清单和申报条件已冻结，不能修改。没有保存。"):
        calling.drop_document_line(edition, by=secretary, key="licence")

    assert catalogue_of(edition) == default_catalogue()


def test_a_line_nobody_could_follow_is_refused_with_every_fault(db, secretary):
    edition = given.prepared_edition(by=secretary)

    with refused("line", "line", "line", "line", untouched=[edition]):
        calling.set_document_line(
            edition, by=secretary, key="x", label=" ", formats="exe", max_megabytes=0, max_pages=5000
        )


def test_a_dossier_is_judged_by_the_catalogue_of_its_edition(draft):
    content = dossier_of(draft)
    more = DocumentKind("plan", "质量提升计划")

    assert problems(content, given.SPRING.date()) == []
    assert [p.text for p in problems(replace(content, catalogue=(more,)), given.SPRING.date())] == [
        "还没有上传“质量提升计划”。"
    ]


def test_each_line_takes_its_own_kinds_sizes_and_pages(draft, owner):
    CatalogueLine.objects.filter(edition=draft.edition, key="evidence").update(max_pages=2, formats="pdf,png")
    draft = Application.objects.get(pk=draft.pk)

    with refused("file", untouched=[draft]):
        add(draft, owner, "长.pdf", content=given.pdf_bytes(3))
    with refused("file", untouched=[draft]):
        add(draft, owner, "照片.jpg", content=corpus.drawn_picture("JPEG"))
    kept = add(draft, owner, "照片.png", content=corpus.drawn_picture("PNG"))

    assert (kept.file.name, kept.file.content_type, kept.file.pages) == ("照片.png", "image/png", 1)


def test_a_line_for_one_file_takes_no_second(draft, owner):
    with refused("full", untouched=[draft]):
        add(draft, owner, "又一份.pdf", kind="credit_report")


def test_the_database_refuses_lines_and_conditions_that_make_no_sense(db, secretary):
    edition = given.prepared_edition(by=secretary)
    line = edition.catalogue.first()

    with refused_by("one_catalogue_line_per_key"):
        CatalogueLine.objects.create(edition=edition, key=line.key, label="x", max_megabytes=1, max_pages=1)
    with refused_by("catalogue_limits_are_positive"):
        edition.catalogue.update(max_pages=0)
    with refused_by("one_condition_per_key"):
        Condition.objects.create(edition=edition, key=edition.conditions.first().key, question="x", document="x")
    with refused_by("condition_has_its_basis"):
        edition.conditions.update(document="")


# --- order, taking off, putting back -------------------------------------------------------------------


def test_files_are_numbered_through_and_moved_by_one_place(draft, owner, three):
    before = names(draft)
    applying.move_document(three[2], by=owner, up=True)
    applying.move_document(three[0], by=owner, up=False)

    assert before == [("甲.pdf", 6, 6), ("乙.pdf", 7, 8), ("丙.pdf", 9, 11)]
    assert names(draft) == [("丙.pdf", 6, 8), ("甲.pdf", 9, 9), ("乙.pdf", 10, 11)]
    assert AuditEvent.objects.filter(verb="move_document").count() == 2


def test_at_the_end_of_the_line_a_move_does_nothing(draft, owner, three):
    with no_trace(draft, *three):
        applying.move_document(three[0], by=owner, up=True)
        applying.move_document(three[2], by=owner, up=False)


def test_a_file_added_after_a_move_comes_last(draft, owner, three):
    applying.move_document(three[2], by=owner, up=True)

    add(draft, owner, "丁.pdf")

    assert [name for name, _first, _last in names(draft)] == ["甲.pdf", "丙.pdf", "乙.pdf", "丁.pdf"]


def test_a_removed_file_comes_back_to_its_place_once(draft, owner, three):
    applying.remove_document(three[1], by=owner)
    without = names(draft)
    applying.restore_document(three[1], by=owner)
    with no_trace(draft, three[1]):
        applying.restore_document(three[1], by=owner)

    assert [name for name, _first, _last in without] == ["甲.pdf", "丙.pdf"]
    assert [name for name, _first, _last in names(draft)] == ["甲.pdf", "乙.pdf", "丙.pdf"]


def test_a_removed_file_does_not_come_back_where_another_has_taken_its_place(draft, owner):
    old = draft.documents.get(kind="credit_report")
    applying.remove_document(old, by=owner)
    add(draft, owner, "新.pdf", kind="credit_report")

    with refused("full", untouched=[draft, old]):
        applying.restore_document(old, by=owner)


def test_the_digest_of_a_dossier_nobody_reordered_is_what_it_always_was(draft):
    """Documents without a place of their own stand in the order of upload, as before there was an order."""
    content = dossier_of(draft)
    by_upload = tuple(sorted(content.papers, key=lambda paper: paper.pk))

    assert frozen(content) == frozen(replace(content, papers=by_upload))


def test_the_order_of_files_is_part_of_what_is_handed_in(draft, owner, three):
    before = frozen(dossier_of(draft))[1]
    applying.move_document(three[2], by=owner, up=True)

    assert frozen(dossier_of(draft))[1] != before


# --- the pages ----------------------------------------------------------------------------------------


def test_several_files_go_up_at_once_and_a_bad_one_holds_up_no_other(client, draft, owner):
    client.force_login(owner)
    files = [given.upload("甲.pdf"), given.upload("乙.pdf", b"MZ"), given.upload("丙.pdf", given.pdf_bytes(2))]

    page = client.post(section(draft), {"kind": "evidence", "file": files}).content.decode()

    assert [name for name, _first, _last in names(draft)] == ["甲.pdf", "丙.pdf"]
    assert "“乙.pdf”不通过：这里只收 PDF" in page
    assert "已上传“丙.pdf”，2 页，检查通过。" in page


def test_eleven_files_at_once_are_too_many(client, draft, owner):
    client.force_login(owner)
    files = [given.upload(f"{n}.pdf") for n in range(11)]

    page = client.post(section(draft), {"kind": "evidence", "file": files}).content.decode()

    assert "一次最多选 10 个文件，没有保存。请分几次上传。" in page
    assert names(draft) == []


def test_files_are_moved_removed_and_restored_with_buttons_alone(client, draft, owner, three):
    client.force_login(owner)

    def press(route, document, **data):
        return client.post(reverse(route, args=[draft.pk, document.pk]), data, follow=True).content.decode()

    moved = press("document_move", three[0], to="down")
    removed = press("document_remove", three[1])
    restored = press("document_restore", three[1])

    assert "已下移“甲.pdf”。" in moved
    assert "已移除的文件（1）" in removed
    assert "已恢复“乙.pdf”。" in restored
    assert [name for name, _first, _last in names(draft)] == ["乙.pdf", "甲.pdf", "丙.pdf"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_with_one_file_and_with_three(client, draft, owner, count, django_assert_num_queries):
    for n in range(count):
        add(draft, owner, f"{n}.pdf")
    client.force_login(owner)
    client.get(section(draft))

    with django_assert_num_queries(7):
        client.get(section(draft))


# --- forms to fill in -----------------------------------------------------------------------------------


@pytest.fixture
@kept
def preparing(secretary):
    return given.prepared_edition(by=secretary)


def published(edition, by):
    with clock.at(given.OPENS):
        return calling.publish(edition, by=by, approval_number="佛评办〔2026〕1号", approved_on=clock.today())


def test_a_form_given_to_a_line_is_downloaded_on_the_documents_page(client, preparing, secretary):
    form = given.upload("质量提升计划.docx", corpus.office(main=corpus.word_with("填写")))
    calling.set_sample_form(preparing, by=secretary, key="licence", upload=form)
    edition = published(preparing, secretary)
    with clock.at(given.OPENS):
        edition = calling.open_call(edition, by=secretary)
    draft = given.empty_draft(edition, given.organisation())
    client.force_login(given.owner_of(draft.organisation))

    page, address = client.get(section(draft)), reverse("sample_form", args=[draft.pk, "licence"])
    answer = client.get(address)

    assert page.content.decode().count(f'href="{address}"') == 1
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(reverse("sample_form", args=[draft.pk, "audit_reports"])).status_code == 404
    log = AuditEvent.objects.get(verb="set_sample_form")
    assert (log.before, log.after) == ("", "质量提升计划.docx")


def test_a_form_is_taken_away_again(preparing, secretary):
    calling.set_sample_form(preparing, by=secretary, key="licence", upload=given.upload("样表.pdf"))

    calling.drop_sample_form(preparing, by=secretary, key="licence")

    assert samples_of(preparing) == {}


@pytest.mark.parametrize(
    ("code", "key", "content"), [("file", "licence", b"MZ" * 20), ("line", "nothing", given.pdf_bytes())]
)
def test_a_form_that_is_no_paper_or_for_no_line_is_refused(preparing, secretary, code, key, content):
    with refused(code, untouched=[preparing]):
        calling.set_sample_form(preparing, by=secretary, key=key, upload=given.upload("样表.pdf", content))


def test_forms_are_frozen_with_the_call_and_given_by_the_secretariat_alone(preparing, secretary, owner):
    with pytest.raises(PermissionDenied):
        calling.set_sample_form(preparing, by=owner, key="licence", upload=given.upload("样表.pdf"))
    published(preparing, secretary)
    with refused("公告发布后材料清单和申报条件已冻结，不能修改。没有保存。", untouched=[preparing]):
        calling.set_sample_form(preparing, by=secretary, key="licence", upload=given.upload("样表.pdf"))


# --- page by page ---------------------------------------------------------------------------------------


@pytest.fixture
def paper(submitted):
    """A handed-in file whose pages are drawn."""
    document = submitted.documents.get(kind="licence")
    draw_pages(document.file.page_set.pk)
    return document


def picture_of(paper, number=1):
    return reverse("document_picture", args=[paper.pk, number])


def test_a_new_file_waits_for_its_page_pictures(draft):
    assert draft.documents.first().file.page_set.state == "queued"


def test_a_reader_turns_the_pages_without_opening_the_file(client, paper, owner):
    client.force_login(owner)

    page = client.get(reverse("document_pages", args=[paper.pk, 1])).content.decode()
    picture = client.get(picture_of(paper))

    assert f'src="{picture_of(paper)}"' in page
    assert (picture["Content-Type"], picture["Cache-Control"]) == ("image/webp", "private, no-store")
    assert b"".join(picture.streaming_content)[8:12] == b"WEBP"
    assert client.get(reverse("document_pages", args=[paper.pk, 2])).status_code == 404


def test_staff_turn_the_pages_of_a_word_file_from_the_dossier(client, draft, owner, secretary):
    CatalogueLine.objects.filter(edition=draft.edition, key="evidence").update(formats="docx")
    word = given.upload("成果.docx", corpus.office(main=corpus.word_with("质量管理成果")))
    document = applying.add_document(draft, by=owner, kind="evidence", upload=word)
    given.submitted(draft)
    draw_pages(document.file.page_set.pk)
    client.force_login(secretary)

    pages = reverse("document_pages", args=[document.pk, 1])
    dossier = client.get(f"/office/awards/application/{draft.pk}/change/").content.decode()
    page = client.get(pages).content.decode()

    assert f'href="{pages}"' in dossier
    assert "阅读副本" in page
    assert f'src="{picture_of(document)}"' in page


def test_members_turn_pages_without_a_trace_and_staff_with_one_a_page(client, paper, owner, secretary, stranger):
    reads = AuditEvent.objects.filter(verb="read_dossier", note="营业执照.pdf 第 1 页")

    statuses, seen = [], []
    for user in (owner, secretary, stranger):
        client.force_login(user)
        statuses.append(client.get(picture_of(paper)).status_code)
        seen.append(reads.count())

    assert (statuses, seen) == ([200, 200, 404], [0, 1, 1])


def test_what_was_never_handed_in_is_not_shown_page_by_page_either(client, draft, owner, secretary):
    document = draft.documents.first()
    draw_pages(document.file.page_set.pk)
    client.force_login(secretary)

    assert client.get(reverse("document_pages", args=[document.pk, 1])).status_code == 404
    assert client.get(picture_of(document)).status_code == 404
    assert PageImage.objects.count() == 1


def test_a_sitting_expert_reads_page_by_page(client, accepted, secretary):
    document = accepted.documents.get(kind="licence")
    draw_pages(document.file.page_set.pk)
    expert = given.expert()
    with clock.at(given.SPRING):
        given.reviewing.set_panel(accepted, by=secretary, experts=[expert, given.expert(), given.expert()], head=expert)
        seat = accepted.assignments.get(expert=expert)
        given.reviewing.declare_free(seat, by=expert)
    client.force_login(expert)

    assert client.get(picture_of(document)).status_code == 200


def test_an_expert_reads_pictures_and_downloads_no_original_and_is_told_whom_to_ask(client, accepted, secretary):
    document, expert = accepted.documents.get(kind="licence"), given.expert()
    scan = accepted.stamped_scans.create(digest=accepted.snapshots.get().digest, file=document.file)
    book = paper_actions.request_book(accepted, by=given.owner_of(accepted.organisation))
    draw_printout(book.pk)
    given.reviewing.set_panel(accepted, by=secretary, experts=[expert, given.expert(), given.expert()], head=expert)
    given.reviewing.declare_free(seat := accepted.assignments.get(expert=expert), by=expert)
    originals = [("document_download", document.pk), ("scan_download", scan.pk), ("printout_download", book.pk)]

    def statuses(person):
        client.force_login(person)
        return [client.get(reverse(route, args=[pk])).status_code for route, pk in originals]

    assert (statuses(secretary), statuses(expert)) == ([200] * 3, [403] * 3)
    PageSet.objects.filter(file=document.file).update(state="parked", problem="页图没有生成成功，请下载文件查看。")
    page = client.get(reverse("document_pages", args=[document.pk, 1])).content.decode()
    desk = client.get(f"/office/awards/assignment/{seat.pk}/change/").content.decode()
    assert "专家只逐页阅读，不下载原件；请把文件名和页码告诉秘书处" in page
    assert "下载文件" not in page
    assert f'href="{reverse("document_pages", args=[document.pk, 1])}"' in desk
    assert [f'href="{reverse(route, args=[pk])}"' in desk + page for route, pk in originals] == [False] * 3


def test_a_missing_picture_is_queued_again_by_the_secretariat_alone(client, paper, owner, secretary):
    PageSet.objects.filter(file=paper.file).update(state="parked", drawn_at=None, problem="页图没有生成成功。")
    page, answers = reverse("document_pages", args=[paper.pk, 1]), []
    for user in (owner, secretary, secretary):
        client.force_login(user)
        answers.append((client.post(page, follow=True).status_code, PageSet.objects.get(file=paper.file).state))

    shown = client.get(page).content.decode()

    assert answers == [(403, "parked"), (200, "queued"), (200, "queued")]
    assert AuditEvent.objects.filter(verb="draw_pages_again", note="营业执照.pdf").count() == 1
    assert "重新生成缺的页图" not in shown


def test_pages_that_are_all_there_are_not_drawn_again(paper, secretary):
    with refused("页图都已生成，没有缺页。没有改动任何内容。", untouched=[paper.file.page_set]):
        paper_actions.draw_pages_again(paper, by=secretary)


def test_a_file_that_is_only_an_image_of_a_program_never_gets_a_row(draft, owner):
    upload = SimpleUploadedFile("x.png", b"MZ" * 20)

    with refused("file", untouched=[draft]):
        applying.add_document(draft, by=owner, kind="evidence", upload=upload)
