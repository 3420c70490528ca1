"""The pages on which the dossier is filled in, one section each."""

from itertools import groupby

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from awards.rubric.queries import items_of
from awards.workflow import Refused, WrongState
from enterprises.notifications.frame import page
from foshan_quality.lib import clock
from foshan_quality.lib.forms import add_problems

from . import actions
from .forms import FiguresForm, TextsForm, TextSpec, UploadForm
from .queries import years_of
from .sections import DOCUMENTS, PROFILE, REPORT_LIMIT
from .views import moved_on, own, rights

REPORT_ROWS = 12


def application_section(request, pk, key):
    """One section of the form: texts, figures or files."""
    mine = own(request, pk)
    items = items_of(mine.edition.rubric)
    categories = [(category, list(group)) for category, group in groupby(items, key=lambda item: item.category)]
    sections = [
        ("profile", "单位信息"),
        ("indicators", "经营数据"),
        *((category.code, str(category)) for category, _items in categories),
        ("documents", "证明材料"),
    ]
    if key not in dict(sections):
        raise Http404
    context = rights(request, mine) | {"sections": sections, "key": key, "heading": dict(sections)[key]}
    if key == "indicators":
        return _figures(request, mine, context)
    if key == "documents":
        return _documents(request, mine, context)
    if key == "profile":
        return _profile(request, mine, context)
    category, group = next((c, group) for c, group in categories if c.code == key)
    return _report(
        request, mine, context | {"category": category, "bands": _bands(mine.edition.rubric, category)}, group
    )


def _bands(rubric, category):
    return rubric.band_descriptions.get(category.kind, {})


# --- texts --------------------------------------------------------------------------------------------


def _profile(request, application, context):
    specs = [TextSpec(f.key, f.label, f.hint, f.rows, f.limit if f.rows > 1 else 0, not f.is_required) for f in PROFILE]
    user = request.user
    known = {"contact_name": user.name, "contact_phone": user.phone, "contact_email": user.email}
    return _texts(request, application, context, specs, known if context["may_edit"] else {})


def _report(request, application, context, items):
    specs = [TextSpec(i.code, str(i), rows=REPORT_ROWS, points=i.points) for i in items]
    lengths = [len(text) for text in _report_texts(application)]
    return _texts(request, application, context | {"report_length": sum(lengths), "report_limit": REPORT_LIMIT}, specs)


def _report_texts(application):
    codes = [item.code for item in items_of(application.edition.rubric)]
    return application.answers.filter(key__in=codes).values_list("text", flat=True)


def _answers(application, specs):
    keys = [spec.key for spec in specs]
    return {row.key: row for row in application.answers.filter(key__in=keys).select_related("updated_by")}


def _texts(request, application, context, specs, known=None):
    form = TextsForm(request.POST or None, specs=specs, answers=_answers(application, specs), known=known)
    if request.method == "POST" and form.is_valid():
        texts, versions = form.changes()
        try:
            actions.save_answers(application, by=request.user, texts=texts, versions=versions)
        except Refused as refusal:
            form.show_conflicts(refusal.problems, _answers(application, specs))
            add_problems(form, [p for p in refusal.problems if p.where not in form.theirs])
        except WrongState:
            form.add_error(None, _frozen(application))
        else:
            return _saved(request, context)
    return page(request, "awards/applications/section_texts.html", context | {"form": form})


# --- figures ------------------------------------------------------------------------------------------


def _figures(request, application, context):
    years = years_of(application.edition)
    saved = {(row.key, row.year): row for row in application.indicators.all()}
    form = FiguresForm(request.POST or None, years=years, saved=saved)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_indicators(application, by=request.user, figures=form.figures)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        except WrongState:
            form.add_error(None, _frozen(application))
        else:
            return _saved(request, context)
    context |= {"form": form, "years": years}
    return page(request, "awards/applications/section_figures.html", context)


# --- files --------------------------------------------------------------------------------------------


def _documents(request, application, context):
    kind = next((line for line in DOCUMENTS if line.key == request.POST.get("kind")), None)
    form = UploadForm(request.POST, request.FILES, kind=kind) if kind else None
    if form and form.is_valid():
        try:
            document = actions.add_document(
                application, by=request.user, kind=kind.key, upload=form.cleaned_data["file"]
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        except WrongState:
            form.add_error("file", _frozen(application))
        else:
            messages.success(request, f"已上传“{document.file.name}”，{document.file.pages} 页。")
            return redirect("application_section", application.pk, "documents")
    papers = list(application.documents.filter(removed_at=None).select_related("file__uploaded_by"))
    lines = [
        (line, [p for p in papers if p.kind == line.key], form if line is kind else UploadForm(kind=line))
        for line in DOCUMENTS
    ]
    return page(request, "awards/applications/section_documents.html", context | {"lines": lines, "form": form})


@require_POST
def document_remove(request, pk, document_pk):
    """Take one file off the list."""
    mine = own(request, pk)
    document = get_object_or_404(mine.documents.select_related("file"), pk=document_pk)
    try:
        actions.remove_document(document, by=request.user)
    except WrongState:
        messages.error(request, moved_on(mine))
    else:
        messages.success(request, f"已移除“{document.file.name}”。")
    return redirect("application_section", pk, "documents")


# --- after saving -------------------------------------------------------------------------------------


def _frozen(application):
    return f"{moved_on(application)}您刚才的修改没有保存，仍在页面上，需要时请先复制。"


def _saved(request, context):
    messages.success(request, f"已保存 {localtime(clock.now()):%H:%M:%S}。")
    pk, key = context["application"].pk, context["key"]
    if "onward" not in request.POST:
        return redirect("application_section", pk, key)
    keys = [section for section, _name in context["sections"]]
    following = keys[keys.index(key) + 1 :]
    return redirect("application_section", pk, following[0]) if following else redirect("application_check", pk)
