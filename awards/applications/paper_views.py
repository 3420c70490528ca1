"""The pages around the form: the self-check before it, files page by page, the printed dossier, its stamped page."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from awards.programmes.models import Edition
from awards.workflow import Refused, WrongState
from enterprises.files.queries import pages_shown
from enterprises.files.views import download, picture
from enterprises.notifications.frame import page
from enterprises.organisations.queries import own_organisations
from foshan_quality.lib import clock
from foshan_quality.lib.forms import add_problems
from foshan_quality.permissions import Permission, Role

from . import eligibility, paper_actions, queries, stamping
from .forms import SelfCheckForm, StampedScanForm
from .models import Printout
from .views import log_outside_reading, moved_on, own, readable_document, refuse_original, rights

# --- the self-check -----------------------------------------------------------------------------------


def self_check(request, pk):
    """Every condition of an edition with its basis, judged from the register or answered here; the result is kept."""
    edition = get_object_or_404(Edition.objects.public().select_related("programme__honour_kind"), pk=pk)
    mine = list(own_organisations(request.user))
    if not mine:
        messages.info(request, "请先登记单位，再自测。")
        return redirect("organisation_new")
    organisation = _chosen(request, mine)
    conditions, facts = queries.conditions_of(edition), queries.facts_about(organisation, edition)
    kept = queries.self_check_of(edition, organisation)
    found = eligibility.findings(conditions, kept.answers if kept else {}, facts, clock.today())
    form = SelfCheckForm(request.POST or None, findings=found, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        paper_actions.check_oneself(edition, by=request.user, organisation=organisation, answers=form.answers)
        messages.success(request, "已保存自测结果。")
        return redirect(f"{reverse('self_check', args=[pk])}?organisation={organisation.pk}#result")
    context = {
        "edition": edition,
        "organisation": organisation,
        "organisations": mine,
        "rows": form.rows(),
        "form": form,
        "kept": kept,
        "outcome": eligibility.outcome(found) if kept else "",
        "failing": [finding for finding in found if finding.verdict == eligibility.NO],
        "may_answer": bool({str(r) for r in organisation.roles_of(request.user)} & {"owner", "editor"}),
        "takes_applications": edition.takes_applications(clock.now()),
    }
    return page(request, "awards/applications/self_check.html", context)


def _chosen(request, organisations):
    """The organisation named in the address or the form, or the first of one's own; a stranger's is none."""
    named = request.POST.get("organisation") or request.GET.get("organisation", "")
    if not named:
        return organisations[0]
    chosen = next((organisation for organisation in organisations if str(organisation.pk) == named), None)
    if chosen is None:
        raise Http404
    return chosen


# --- page by page -------------------------------------------------------------------------------------


DOCUMENT = {"pages": "document_pages", "picture": "document_picture", "file": "document_download"}
SCAN = {"pages": "scan_pages", "picture": "scan_picture", "file": "scan_download"}


def document_pages(request, pk, number):
    """One page of a handed-in file as a picture, so that nobody needs to open the file."""
    document = readable_document(request, pk)
    lines = document.application.edition.papers
    what = next((line.label for line in lines if line.key == document.kind), document.kind)
    return _leaf(request, document, number, DOCUMENT, what)


def scan_pages(request, pk, number):
    """One page of a stamped scan as a picture."""
    scan = get_object_or_404(queries.readable_scans(request.user), pk=pk)
    return _leaf(request, scan, number, SCAN, "盖章扫描件")


def _leaf(request, paper, number, routes, what):
    pages, page_set = pages_shown(paper.file), getattr(paper.file, "page_set", None)
    if not 1 <= number <= pages:
        raise Http404
    if request.method == "POST":
        return _draw_again(request, paper, reverse(routes["pages"], args=[paper.pk, number]))
    context = {
        "paper": paper,
        "routes": routes,
        "what": what,
        "number": number,
        "pages": pages,
        "numbers": range(1, pages + 1),
        "page_set": page_set,
        "is_drawn": page_set is not None and page_set.images.filter(number=number).exists(),
        "may_draw_again": request.user.has_perm(Permission.APPLICATION_SCREEN, paper.application)
        and (page_set is None or bool(page_set.problem)),
        "is_own": bool(paper.application.organisation.roles_of(request.user)),
        "may_take": request.user.has_perm(Permission.APPLICATION_TAKE, paper.application),
    }
    return page(request, "awards/applications/paper_pages.html", context)


def _draw_again(request, paper, back):
    try:
        paper_actions.draw_pages_again(paper, by=request.user)
    except (Refused, WrongState) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已排队重新生成，一般一分钟内完成，请稍后刷新。")
    return redirect(back)


def document_picture(request, pk, number):
    """The picture of one page; reading by others is logged page by page."""
    return _picture(request, readable_document(request, pk), number)


def scan_picture(request, pk, number):
    """The picture of one page of a stamped scan; reading by others is logged page by page."""
    return _picture(request, get_object_or_404(queries.readable_scans(request.user), pk=pk), number)


def _picture(request, paper, number):
    page_set = getattr(paper.file, "page_set", None)
    if page_set is None:
        raise Http404
    image = get_object_or_404(page_set.images, number=number)
    log_outside_reading(request, paper, f"{paper.file.name} 第 {number} 页")
    return picture(image, marked_for=request.user if Role.EXPERT in request.user.roles else None)


# --- the book and the receipt -------------------------------------------------------------------------


def application_book(request, pk):
    """The dossier as one PDF: asked for with a button, drawn in the background, the same content only once."""
    mine = own(request, pk)
    if request.method == "POST":
        _ask_for(request, paper_actions.request_book, mine)
        return redirect("application_book", pk)
    _content, digest, is_specimen = queries.present_content(mine)
    printout = queries.printout_of(mine, Printout.Kind.BOOK, digest, is_specimen=is_specimen)
    context = rights(request, mine) | {
        **_progress(printout),
        "is_specimen": is_specimen,
        "code": stamping.code_of(digest),
        "needs_scan": queries.needs_scan(mine.edition),
    }
    return page(request, "awards/applications/book.html", context)


def _ask_for(request, act, application):
    """Ask for a paper, or once more for one that could not be drawn; say why not where it is refused."""
    try:
        printout = act(application, by=request.user)
        if printout.state == Printout.State.PARKED:
            paper_actions.retry(printout, by=request.user)
    except (Refused, WrongState) as refusal:
        messages.error(request, str(refusal))


def _progress(printout):
    is_waiting = printout is not None and printout.state == Printout.State.QUEUED
    return {"printout": printout, "before": queries.queued_before(printout) if is_waiting else 0}


@require_POST
def application_receipt_print(request, pk):
    """Have the receipt drawn as PDF; the receipt's page shows when it is there."""
    mine = own(request, pk)
    _ask_for(request, paper_actions.request_receipt, mine)
    return redirect("application_receipt", pk)


def printout_download(request, pk):
    """A drawn book or receipt, for members and officers who may read the dossier; reading by others is logged."""
    printout = get_object_or_404(queries.readable_printouts(request.user), pk=pk)
    refuse_original(request, printout)
    log_outside_reading(request, printout, str(printout.get_kind_display()))
    name = f"{printout.application.number or '草稿'} {printout.get_kind_display()}"
    name += f"{'（样张）' if printout.is_specimen else ''}.pdf"
    response = FileResponse(printout.pdf.open("rb"), as_attachment=True, filename=name)
    response["Content-Type"] = "application/pdf"
    response["Cache-Control"] = "private, no-store"
    return response


# --- the stamped page ---------------------------------------------------------------------------------


def application_stamped(request, pk):
    """Taking the signed and stamped page back, matched to the present content by the code printed on it."""
    mine = own(request, pk)
    form = StampedScanForm(request.POST or None, request.FILES or None, initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            paper_actions.upload_scan(mine, by=request.user, code=given["code"], upload=given["file"])
        except Refused as refusal:
            add_problems(form, refusal.problems)
        except WrongState:
            form.add_error(None, moved_on(mine))
        else:
            messages.success(request, "已上传盖章扫描件，核对码与当前内容一致。")
            return redirect("application_stamped", pk)
    digest = queries.present_content(mine)[1]
    context = rights(request, mine) | {
        "form": form,
        "scans": [(scan, scan.digest == digest) for scan in queries.present_scans(mine)],
        "needs_scan": queries.needs_scan(mine.edition),
    }
    return page(request, "awards/applications/stamped.html", context)


@require_POST
def scan_remove(request, pk, scan_pk):
    """Take a stamped scan away."""
    mine = own(request, pk)
    scan = get_object_or_404(mine.stamped_scans, pk=scan_pk)
    try:
        paper_actions.remove_scan(scan, by=request.user)
    except WrongState:
        messages.error(request, moved_on(mine))
    else:
        messages.success(request, "已移除盖章扫描件。")
    return redirect("application_stamped", pk)


def scan_download(request, pk):
    """A stamped scan, for members and officers who may read the dossier; reading by others is logged."""
    scan = get_object_or_404(queries.readable_scans(request.user), pk=pk)
    refuse_original(request, scan)
    log_outside_reading(request, scan, scan.file.name)
    return download(scan.file)
