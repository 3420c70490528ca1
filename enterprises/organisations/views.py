from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect

from enterprises.files.actions import store_pdf
from enterprises.files.checks import BadFile
from enterprises.notifications.frame import page
from foshan_quality.lib.forms import add_problems
from foshan_quality.lib.identity import in_groups
from foshan_quality.lib.problems import Problem, Refused
from foshan_quality.permissions import Permission

from .actions import add_member, register, set_bank_account
from .forms import AccountForm, MemberForm, RegistrationForm
from .queries import account_of, members_of, own_organisations, person_to_add


def organisation_new(request):
    """Register an organisation. A doubted code asks for a scan in the same form; nothing typed is lost."""
    form = RegistrationForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            organisation = _register(form.cleaned_data, by=request.user)
        except Refused as refusal:
            doubted = any(problem.code in {"code_check_digit", "evidence"} for problem in refusal.problems)
            form.lay_out(offers_evidence=doubted or bool(request.FILES))
            add_problems(form, refusal.problems)
        else:
            messages.success(request, f"已登记“{organisation}”。")
            return redirect(organisation)
    return page(request, "enterprises/organisations/new.html", {"form": form})


@transaction.atomic
def _register(fields, *, by):
    fields = dict(fields)
    scan = fields.pop("evidence")
    try:
        evidence = store_pdf(scan, by=by) if scan else None
    except BadFile as bad:
        raise Refused([Problem("evidence", str(bad), "evidence")]) from None
    return register(by=by, code_evidence=evidence, **fields)


def _own(request, pk):
    return get_object_or_404(own_organisations(request.user), pk=pk)


def organisation(request, pk):
    """The organisation as registered, its members and its account, the number masked."""
    own = _own(request, pk)
    context = {
        "organisation": own,
        "code_groups": in_groups(own.credit_code, 4),
        "members": members_of(own),
        "account": account_of(own),
        "may_edit": request.user.has_perm(Permission.ORGANISATION_EDIT, own),
    }
    return page(request, "enterprises/organisations/organisation.html", context)


def organisation_account(request, pk):
    """Confirm the 对公账户. Only the owner; a change is a new row, the old one stays on record."""
    own = _own(request, pk)
    if not request.user.has_perm(Permission.ACCOUNT_EDIT, own):
        raise PermissionDenied(Permission.ACCOUNT_EDIT)
    form = AccountForm(request.POST or None, initial={"holder": own.name})
    if form.is_valid():
        try:
            account = set_bank_account(own, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, f"已确认对公账户，尾号 {account.number[-4:]}。")
            return redirect(own)
    context = {"organisation": own, "account": account_of(own), "form": form}
    return page(request, "enterprises/organisations/account.html", context)


def member_add(request, pk):
    """Let a registered colleague in. An address that cannot be added is answered alike, whatever the reason."""
    own = _own(request, pk)
    if not request.user.has_perm(Permission.ORGANISATION_EDIT, own):
        raise PermissionDenied(Permission.ORGANISATION_EDIT)
    form = MemberForm(request.POST or None)
    if form.is_valid():
        try:
            _add(own, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, "已加为成员。")
            return redirect(own)
    return page(request, "enterprises/organisations/member_add.html", {"organisation": own, "form": form})


def _add(organisation, *, by, email, role):
    user = person_to_add(email)
    if user is None:
        text = "不能添加这个邮箱，没有改动任何内容。请向同事核对邮箱，并请同事先完成注册。"
        raise Refused([Problem("unknown", text, "email")])
    return add_member(organisation, by=by, user=user, role=role)
