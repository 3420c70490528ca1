from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from awards.process import State
from awards.programmes.models import Edition
from awards.rubric.queries import items_of
from awards.workflow import Refused, WrongState
from enterprises.files.views import download
from enterprises.notifications.frame import page
from enterprises.notifications.queries import newest
from enterprises.organisations.queries import memberships_of, own_organisations
from foshan_quality.lib import clock
from foshan_quality.lib.forms import typed_number
from foshan_quality.permissions import Permission

from . import actions, dossier, queries
from .forms import SubmissionForm, WithdrawForm
from .models import Application
from .progress import next_step, timeline

DESK_MESSAGES = 5


def desk(request):
    """Where am I, what next: open calls, applications, certificates, money, messages."""
    memberships = memberships_of(request.user)
    context = {
        "memberships": memberships,
        "calls": queries.open_calls(memberships),
        "cards": queries.cards(request.user),
        "news": newest(request.user, DESK_MESSAGES),
    }
    return page(request, "awards/desk/desk.html", context)


@require_POST
def application_start(request, pk):
    """Begin an application for one of the person's organisations, or come back to the one begun."""
    edition = get_object_or_404(Edition.objects.public(), pk=pk)
    mine = own_organisations(request.user)
    chosen = typed_number(request.POST.get("organisation", ""))
    if not mine:
        messages.info(request, "请先登记单位，再开始申报。")
        return redirect("organisation_new")
    if chosen is None and len(mine) > 1:
        messages.error(request, "请先选择申报单位。没有开始申报。")
        return redirect("desk")
    organisation = mine[0] if chosen is None else get_object_or_404(mine, pk=chosen)
    try:
        return redirect(actions.start(edition, by=request.user, organisation=organisation))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk")


def own(request, pk):
    """One application of the person's own firms, or 404."""
    mine = queries.own_application(request.user, pk)
    if mine is None:
        raise Http404
    return mine


def rights(request, application):
    """What this member may do with the application, for its pages."""
    may_edit = request.user.has_perm(Permission.APPLICATION_EDIT, application)
    is_overdue = queries.is_overdue(application)
    return {
        "application": application,
        "standing": queries.standing_of(application),
        "may_edit": may_edit,
        "writable": may_edit and application.is_with_the_enterprise and not is_overdue,
        "is_overdue": is_overdue,
        "open_points": queries.open_points(application),
        "may_submit": request.user.has_perm(Permission.APPLICATION_SUBMIT, application),
        "takes_applications": application.edition.takes_applications(clock.now()),
    }


def moved_on(application):
    """Why an act came too late, in words the applicant may see: never an unreleased decision."""
    application.refresh_from_db(fields=["state"])
    return f"申报现为“{queries.standing_of(application).words}”，不能办理此事。没有改动任何内容。"


def application(request, pk):
    """The task list while the dossier is with the enterprise; afterwards the timeline."""
    mine = get_object_or_404(queries.with_outcome(queries.own_applications(request.user)), pk=pk)
    context = rights(request, mine)
    context |= _tasks(mine) if mine.is_with_the_enterprise else _progress(mine)
    context |= {
        "certificate": queries.drawn_certificate(mine),
        "letters": queries.drawn_letters(mine),
        "payment": queries.payment_of(mine),
    }
    return page(request, "awards/applications/application.html", context)


def _progress(application):
    is_released, is_deferred = queries.is_released(application.edition), queries.is_deferred(application)
    dates = queries.dates_of(application)
    return queries.review_papers(application) | {
        "screening": queries.refusal_of(application),
        "later_versions": queries.later_versions(application),
        "steps": timeline(application.state, dates, is_released=is_released, is_deferred=is_deferred),
        "next_step": next_step(application.state, dates, is_deferred=is_deferred),
    }


def _tasks(application):
    content = queries.dossier_of(application)
    problems = dossier.problems(content, clock.today())
    tasks = queries.tasks_of(application, content, problems)
    return {
        "scan_state": dossier.scan_state(content),
        "tasks": tasks,
        "problems": _with_places(application, problems),
        "next_task": next((task for task in tasks if task.state != "已完成"), None),
        "corrections": _corrections(application, content),
        "screening": application.last_return if application.state == State.RETURNED else None,
    }


def application_check(request, pk):
    """The last look: everything filled in, everything wrong, the commitment, and handing in.

    Whoever hands in is answered by the act alone, which reads the row itself: at the last minute everybody does.
    """
    form, refused = SubmissionForm(request.POST or None), []
    if request.method == "POST" and form.is_valid():
        try:
            actions.submit(Application(pk=pk), by=request.user)
        except (Application.DoesNotExist, PermissionDenied):
            own(request, pk)  # whoever is no member does not learn that there is such a dossier
            raise
        except Refused as refusal:
            refused = refusal.problems
        except WrongState:
            return redirect("application_receipt", pk)
        else:
            messages.success(request, "已提交。请保存回执。")
            return redirect("application_receipt", pk)
    mine = own(request, pk)
    if not mine.is_with_the_enterprise:
        return _already_handed_in(mine)
    content = queries.dossier_of(mine)
    found = dossier.problems(content, clock.today())
    problems = [*(p for p in refused if p not in found), *found]
    corrections = _corrections(mine, content)
    context = rights(request, mine) | {
        "form": form,
        "corrections": corrections,
        "untouched": sum(not point.is_changed for point in corrections),
        "problems": _with_places(mine, problems),
        "dossier": queries.draft_dossier(mine, content),
    }
    return page(request, "awards/applications/check.html", context)


def _corrections(application, content):
    """The points of a return, each with the field where it is mended and whether it is changed in the draft."""
    if application.state != State.RETURNED:
        return []
    return [replace(p, url=_field(application, p.place)) for p in queries.corrections(application, content)]


def _field(application, place):
    anchor = {
        "indicators": f"id_{place.key}-{queries.years_of(application.edition)[0]}",
        "documents": place.key,
    }.get(place.section, f"id_{place.key}")
    return reverse("application_section", args=[application.pk, place.section]) + f"#{anchor}"


def _already_handed_in(application):
    return redirect("application_receipt" if application.submitted_at else "application", application.pk)


def _with_places(application, problems):
    """Each problem's sentence with the page where it is mended."""
    items = items_of(application.edition.rubric)
    return [(problem.text, _place(application, problem.where, items)) for problem in problems]


def _place(application, where, items):
    if where == "stamped":
        return reverse("application_stamped", args=[application.pk])
    if where == "conditions":
        return reverse("organisation", args=[application.organisation_id])
    section = queries.section_of(where, items)
    if not section:
        return ""
    about, _, anchor = where.partition("#")
    if about not in {section, "report"}:
        anchor = f"id_{about}"
    return reverse("application_section", args=[application.pk, section]) + (anchor and f"#{anchor}")


def application_receipt(request, pk):
    """Proof of handing in: number, server time, digest. The address lasts."""
    mine = own(request, pk)
    handed_in = queries.submitted_dossier(mine)
    if handed_in is None:
        return redirect(mine)
    versions = mine.snapshots.select_related("taken_by")
    printout = queries.receipt_of(mine)
    is_waiting = printout is not None and printout.state == "queued"
    before = queries.queued_before(printout) if is_waiting else 0
    context = rights(request, mine) | {"dossier": handed_in, "versions": versions}
    context |= {"printout": printout, "before": before}
    return page(request, "awards/applications/receipt.html", context)


def application_dossier(request, pk):
    """What was handed in last, for reading and printing."""
    mine = own(request, pk)
    handed_in = queries.submitted_dossier(mine)
    if handed_in is None:
        return redirect(mine)
    return page(request, "awards/applications/dossier.html", rights(request, mine) | {"dossier": handed_in})


@require_safe
def application_differences(request, pk, version):
    """What changed between a submitted version and the one before."""
    mine = own(request, pk)
    found = queries.differences(mine, version)
    if found is None:
        raise Http404
    return page(request, "awards/applications/differences.html", rights(request, mine) | found)


def application_withdraw(request, pk):
    """Take the dossier back before the close, after asking once."""
    mine = own(request, pk)
    if not request.user.has_perm(Permission.APPLICATION_SUBMIT, mine):
        raise PermissionDenied(Permission.APPLICATION_SUBMIT)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw(mine, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        except WrongState:
            form.add_error(None, moved_on(mine))
        else:
            messages.success(request, "已撤回。内容都还在，申报截止前可以重新填报。")
            return redirect(mine)
    return page(request, "awards/applications/withdraw.html", rights(request, mine) | {"form": form})


@require_POST
def application_reopen(request, pk):
    """Go on with a withdrawn dossier."""
    mine = own(request, pk)
    try:
        actions.reopen(mine, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    except WrongState:
        messages.error(request, moved_on(mine))
    else:
        messages.success(request, "已重新开始填报，申报编号不变。")
    return redirect(mine)


def readable_document(request, pk):
    """A file of a dossier. Members read theirs; of others only what was handed in, or 404."""
    document = get_object_or_404(queries.readable_documents(request.user), pk=pk)
    if not document.application.organisation.roles_of(request.user) and not queries.was_handed_in(document):
        raise Http404
    return document


def log_outside_reading(request, document, what):
    """Who takes a paper of somebody else's dossier in hand stands in the trail."""
    if not document.application.organisation.roles_of(request.user):
        actions.log_reading(document.application, by=request.user, what=what)


def refuse_original(request, paper):
    """Experts read watermarked pictures of the pages; a file as it was handed in goes to members and to officers."""
    if not request.user.has_perm(Permission.APPLICATION_TAKE, paper.application):
        raise PermissionDenied(Permission.APPLICATION_TAKE)


def document_download(request, pk):
    """A file of a dossier, for members and officers who may read it; reading by others is logged."""
    document = readable_document(request, pk)
    refuse_original(request, document)
    log_outside_reading(request, document, document.file.name)
    return download(document.file)
