"""While somebody writes: what the page saves by itself, and what stood in a text before."""

import json

from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from awards.rubric.queries import items_of
from awards.workflow import Refused, WrongState, permit
from enterprises.notifications.frame import page
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission

from . import actions, history
from .forms import FiguresForm, TextsForm, growth_said, openness, preview_text, theirs, token, token_of
from .queries import drawn_item, former_versions, years_of
from .section_views import (
    answers_of,
    at_work,
    figures_of,
    hints_of,
    save_figures,
    save_texts,
    text_specs,
)
from .sections import INDICATORS, PROFILE
from .shown import cells
from .views import moved_on, own, rights

# --- saving while writing -----------------------------------------------------------------------------


@require_POST
def application_autosave(request, pk, key):
    """Save what has changed in a section since the last save. JSON in, JSON out; a page without scripts never asks.

    In: `who` writes, `fields` by name, each with its `text` and the `base` it was changed from; `given_up` texts.
    Out: `bases` of what is saved, `conflicts` and `errors` of what is not; or `refused`, a sentence, with 409.
    """
    mine = own(request, pk)
    permit(request.user, Permission.APPLICATION_EDIT, mine)
    sent = _sent(request)
    if sent is None:
        return JsonResponse({"refused": "页面送来的内容不完整，没有保存。请刷新页面后重试。"}, status=400)
    if sent["who"] != request.user.pk:
        words = f"现在登录的是{request.user}，不是打开这一页的人。没有保存。请用原来的账号登录后重试。"
        return JsonResponse({"refused": words}, status=409)
    save = _save_figures if key == "indicators" else _save_texts
    try:
        answer = save(request, mine, key, sent)
    except WrongState:
        return JsonResponse({"refused": f"{moved_on(mine)}您刚才的修改没有保存，仍在页面上。"}, status=409)
    except Refused as refusal:
        return JsonResponse({"refused": str(refusal)}, status=409)
    return JsonResponse(answer | {"saved_at": f"{localtime(clock.now()):%H:%M}"})


def _sent(request):
    """What the page sent, or None when it is not of the agreed shape."""
    try:
        sent = json.loads(request.body)
        fields = {str(name): (field["text"], field["base"]) for name, field in sent["fields"].items()}
        given_up = dict(sent.get("given_up", {}))
        who = sent["who"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    texts = [text for pair in fields.values() for text in pair] + list(given_up.values())
    if not all(isinstance(text, str) for text in texts):
        return None
    return {"fields": fields, "given_up": given_up, "who": who}


def _save_texts(request, application, key, sent):
    wanted = sent["fields"].keys() | sent["given_up"].keys()
    specs = [spec for spec in text_specs(application, key) if spec.key in wanted]
    if len(specs) != len(wanted):
        raise Refused(["表单中有系统不认识的栏目，没有保存。请刷新页面后重试。"])
    given_up = TextsForm(sent["given_up"], specs=[s for s in specs if s.key in sent["given_up"]], answers={})
    if given_up.is_valid():
        for name, text in given_up.cleaned_data.items():
            actions.set_aside_answer(application, by=request.user, key=name, text=text)
    answer = _save_fields(request, application, [s for s in specs if s.key in sent["fields"]], sent)
    return answer | _around(request, application, key)


def _around(request, application, key):
    """What else the page shows after a save: how long the report is by now, and who else is at work here. One query."""
    here, items = {spec.key for spec in text_specs(application, key)}, items_of(application.edition.rubric)
    wanted = here if key == "profile" else {item.code for item in items}
    rows = list(application.answers.filter(key__in=wanted).select_related("updated_by"))
    return {
        "report_length": None if key == "profile" else sum(row.length for row in rows),
        "others": at_work(request, [row for row in rows if row.key in here]),
    }


def _save_fields(request, application, specs, sent):
    data = {name: text for name, (text, _base) in sent["fields"].items()}
    data |= {f"base-{name}": base for name, (_text, base) in sent["fields"].items()}
    form = TextsForm(data, specs=specs, answers={})
    form.is_valid()
    form.specs = specs = [spec for spec in specs if spec.key not in form.errors]
    texts, versions = form.changes()
    saved, refused = save_texts(application, request.user, texts, versions, is_autosave=True)
    bases = {spec.key: data[f"base-{spec.key}"] for spec in specs if spec.key not in refused}
    bases |= {name: token_of(version, texts[name]) for name, version in saved.items()}
    answers = answers_of(application, [spec for spec in specs if spec.key in refused])
    return {
        "bases": bases,
        "conflicts": [_conflict(request, answers[k], texts[k]) for k in refused if k in answers],
        "errors": _errors(form),
    }


def _errors(form):
    return {name: list(errors) for name, errors in form.errors.items()}


def _conflict(request, answer, mine):
    return {
        "name": answer.key,
        "text": answer.text,
        "base": token(answer),
        "who": "您在另一窗口" if answer.updated_by == request.user else str(answer.updated_by),
        "when": f"{localtime(answer.updated_at):%Y-%m-%d %H:%M:%S}",
        "merged": history.merged(mine, answer.text),
    }


def _save_figures(request, application, key, sent):
    years = years_of(application.edition)
    data = {name: text for name, (text, _base) in sent["fields"].items()}
    data |= {f"initial-{name}": base for name, (_text, base) in sent["fields"].items()}
    form = FiguresForm(data, years=years, saved={})
    if sent["fields"].keys() - form.fields.keys():
        raise Refused(["表单中有系统不认识的指标，没有保存。请刷新页面后重试。"])
    form.is_valid()
    refused = save_figures(application, request.user, form)
    saved = figures_of(application)
    shown = cells(form.figures, years)
    overtaken = theirs([name for name, problem in refused.items() if problem.code == "conflict"], saved, years)
    errors = {name: [problem.text] for name, problem in refused.items() if name not in overtaken}
    fine = sent["fields"].keys() - form.errors.keys() - refused.keys() - form.unexplained
    return {
        "bases": {name: shown.get(name, sent["fields"][name][1]) for name in fine},
        "conflicts": [_overtaken(name, other) for name, other in overtaken.items()],
        "errors": _errors(form) | errors,
        "others": at_work(request, saved.values()),
        "hints": [problem.text for problem in hints_of(saved, years)],
        "growth": {line.key: growth_said(saved, line.key, years) for line in INDICATORS},
    }


def _overtaken(name, other):
    when = f"{localtime(other.when):%Y-%m-%d %H:%M:%S}" if other.when else ""
    return {"name": name, "text": other.text, "base": other.text, "who": other.who, "when": when}


# --- how it will look ---------------------------------------------------------------------------------


@require_POST
def answer_preview(request, pk, key):
    """An item of the self-report as it will be drawn with the text on the page. Part of a page; saves nothing."""
    mine = own(request, pk)
    permit(request.user, Permission.APPLICATION_EDIT, mine)
    item = drawn_item(mine, key, preview_text(request.POST))
    if item is None:
        raise Http404
    return render(request, "awards/applications/_preview.html", {"item": item})


# --- former versions ----------------------------------------------------------------------------------


def _label(application, key):
    """What a text is called and the section it stands in, or 404."""
    for field in PROFILE:
        if field.key == key:
            return field.label, "profile"
    for item in items_of(application.edition.rubric):
        if item.code == key:
            return str(item), item.category.code
    raise Http404


@require_safe
def answer_history(request, pk, key):
    """The former versions of a text; with `version`, one of them beside the present text."""
    mine = own(request, pk)
    label, section = _label(mine, key)
    versions = list(former_versions(mine, key))
    answer = mine.answers.filter(key=key).select_related("updated_by").first()
    context = rights(request, mine)
    context |= {
        "key": key,
        "label": label,
        "section": section,
        "answer": answer,
        "versions": versions,
        "writable": context["writable"] and openness(context["open_points"], key)["is_open"],
    }
    if "version" in request.GET:
        chosen = next((v for v in versions if str(v.pk) == request.GET["version"]), None)
        if chosen is None:
            raise Http404
        context |= {"chosen": chosen, "comparison": history.compare(chosen.text, answer.text if answer else "")}
    return page(request, "awards/applications/answer_history.html", context)


@require_POST
def answer_restore(request, pk, key, version_pk):
    """Make a former version the present text."""
    mine = own(request, pk)
    former = get_object_or_404(former_versions(mine, key), pk=version_pk)
    try:
        actions.restore_answer(former, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    except WrongState:
        messages.error(request, moved_on(mine))
    else:
        messages.success(request, "已恢复所选版本，原来的内容留在以往版本里。")
    return redirect("answer_history", pk, key)
