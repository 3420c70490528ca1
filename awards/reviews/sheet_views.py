"""The score sheet and what belongs to it: the dossier beside it, saving while scoring, the sheet as a workbook.

Pages of the office, so each takes the desk (the admin of `Assignment`) first.
"""

from functools import partial
from urllib.parse import quote

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from awards.rubric.queries import items_of
from awards.workflow import Refused, WrongState
from enterprises.credit.sandbox import read_workbook
from enterprises.files.checks import BadFile
from enterprises.files.views import picture, thumbnail
from foshan_quality.lib import clock
from foshan_quality.lib.sheets import XLSX
from foshan_quality.permissions import Permission

from . import actions, offline, sheet_actions
from .entries import WORDS, Entry, faults, meet, read, touched
from .models import Assignment
from .reading_actions import log_opening
from .reading_queries import copy_of, find, lengths, page_image, picture_of
from .sheet_forms import FilledInForm, posted, posted_version, sent
from .sheet_models import MarkVersion
from .sheet_queries import (
    bands,
    changed_since,
    entries_at,
    entries_of,
    groups,
    next_case,
    sheet_of,
    with_surroundings,
)

FILLED_IN = "filled-in score sheet"
READABLE = 3600  # seconds in which a file that was tried can be taken over
A = Assignment.State


def pages(desk):
    """The addresses of these pages, for the desk's own."""
    both = require_http_methods(["GET", "HEAD", "POST"])
    views = [
        ("sheet", "", both, sheet),
        ("save", "save/", require_POST, save),
        ("keys", "keys/", require_POST, keys),
        ("find", "find/", require_safe, search),
        ("paper", "papers/<int:paper>/<int:number>/", require_safe, paper_picture),
        ("thumbnail", "papers/<int:paper>/<int:number>/small/", require_safe, paper_thumbnail),
        ("offline", "offline/", both, offline_sheet),
        ("workbook", "offline/file/", require_safe, workbook),
    ]
    return [
        desk.page(f"<int:pk>/sheet/{path}", way(partial(view, desk)), name, cacheable=view is paper_thumbnail)
        for name, path, way, view in views
    ]


def url(assignment, name="sheet", *args):
    """The address of one of these pages."""
    return reverse(f"admin:awards_assignment_{name}", args=[assignment.pk, *args])


def _fetch(desk, request, pk):
    if not desk.has_view_permission(request):
        raise PermissionDenied
    along = [
        "application__edition__rubric",
        "application__edition__programme__honour_kind",
        "application__organisation",
        "expert",
    ]
    return get_object_or_404(with_surroundings(Assignment.objects.visible_to(request.user), request.user, along), pk=pk)


def _own(desk, request, pk):
    """One's own assignment whose dossier is open to one."""
    assignment = _fetch(desk, request, pk)
    if assignment.expert_id != request.user.pk or not assignment.may_read_dossier:
        raise PermissionDenied(Permission.REVIEW_SCORE)
    return assignment


def _items(assignment):
    return {item.code: item for item in items_of(assignment.application.edition.rubric)}


# --- the page -----------------------------------------------------------------------------------------


def sheet(desk, request, pk):
    """The score sheet: the expert's own to fill in; submitted, read-only for the expert and the secretariat."""
    assignment = _fetch(desk, request, pk)
    is_own = assignment.expert_id == request.user.pk
    if is_own and assignment.state == A.ASSIGNED:
        messages.warning(request, "请先声明有无利害关系，再打开评分表。")
        return redirect(desk.record_url(assignment))
    if is_own and assignment.state == A.SITTING:
        return _open_sheet(desk, request, assignment)
    if assignment.state != A.SUBMITTED:
        raise PermissionDenied(Permission.REVIEW_SCORE)
    if not is_own:
        actions.log_sheet_reading(assignment, by=request.user)
    row = sheet_of(assignment)
    shown = groups(assignment.application.edition.rubric, entries_of(row))
    context = _context(desk, request, assignment) | {"sheet": row, "groups": shown, "is_own": is_own}
    return TemplateResponse(request, "awards/reviews/sheet_read.html", context)


def _context(desk, request, assignment):
    """The office's frame without its menu, which leaves the width to the dossier and costs a tenth of the page."""
    return {
        "site_title": desk.admin_site.site_title,
        "site_header": desk.admin_site.site_header,
        "has_permission": True,
        "is_nav_sidebar_enabled": False,
        "title": "评分表",
        "assignment": assignment,
        "opts": desk.opts,
        "record_url": desk.record_url(assignment),
        "now": localtime(clock.now()),
    }


def _open_sheet(desk, request, assignment):
    row, copy = sheet_of(assignment), copy_of(assignment.application)
    entries, disputed, problems, version = entries_of(row), {}, [], row.version
    if request.method == "POST":
        based_on = posted_version(request.POST)
        base = entries if based_on == row.version else entries_at(row, based_on)
        given, problems = posted(request.POST, _items(assignment), base)
        if based_on == row.version:
            marks, entries = touched(given, entries), entries | given
            problems = problems or _saved(request, assignment, marks, based_on, copy)
            if not problems:
                onward = desk.act_url(assignment, "submit_sheet") if "submit" in request.POST else request.path
                return redirect(onward)
        else:
            met = meet(given, base, entries)
            entries, disputed = entries | met.shown, met.disputed
            problems = [*problems, _overtaken(disputed)]
    context = _context(desk, request, assignment) | _desk_context(request, assignment, copy)
    context |= _shown_sheet(assignment, entries, disputed, problems, copy) | {"version": version}
    return TemplateResponse(request, "awards/reviews/sheet.html", context, status=409 if problems else 200)


def _overtaken(disputed):
    where = f"其中 {'、'.join(disputed)} 两边都改过，请对照后决定。" if disputed else "两边改的不是同一项，已并在一起。"
    return f"这份评分表已在另一窗口修改，您刚才的评分没有保存，仍在页面上。{where}核对后再按一次“保存”。"


def _saved(request, assignment, marks, version, copy):
    """Save what was touched; every reason why it was not. Nothing typed is lost either way."""
    if not marks and "submit" in request.POST:
        return []
    if not marks:
        messages.info(request, "没有新的改动，评分表与已保存的一致。")
        return []
    try:
        actions.save_marks(assignment, by=request.user, marks=marks, version=version, papers=lengths(copy))
    except Refused as refusal:
        return refusal.problems
    except WrongState as late:
        return [str(late)]
    messages.success(request, f"已保存 {len(marks)} 项。")
    return []


def _shown_sheet(assignment, entries, disputed, problems, copy):
    by_code = {}
    for problem in problems:
        by_code.setdefault(getattr(problem, "where", ""), []).append(str(problem))
    rubric = assignment.application.edition.rubric
    shown = groups(rubric, entries, marks=copy and copy.marks, disputed=disputed, problems=by_code)
    rows = [row for group in shown for row in group.rows]
    return {
        "groups": shown,
        "problems": problems,
        "total": sum(group.score for group in shown),
        "marked": sum(row.score is not None for row in rows),
        "items": len(rows),
        "step": rubric.step,
    }


def _desk_context(request, assignment, copy):
    """What stands around the sheet: the paper that is open, the search, the next case, the switch."""
    settled = assignment.application.edition.settled
    words = request.GET.get("q", "")
    return {
        "copy": copy,
        "pane": _pane(request, copy),
        "q": words,
        "hits": find(copy, words) if words else None,
        "next_url": (following := next_case(assignment)) and reverse("admin:awards_assignment_sheet", args=[following]),
        "uses_keys": not assignment.is_without_keys,
        "is_frozen": assignment.is_frozen,
        "strengths_from": settled.get("strengths_from"),
        "improvements_to": settled.get("improvements_to"),
    }


def _pane(request, copy):
    """Which page of which paper is open: as asked in the address, else the first of the book."""
    if copy is None or not copy.papers:
        return None
    paper, page = _number(request, "paper", 0), _number(request, "page", 1)
    paper = paper if paper < len(copy.papers) else 0
    pages = copy.papers[paper]["pages"]
    page = max(1, min(page, pages))
    return {
        "number": paper,
        "page": page,
        "pages": pages,
        "paper": copy.papers[paper],
        "picture": picture_of(copy, paper, page) if pages else "",
        "before": page - 1,
        "after": page + 1,
    }


def _number(request, name, otherwise):
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise


# --- saving while scoring -----------------------------------------------------------------------------


def save(desk, request, pk):
    """Save what has changed since the last save. JSON in, JSON out; without marks it tells how things stand.

    In: `who` scores, the `version` the marks rest on, `marks` by item code. Out: `version`, exact scores and sums,
    `errors` of what could not be read; or with 409 `refused`, a sentence, and `theirs`, what another window saved.
    """
    assignment, told = _own(desk, request, pk), sent(request.body)
    if told is None:
        return JsonResponse({"refused": "页面送来的内容不完整，没有保存。请刷新页面后重试。"}, status=400)
    if told["who"] != request.user.pk:
        words = f"现在登录的是{request.user}，不是打开这一页的人。没有保存。请用原来的账号登录后重试。"
        return JsonResponse({"refused": words}, status=409)
    if assignment.state != A.SITTING:
        return JsonResponse({"refused": "这份评分表已经提交，不能再修改。刚才的评分没有保存。"}, status=409)
    if not told["marks"]:
        return JsonResponse(_standing(assignment, told["version"]))
    papers, items = lengths(copy_of(assignment.application)), _items(assignment)
    marks, errors = _readable(told["marks"], items, assignment.application.edition.rubric.step, papers)
    try:
        if marks:
            actions.save_marks(assignment, by=request.user, marks=marks, version=told["version"], papers=papers)
    except WrongState as late:
        return JsonResponse({"refused": str(late)}, status=409)
    except Refused as refusal:
        return JsonResponse({"refused": str(refusal)} | _standing(assignment, told["version"]), status=409)
    return JsonResponse(_standing(assignment, None) | {"errors": errors})


def _readable(marks, items, step, papers):
    """The entries that can be kept, and by item code why the others cannot."""
    entries, problems = {}, []
    for code, raw in marks.items():
        entries[code], wrong = read(code, raw)
        problems += wrong
    problems += faults(entries, items, step, papers)
    errors = {}
    for problem in problems:
        errors.setdefault(problem.where, []).append(problem.text)
    return {code: entry for code, entry in entries.items() if code not in errors}, errors


def _standing(assignment, version):
    """Version, exact scores and sums of the sheet; what changed since `version`; whether scoring is frozen."""
    row = sheet_of(assignment)
    shown = groups(assignment.application.edition.rubric, entries_of(row))
    scores = {line.item.code: line.score for group in shown for line in group.rows}
    theirs = changed_since(row, version) if version is not None and version != row.version else {}
    return {
        "version": row.version,
        "scores": {code: score and str(score) for code, score in scores.items()},
        "sums": {group.category.code: str(group.score) for group in shown},
        "total": str(sum(group.score for group in shown)),
        "theirs": {code: {name: _said(entry, name) for name in WORDS} for code, entry in theirs.items()},
        "frozen": "本届评分已由秘书处暂停，暂时不能保存。已填的内容仍在页面上。" if assignment.is_frozen else "",
        "saved_at": f"{localtime(clock.now()):%H:%M}",
    }


def _said(entry, name):
    value = getattr(entry, name)
    return "" if value is None else str(value)


def keys(desk, request, pk):
    """Switch single keys on or off for oneself."""
    assignment = _own(desk, request, pk)
    sheet_actions.choose_keys(request.user, by=request.user, uses_keys=request.POST.get("uses_keys") == "yes")
    return redirect(url(assignment))


# --- the dossier beside it ----------------------------------------------------------------------------


def paper_picture(desk, request, pk, paper, number):
    """One page of the dossier with the expert's name over it; the first of a document within the hour is logged."""
    assignment = _own(desk, request, pk)
    copy = copy_of(assignment.application)
    image = page_image(copy, paper, number)
    log_opening(assignment, copy.papers[paper], by=request.user)
    return picture(image, marked_for=request.user)


def paper_thumbnail(desk, request, pk, paper, number):
    """One page, too small to be read."""
    assignment = _own(desk, request, pk)
    return thumbnail(page_image(copy_of(assignment.application), paper, number))


def search(desk, request, pk):
    """Where words stand in the dossier, as JSON, for the page's script; without it the sheet's page lists them."""
    assignment = _own(desk, request, pk)
    return JsonResponse({"hits": find(copy_of(assignment.application), request.GET.get("q", ""))})


# --- the sheet as a workbook --------------------------------------------------------------------------


def sealed(assignment, row):
    """Which sheet a workbook of it would say it is."""
    edition = assignment.application.edition
    return offline.Sheet(
        case=assignment.application.number,
        assignment=assignment.pk,
        expert=assignment.expert_id,
        phase=row.phase,
        version=row.version,
        rubric=edition.rubric.code,
        items=tuple((item.code, item.title, item.points) for item in items_of(edition.rubric)),
    )


def _own_open(desk, request, pk):
    assignment = _own(desk, request, pk)
    if assignment.state != A.SITTING:
        raise PermissionDenied(Permission.REVIEW_SCORE)
    return assignment


def workbook(desk, request, pk):
    """The sheet as it stands as an .xlsx file, to be filled in without a network."""
    assignment = _own_open(desk, request, pk)
    row, case, edition = sheet_of(assignment), assignment.application, assignment.application.edition
    kinds = {item.category.kind: item.category.get_kind_display() for item in items_of(edition.rubric)}
    meaning = [(word, band, words) for kind, word in kinds.items() for band, words in bands(edition.rubric, kind)]
    notes = [
        f"{edition}　评分表",
        f"申报编号 {case.number}　{case.organisation.name}　评审专家 {assignment.expert}",
        f"第 {row.version} 版　{localtime(clock.now()):%Y-%m-%d %H:%M} 下载。填好后在评分页上传，先试算再读入。",
        f"只填浅黄色的四列。百分比填 0—100 的整数，每档 {edition.rubric.step}%。",
        "证据页写成 12（申报书第 12 页）或 附3:2（第 3 份证明材料第 2 页），用顿号分开。",
    ]
    content = offline.workbook(sealed(assignment, row), entries_of(row), meaning, notes)
    response = HttpResponse(content, content_type=XLSX)
    name = f"评分表 {assignment.application.number} 第{row.version}版.xlsx"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response


def offline_sheet(desk, request, pk):
    """A filled-in workbook: first what it would change and what is refused, then taken over as one act."""
    assignment = _own_open(desk, request, pk)
    row = sheet_of(assignment)
    context = _context(desk, request, assignment) | {
        "title": "离线评分表",
        "form": FilledInForm(),
        "version": row.version,
    }
    if request.method == "POST" and "take" in request.POST:
        return _take(desk, request, assignment, context)
    if request.method == "POST":
        context["form"] = form = FilledInForm(request.POST, request.FILES)
        if form.is_valid():
            context |= _tried(assignment, row, form.cleaned_data["file"])
    status = 409 if context.get("problems") or context["form"].errors else 200
    return TemplateResponse(request, "awards/reviews/offline.html", context, status=status)


def _tried(assignment, row, upload):
    try:
        cells, digest = read_workbook(upload, keeps_lines=True)
    except BadFile as bad:
        return {"problems": [str(bad)]}
    entries, problems = offline.filled_in(cells, sealed(assignment, row))
    stored = entries_of(row)
    papers, step = lengths(copy_of(assignment.application)), assignment.application.edition.rubric.step
    problems += faults(touched(entries, stored), _items(assignment), step, papers)
    if problems:
        return {"problems": problems}
    marks = touched(entries, stored)
    kept = {
        code: [entry.percentage, entry.strengths, entry.improvements, entry.evidence] for code, entry in marks.items()
    }
    told = {"assignment": assignment.pk, "version": row.version, "marks": kept, "file": digest}
    return {
        "changes": [change for code in marks for change in _changes(code, stored.get(code, Entry()), marks[code])],
        "marks": len(marks),
        "parcel": signing.dumps(told, salt=FILLED_IN, compress=True),
    }


def _changes(code, old, new):
    return [
        (code, words, _said(old, name), _said(new, name))
        for name, words in WORDS.items()
        if getattr(old, name) != getattr(new, name)
    ]


def _take(desk, request, assignment, context):
    try:
        told = signing.loads(request.POST["take"], salt=FILLED_IN, max_age=READABLE)
        if told["assignment"] != assignment.pk:
            raise Http404
        actions.save_marks(
            assignment,
            by=request.user,
            marks={code: tuple(values) for code, values in told["marks"].items()},
            version=told["version"],
            source=MarkVersion.Source.FILE,
        )
    except signing.BadSignature:
        problems = ["试算结果已失效，没有改动评分。请重新上传文件。"]
    except (Refused, WrongState) as refusal:
        problems = getattr(refusal, "problems", [str(refusal)])
    else:
        messages.success(request, f"已从离线评分表读入 {len(told['marks'])} 项。")
        return redirect(url(assignment))
    return TemplateResponse(request, "awards/reviews/offline.html", context | {"problems": problems}, status=409)
