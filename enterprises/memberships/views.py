from functools import partial

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from enterprises.notifications.frame import page
from foshan_quality.lib.forms import add_problems
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission, Relation

from . import actions
from .forms import InvitationForm, RoleForm
from .queries import invitation_by, members_of, places_of

# --- for the invited ----------------------------------------------------------------------------------


@never_cache
@login_not_required
def invitation(request, token):
    """The page behind the link in the mail: what it is about, and accepting it.

    Whoever cannot use the link, because it is unknown, used, revoked or expired, learns nothing about
    the organisation or the people.
    """
    found, closed = _by_link(request, token)
    if closed:
        context = {"reason": closed}
        return render(request, "enterprises/memberships/invitation_closed.html", context, status=410 if found else 404)
    if request.method != "POST":
        return _shown(request, found, token)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        actions.accept(found, by=request.user)
    except Refused as refusal:
        return _shown(request, found, token, problems=refusal.problems, status=409)
    messages.success(request, f"您已加入“{found.organisation}”，可以和同事一起办理申报。")
    return redirect("desk")


def _by_link(request, token):
    """The invitation of a link and, where it cannot be used, the reason."""
    found = invitation_by(token)
    if found is None:
        return None, "没有找到这份邀请。请核对链接是否完整；如收到过更新的邀请邮件，请打开最新的一封。"
    if found.accepted_at and request.user.is_authenticated and found.membership.user_id == request.user.pk:
        return found, ""
    return found, actions.closed_because(found)


def _shown(request, found, token, *, problems=(), status=None):
    after = urlencode({"next": request.path})
    context = {
        "invitation": found,
        "problems": problems,
        "is_member": bool(found.accepted_at),
        "misdirected": actions.misdirected(found, request.user) if request.user.is_authenticated else "",
        "sign_in_url": f"{reverse('account_login')}?{after}",
        "sign_up_url": reverse("invitation_sign_up", args=[token]),
    }
    return render(request, "enterprises/memberships/invitation.html", context, status=status)


@login_not_required
@require_POST
def invitation_sign_up(request, token):
    """Go and sign up, and come back. The link came by mail, so the mailbox needs no second proof."""
    found, closed = _by_link(request, token)
    back = reverse("invitation", args=[token])
    if closed or request.user.is_authenticated:
        return redirect(back)
    get_adapter().stash_verified_email(request, found.email)
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': back})}")


# --- for members --------------------------------------------------------------------------------------


def _own(request, pk):
    """The person's own organisation, or 404."""
    return get_object_or_404(places_of(request.user), organisation=pk).organisation


def _managed(request, pk):
    """The person's own organisation, for its owner; other members get 403."""
    own = _own(request, pk)
    if not request.user.has_perm(Permission.ORGANISATION_EDIT, own):
        raise PermissionDenied(Permission.ORGANISATION_EDIT)
    return own


def member_invite(request, pk):
    """Invite a colleague by mail. The answer is the same whether or not the mailbox has an account."""
    own = _managed(request, pk)
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        try:
            invited = actions.invite(own, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, f"邀请已保存，邮件即将发往 {invited.email}。")
            return redirect(own)
    return page(request, "enterprises/memberships/invite.html", {"organisation": own, "form": form})


def member(request, pk, member):
    """One member: change the role, hand over, remove. Each says what follows from it."""
    own = _managed(request, pk)
    membership = get_object_or_404(members_of(own), pk=member)
    form = RoleForm(request.POST or None, initial={"role": membership.role})
    if form.is_valid():
        try:
            changed = actions.change_role(membership, by=request.user, role=form.cleaned_data["role"])
        except Refused as refusal:
            add_problems(form, refusal.problems)
        else:
            messages.success(request, f"{changed.user}现在是{changed.get_role_display()}。")
            return redirect(own)
    context = {
        "organisation": own,
        "membership": membership,
        "form": form,
        "is_self": membership.user_id == request.user.pk,
        "is_owner": membership.role == Relation.OWNER,
    }
    return page(request, "enterprises/memberships/member.html", context)


def _answered(request, back, act, done):
    """Do one act of a button and say how it went, on the page it belongs to."""
    try:
        act(by=request.user)
    except (Refused, WrongState) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(back)


@require_POST
def member_remove(request, pk, member):
    """A colleague is a member no more."""
    own = _managed(request, pk)
    membership = get_object_or_404(own.memberships.select_related("user", "organisation"), pk=member)
    done = f"{membership.user}已不再是本单位成员，此前填写的内容保留。"
    return _answered(request, own, partial(actions.remove_member, membership), done)


@require_POST
def member_hand_over(request, pk, member):
    """A colleague is owner in one's own place."""
    own = _managed(request, pk)
    membership = get_object_or_404(own.memberships.select_related("user", "organisation"), pk=member)
    done = f"已把单位负责人移交给{membership.user}，您现在是填报人。"
    return _answered(request, own, partial(actions.hand_over, membership), done)


def organisation_leave(request, pk):
    """Leave the organisation, after reading what follows."""
    own = _own(request, pk)
    if request.method == "POST":
        try:
            actions.leave(own, by=request.user)
        except Refused as refusal:
            context = {"organisation": own, "problems": refusal.problems}
            return page(request, "enterprises/memberships/leave.html", context, status=409)
        messages.success(request, f"您已离开“{own}”，此前填写的内容保留。")
        return redirect("desk")
    return page(request, "enterprises/memberships/leave.html", {"organisation": own})


@require_POST
def invitation_resend(request, pk, invitation):
    """Send the mail again, with a new link."""
    own = _managed(request, pk)
    found = get_object_or_404(own.invitations.select_related("organisation"), pk=invitation)
    done = f"邀请将重新发往 {found.email}，以前的链接不再有效。"
    return _answered(request, f"{own.get_absolute_url()}#members", partial(actions.resend, found), done)


@require_POST
def invitation_revoke(request, pk, invitation):
    """Take the invitation back."""
    own = _managed(request, pk)
    found = get_object_or_404(own.invitations.select_related("organisation"), pk=invitation)
    done = f"发往 {found.email} 的邀请已撤销，链接不再有效。"
    return _answered(request, f"{own.get_absolute_url()}#members", partial(actions.revoke, found), done)
