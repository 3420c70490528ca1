"""The pages on which the dossier is filled in, one section each."""

from dataclasses import replace
from functools import partial
from itertools import groupby
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from awards.programmes.queries import catalogue_of, samples_of
from awards.rubric.guidance import guidance_of
from awards.rubric.queries import items_of
from awards.workflow import Refused, WrongState
from enterprises.files.checks import shown_name
from enterprises.files.views import download
from enterprises.notifications.frame import page
from enterprises.organisations.models import CONTACT
from foshan_quality.lib import clock
from foshan_quality.lib.forms import add_problems
from foshan_quality.lib.ready import Ready

from . import actions, markup
from .counting import RULE, count
from .forms import FiguresForm, TextsForm, TextSpec, UploadForm, openness
from .hints import hints
from .models import Answer
from .points import ReopenedPictures
from .presence import others_at_work
from .queries import drawn_item, earlier_answers, pictures_open, volume_of, years_of
from .sections import PROFILE, REPORT_LIMIT
from .views import moved_on, own, rights

REPORT_ROWS = 12
ANSWERS = Ready(
    lambda application, keys: Answer.objects.filter(application=application, key__among=keys).select_related(
        "updated_by", "carried_from"
    )
)


def application_section(request, pk, key):
    """One section of the form: texts, figures or files."""
    mine = own(request, pk)
    items = items_of(mine.edition.rubric)
    categories = [category for category, _items in groupby(items, key=lambda item: item.category)]
    sections = [
        ("profile", "单位信息"),
        ("indicators", "经营数据"),
        *((category.code, str(category)) for category in categories),
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
    category = next(category for category in categories if category.code == key)
    return _texts(request, mine, context | {"category": category, "bands": _bands(mine.edition.rubric, category)})


def _bands(rubric, category):
    return rubric.band_descriptions.get(category.kind, {})


# --- texts --------------------------------------------------------------------------------------------


def text_specs(application, key):
    """The texts of a section, in order; none for other sections."""
    if key == "profile":
        return [TextSpec(f.key, f.label, f.hint, f.rows, f.limit * (f.rows > 1), not f.is_required) for f in PROFILE]
    items = [item for item in items_of(application.edition.rubric) if item.category.code == key]
    guide = guidance_of(application.edition.rubric.code)["items"]
    return [TextSpec(i.code, str(i), rows=REPORT_ROWS, points=i.points, guide=guide.get(i.code, ())) for i in items]


def report_length(application):
    """How long the self-report is as saved, all items together."""
    codes = [item.code for item in items_of(application.edition.rubric)]
    return sum(count(text) for text in application.answers.filter(key__in=codes).values_list("text", flat=True))


def answers_of(application, specs):
    """The saved texts, by key, each with who saved it."""
    return {row.key: row for row in ANSWERS.all(application.pk, [spec.key for spec in specs])}


def at_work(request, rows):
    """Who else saved one of these texts or figures in the last minutes, in one sentence. No query."""
    return others_at_work(((row.updated_by, row.updated_at) for row in rows), request.user, clock.now())


def save_what_agrees(save, wanted):
    """Save what nobody else has changed meanwhile. Returns the refused problems, by the key they are about."""
    refused = {}
    while wanted:
        try:
            save(wanted)
        except Refused as refusal:
            found = {p.where: p for p in refusal.problems if p.where in wanted}
            if not found:
                raise
            refused |= found
            wanted = {key: value for key, value in wanted.items() if key not in found}
        else:
            break
    return refused


def _profile(request, application, context):
    user, firm = request.user, application.organisation
    known = {"contact_name": user.name, "contact_phone": user.phone, "contact_email": user.email}
    known |= {name: getattr(firm, name) for name in CONTACT} if firm.contact_name else {}
    return _texts(request, application, context, known if context["writable"] else {})


def _texts(request, application, context, known=None):
    specs = text_specs(application, context["key"])
    answers = answers_of(application, specs)
    form = TextsForm(
        request.POST or None, specs=specs, answers=answers, known=known, open_points=context["open_points"]
    )
    if request.method == "POST" and form.is_valid():
        try:
            if _save_texts(request, application, form):
                return _saved(request, context)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        except WrongState:
            form.add_error(None, _frozen(application))
    form.earlier = earlier_answers(application, [spec.key for spec in specs])
    form.drawn = _drawn(request, application, specs)
    context |= {"form": form, "rule": RULE, "writable": context["writable"] and form.is_open}
    context["others"] = at_work(request, answers.values())
    if "category" in context:
        context |= {"report_length": report_length(application), "report_limit": REPORT_LIMIT}
        context |= {"layout": markup.RULE, "guide_note": guidance_of(application.edition.rubric.code)["note"]}
    return page(request, "awards/applications/section_texts.html", context)


def _drawn(request, application, specs):
    """The item that this page was asked to show as it will be drawn, by its key. A query where one was."""
    asked = request.GET.get("preview")
    return {asked: drawn_item(application, asked)} if asked in {spec.key for spec in specs if spec.points} else {}


def save_texts(application, by, texts, versions, is_autosave=False):
    """Save what nobody else has changed. Returns the new versions and the refused problems, both by key."""
    saved = {}

    def save(wanted):
        based_on = {key: versions[key] for key in wanted}
        saved.update(actions.save_answers(application, by=by, texts=wanted, versions=based_on, is_autosave=is_autosave))

    refused = save_what_agrees(save, texts)
    return saved, refused


def _save_texts(request, application, form):
    """Save what was typed and do what was chosen. Whether the page is done with."""
    by, (texts, versions) = request.user, form.changes()
    saved, refused = save_texts(application, by, texts, versions)
    for key, text in form.chosen("theirs").items():
        actions.set_aside_answer(application, by=by, key=key, text=text)
    if refused or form.chosen("merge"):
        answers = answers_of(application, form.specs)
        form.show_saved(saved)
        form.show_conflicts([key for key in refused if key in answers], answers)
        form.merge(answers)
        return False
    if "carry" in request.POST:
        actions.carry_answer(application, by=by, key=request.POST["carry"])
    return True


# --- figures ------------------------------------------------------------------------------------------


def figures_of(application):
    """The saved figures by (indicator, year), each with who saved it."""
    return {(row.key, row.year): row for row in application.indicators.select_related("updated_by")}


def hints_of(saved, years):
    """What looks odd in the saved figures, in sentences."""
    return hints({place: row.value for place, row in saved.items() if row.value is not None}, years)


def save_figures(application, by, form):
    """Save the cells read without fault. Returns the refused problems, by the name of the cell."""
    figures = {f"{key}-{year}": ((key, year), value) for (key, year), value in form.figures.items()}
    return save_what_agrees(
        lambda wanted: actions.save_indicators(application, by=by, figures=dict(wanted.values()), seen=form.seen),
        figures,
    )


def _figures(request, application, context):
    years, saved = years_of(application.edition), figures_of(application)
    form = FiguresForm(request.POST or None, years=years, saved=saved, open_points=context["open_points"])
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_indicators(application, by=request.user, figures=form.figures, seen=form.seen)
        except Refused as refusal:
            overtaken = [p.where for p in refusal.problems if p.code == "conflict"]
            form.show_conflicts(overtaken, figures_of(application))
            add_problems(form, [p for p in refusal.problems if p.code != "conflict"])
        except WrongState:
            form.add_error(None, _frozen(application))
        else:
            return _saved(request, context)
    writable = context["writable"] and form.is_open
    context |= {"form": form, "years": years, "hints": hints_of(saved, years), "writable": writable}
    context["others"] = at_work(request, saved.values())
    return page(request, "awards/applications/section_figures.html", context)


# --- files --------------------------------------------------------------------------------------------


def _documents(request, application, context):
    line = next((line for line in catalogue_of(application.edition) if line.key == request.POST.get("kind")), None)
    pictures = pictures_open(application) if context["writable"] else None
    form = UploadForm(request.POST, request.FILES, line=_open_part(line, pictures)) if line else None
    if form and form.is_valid() and _add_documents(request, application, line, form):
        return redirect(_line_url(application, line.key))
    samples = samples_of(application.edition)
    entries = [
        (
            entry,
            samples.get(entry.line.key),
            form if line and entry.line == line else UploadForm(line=_open_part(entry.line, pictures)),
            openness(context["open_points"], entry.line.key),
        )
        for entry in volume_of(application)
    ]
    context |= {"entries": entries, "form": form, "pictures": pictures}
    return page(request, "awards/applications/section_documents.html", context)


def _open_part(line, pictures):
    """The line as far as files are taken: in a returned dossier one may be open for pictures alone."""
    if pictures is None or line.key != pictures.line.key:
        return line
    return replace(line, formats=",".join(key for key in line.accepted if key in ReopenedPictures.KINDS))


def _add_documents(request, application, line, form):
    """Add the files one by one; one that does not pass holds up no other. Whether all are in."""
    for upload in form.uploads:
        try:
            document = actions.add_document(application, by=request.user, kind=line.key, upload=upload)
        except Refused as refusal:
            form.add_error("file", f"“{shown_name(upload.name, kind=None)}”不通过：{refusal}")
        except WrongState:
            form.add_error("file", _frozen(application))
        else:
            pages = f"，{document.file.pages} 页" if document.file.pages else ""
            messages.success(request, f"已上传“{document.file.name}”{pages}，检查通过。")
    return not form.errors


def _line_url(application, key):
    return reverse("application_section", args=[application.pk, "documents"]) + f"#{key}"


def _change_document(request, pk, document_pk, act, done):
    """Do one act on a file of the list and come back to its line, with what was done or why not."""
    mine = own(request, pk)
    document = get_object_or_404(mine.documents.select_related("file"), pk=document_pk)
    try:
        act(document, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    except WrongState:
        messages.error(request, moved_on(mine))
    else:
        messages.success(request, done.format(name=document.file.name))
    return redirect(_line_url(mine, document.kind))


@require_safe
def sample_form(request, pk, key):
    """The form for one line of the papers, for the firm that fills it in."""
    stored = samples_of(own(request, pk).edition).get(key)
    if stored is None:
        raise Http404
    return download(stored)


@require_POST
def document_remove(request, pk, document_pk):
    """Take one file off the list; it can be put back."""
    done = "已移除“{name}”。需要时可在该项的“已移除的文件”里恢复。"
    return _change_document(request, pk, document_pk, actions.remove_document, done)


@require_POST
def document_restore(request, pk, document_pk):
    """Put a removed file back."""
    return _change_document(request, pk, document_pk, actions.restore_document, "已恢复“{name}”。")


@require_POST
def document_move(request, pk, document_pk):
    """Move a file one place up or down in its line."""
    up = request.POST.get("to") == "up"
    act = partial(actions.move_document, up=up)
    return _change_document(request, pk, document_pk, act, f"已{'上' if up else '下'}移“{{name}}”。")


# --- after saving -------------------------------------------------------------------------------------


def _frozen(application):
    return f"{moved_on(application)}您刚才的修改没有保存，仍在页面上，需要时请先复制。"


def _saved(request, context):
    messages.success(request, f"已保存 {localtime(clock.now()):%H:%M:%S}。")
    pk, key = context["application"].pk, context["key"]
    if asked := request.POST.get("preview"):
        place = f"?{urlencode({'preview': asked})}#preview-{quote(asked)}"
        return redirect(reverse("application_section", args=[pk, key]) + place)
    if "onward" not in request.POST:
        return redirect("application_section", pk, key)
    keys = [section for section, _name in context["sections"]]
    following = keys[keys.index(key) + 1 :]
    return redirect("application_section", pk, following[0]) if following else redirect("application_check", pk)
