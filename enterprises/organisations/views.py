from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from enterprises.files.keeping import keep, stored
from enterprises.memberships.queries import members_of, unanswered_invitations
from enterprises.notifications.frame import page
from enterprises.notifications.queries import waiting_ones
from enterprises.quality_officers.queries import officers_of
from foshan_quality.lib.forms import add_problems
from foshan_quality.lib.identity import tidy_credit_code
from foshan_quality.lib.problems import Refused
from foshan_quality.permissions import Permission

from .actions import EDITABLE, edit, register, rename, set_bank_account
from .forms import AccountForm, CodeForm, FactsForm, RegistrationForm, RenamingForm
from .queries import account_of, facts_of, former_names_of, memberships_of, own_organisations
from .register import look_up


def organisation_new(request):
    """Register an organisation: first its code, then the form, filled in as far as the register knows it.

    A doubted code asks for a scan in the same form; nothing typed is lost.
    """
    if request.method != "POST":
        return _first_step(request)
    known = look_up(tidy_credit_code(request.POST.get("credit_code", "")))
    form = RegistrationForm(request.POST, request.FILES, known=known)
    if form.is_valid():
        try:
            organisation = _register(form.cleaned_data, by=request.user)
        except Refused as refusal:
            doubted = any(problem.code in {"code_check_digit", "evidence"} for problem in refusal.problems)
            form.lay_out(offers_evidence=doubted or bool(request.FILES))
            add_problems(form, refusal.problems)
        else:
            messages.success(request, f"已登记“{organisation}”。可以开始申报，也可以先邀请同事。")
            return redirect("desk")
    return page(request, "enterprises/organisations/new.html", {"form": form, "known": known})


def _first_step(request):
    """Ask for the code; once there is one, show the form."""
    asked = CodeForm(request.GET if "credit_code" in request.GET else None)
    if not asked.is_valid():
        return page(request, "enterprises/organisations/new_code.html", {"form": asked})
    code = asked.cleaned_data["credit_code"]
    known = look_up(code)
    form = RegistrationForm(initial={"credit_code": code}, known=known)
    return page(request, "enterprises/organisations/new.html", {"form": form, "known": known})


@transaction.atomic
def _register(fields, *, by):
    fields = dict(fields)
    scan = fields.pop("evidence")
    return register(by=by, code_evidence=stored(scan, "evidence", by=by) if scan else None, **fields)


def _own(request, pk):
    return get_object_or_404(own_organisations(request.user), pk=pk)


def _managed(request, pk):
    """The person's own organisation, for its owner; other members get 403."""
    own = _own(request, pk)
    if not request.user.has_perm(Permission.ORGANISATION_EDIT, own):
        raise PermissionDenied(Permission.ORGANISATION_EDIT)
    return own


@require_safe
def organisations(request):
    """The way to one's organisation from pages that are about none; whoever has several, or none, picks on the desk."""
    own = memberships_of(request.user)
    return redirect(own[0].organisation if len(own) == 1 else "desk")


def organisation(request, pk):
    """The organisation as registered, its account with the number masked, its people. Invitations: the owner's."""
    own = _own(request, pk)
    officers, may_edit = officers_of(own), request.user.has_perm(Permission.ORGANISATION_EDIT, own)
    context = {
        "organisation": own,
        "facts": facts_of(own),
        "former_names": former_names_of(own),
        "members": members_of(own),
        "invitations": unanswered_invitations(own) if may_edit else [],
        "officers": officers,
        "has_officer": any(officer.ended_on is None for officer in officers),
        "account": account_of(own),
        "came_back": waiting_ones(request.user, "payment_returned", about=own),
        "may_edit": may_edit,
    }
    return page(request, "enterprises/organisations/organisation.html", context)


def organisation_account(request, pk):
    """Confirm the 对公账户. Only the owner, whose password is asked in the form, or whose second factor before it; a
    change is a new row, the old one stays on record."""
    own = _own(request, pk)
    if not request.user.has_perm(Permission.ACCOUNT_EDIT, own):
        raise PermissionDenied(Permission.ACCOUNT_EDIT)
    if not request.user.has_usable_password() and is_reauthentication_required(request, app="enterprises"):
        raise ReauthenticationRequired
    asked = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = AccountForm(*asked, user=request.user, initial={"holder": own.name})
    if form.is_valid():
        try:
            account = _set_account(own, form.cleaned_data, by=request.user)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, f"已确认对公账户，尾号 {account.number[-4:]}。")
            return redirect(own)
    if form.is_bound:
        keep(form, "proof", by=request.user)
    came_back = waiting_ones(request.user, "payment_returned", about=own)
    context = {"organisation": own, "account": account_of(own), "came_back": came_back, "form": form}
    return page(request, "enterprises/organisations/account.html", context)


@transaction.atomic
def _set_account(organisation, fields, *, by):
    account = {name: fields[name] for name in ("holder", "bank", "number")}
    return set_bank_account(organisation, by=by, proof=stored(fields["proof"], "proof", by=by), **account)


def organisation_edit(request, pk):
    """Change size, representative, address or group. Only the owner; the trail keeps before and after."""
    own = _managed(request, pk)
    form = FactsForm(request.POST or None, initial={name: getattr(own, name) for name in EDITABLE})
    if form.is_valid():
        try:
            edit(own, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, "单位信息已保存。已提交的申报书不变。")
            return redirect(own)
    return page(request, "enterprises/organisations/edit.html", {"organisation": own, "form": form})


def organisation_rename(request, pk):
    """Take over a new registered name. Only the owner, with the day and the proof."""
    own = _managed(request, pk)
    form = RenamingForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            _rename(own, form.cleaned_data, by=request.user)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, "单位名称已变更。请重新确认对公账户，户名须为新名称。")
            return redirect(own)
    if form.is_bound:
        keep(form, "evidence", by=request.user)
    return page(request, "enterprises/organisations/rename.html", {"organisation": own, "form": form})


@transaction.atomic
def _rename(organisation, fields, *, by):
    return rename(organisation, by=by, **(fields | {"evidence": stored(fields["evidence"], "evidence", by=by)}))
