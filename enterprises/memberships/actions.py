from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.problems import Problem, Refused, WrongState
from foshan_quality.permissions import Permission, Relation

from .models import Invitation, Membership
from .queries import mailboxes_of
from .tokens import digest_of, new_token

SEND = "enterprises.memberships.tasks.send_invitation"
MAX_ATTEMPTS = 8  # with doubling pauses about two hours of trying
PAUSE = timedelta(minutes=1)
RESEND_AFTER = timedelta(minutes=5)
MOST_A_DAY = 30  # invitations of one organisation, so that nobody floods mailboxes through the portal


# --- inviting -----------------------------------------------------------------------------------------


@transaction.atomic
def invite(organisation, *, by, email, role):
    """Ask a mailbox to work for the organisation; the mail goes out after commit.

    The answer never depends on whether the mailbox has an account. Refused for a member, for a mailbox
    invited already, and beyond `MOST_A_DAY`.
    """
    locked, email, now = _managed(organisation, by), email.strip().lower(), clock.now()
    if locked.memberships.filter(ended_at=None, user__email__iexact=email).exists():
        raise Refused([Problem("member", f"{email} 已经是本单位成员，没有再次邀请。", "email")])
    if locked.invitations.unanswered().filter(email=email).exists():
        text = f"已经邀请过 {email}，没有再次邀请。可以在单位页面重新发送或撤销。"
        raise Refused([Problem("invited", text, "email")])
    if locked.invitations.filter(invited_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise Refused([f"24 小时内最多邀请 {MOST_A_DAY} 次，没有发出。请明天再邀请。"])
    invitation = Invitation.objects.create(
        organisation=locked,
        email=email,
        role=role,
        invited_by=by,
        invited_at=now,
        expires_at=now + Invitation.lifetime(),
    )
    audit.record(by=by, verb="invite", target=locked, after=role, details={"invitation": invitation.pk, "email": email})
    wake(SEND, invitation.pk)
    return invitation


@transaction.atomic
def resend(invitation, *, by):
    """Send the mail again with a new link and a new time limit; the former link ends. Refused within five minutes."""
    locked, now = _unanswered(invitation, by), clock.now()
    last = locked.sent_at or locked.invited_at
    if locked.state != Invitation.State.FAILED and now < last + RESEND_AFTER:
        raise Refused(["邀请邮件刚刚发出，请过几分钟再重新发送，并请同事查看垃圾邮件。没有重复发送。"])
    locked.state, locked.attempts, locked.tried_at = Invitation.State.QUEUED, 0, None
    locked.token_digest, locked.expires_at = "", now + Invitation.lifetime()
    locked.save()
    audit.record(by=by, verb="resend_invitation", target=locked.organisation, details=_about(locked))
    wake(SEND, locked.pk)
    return locked


@transaction.atomic
def revoke(invitation, *, by):
    """Take an invitation back; its link ends at once."""
    locked = _unanswered(invitation, by)
    locked.revoked_at = clock.now()
    locked.save(update_fields=["revoked_at"])
    audit.record(by=by, verb="revoke_invitation", target=locked.organisation, details=_about(locked))
    return locked


@transaction.atomic
def accept(invitation, *, by):
    """Make the person a member. Done already by the same person, the membership comes back.

    Refused when it was revoked, used or has expired, for an account of another mailbox, and for a member.
    """
    _lock_organisation(invitation.organisation)
    locked = _lock(invitation)
    if locked.accepted_at and locked.membership.user_id == by.pk:
        return locked.membership
    problem = closed_because(locked) or misdirected(locked, by)
    if problem:
        raise Refused([problem])
    organisation = locked.organisation
    if organisation.memberships.filter(user=by, ended_at=None).exists():
        raise Refused(["您已经是这个单位的成员，没有改动任何内容。如需更换角色，请联系单位负责人。"])
    membership = Membership.objects.create(organisation=organisation, user=by, role=locked.role)
    locked.accepted_at, locked.membership = clock.now(), membership
    locked.save(update_fields=["accepted_at", "membership"])
    audit.record(by=by, verb="add_member", target=organisation, after=locked.role, details=_about(locked))
    _tell_owners(organisation, "member_joined", matter=membership.pk, but=by, person=by, role=membership)
    return membership


def _lock(invitation):
    """The row, locked, so that two acceptances at once come one after the other."""
    return Invitation.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=invitation.pk)


def closed_because(invitation):
    """Why the link can no longer be used, without naming anybody; empty while it can."""
    if invitation.accepted_at:
        return "这份邀请已经使用过，不能再次使用。"
    if invitation.revoked_at:
        return "这份邀请已经撤销。如仍需加入，请联系邀请您的同事重新邀请。"
    if invitation.is_expired:
        return "这份邀请已经过期。如仍需加入，请联系邀请您的同事重新发送。"
    return ""


def misdirected(invitation, user):
    """Why this account cannot accept: it is another mailbox's. Empty when it can."""
    if invitation.email in mailboxes_of(user):
        return ""
    return (
        f"这份邀请发给 {invitation.email}，您登录的账号是 {user.email}，不能接受，没有改动任何内容。"
        "请退出后用收到邀请的邮箱登录或注册。"
    )


def _unanswered(invitation, by):
    """The invitation, locked, as long as it waits for an answer. For the organisation's owner."""
    _managed(invitation.organisation, by)
    locked = _lock(invitation)
    if locked.accepted_at or locked.revoked_at:
        raise WrongState("这份邀请已被接受或撤销，没有改动任何内容。请刷新页面查看。")
    return locked


def _about(invitation):
    return {"invitation": invitation.pk, "email": invitation.email}


# --- its mail -----------------------------------------------------------------------------------------


def due_invitations():
    """Ids of the invitations whose mail should be tried now: unsent, and past the pause after the last try."""
    rows = Invitation.objects.unsent().values_list("pk", "attempts", "tried_at")
    return [pk for pk, attempts, tried_at in rows if _is_due(attempts, tried_at)]


def _is_due(attempts, tried_at):
    return tried_at is None or clock.now() >= tried_at + PAUSE * 2 ** max(attempts - 1, 0)


def begin_attempt(invitation_id):
    """Count one more attempt and give its fresh token, or None when there is nothing to send now.

    The digest is stored before the mail leaves: whatever happens afterwards, a link that arrives works.
    """
    row = Invitation.objects.unsent().filter(pk=invitation_id).first()
    if row is None or row.is_expired or not _is_due(row.attempts, row.tried_at):
        return None
    token, now = new_token(), clock.now()
    mine = Invitation.objects.unsent().filter(pk=row.pk, attempts=row.attempts, tried_at=row.tried_at)
    won = mine.update(attempts=row.attempts + 1, tried_at=now, token_digest=digest_of(token))
    return token if won else None


def mark_sent(invitation, token):
    """The mail server has taken the mail with this token."""
    mine = Invitation.objects.unsent().filter(pk=invitation.pk, token_digest=digest_of(token))
    mine.update(state=Invitation.State.SENT, sent_at=clock.now())


def give_up(invitation, token):
    """The mail cannot be delivered; the owner sees it and may send again."""
    mine = Invitation.objects.unsent().filter(pk=invitation.pk, token_digest=digest_of(token))
    mine.update(state=Invitation.State.FAILED)


# --- staying and going --------------------------------------------------------------------------------


@transaction.atomic
def change_role(membership, *, by, role):
    """Give a member another role. Refused when no owner would be left."""
    locked = _current(membership, by)
    if locked.role == role:
        raise Refused([f"{locked.user}已经是{locked.get_role_display()}，没有改动。"])
    if role != Relation.OWNER:
        _refuse_without_owner(locked)
    before, locked.role = locked.role, role
    locked.save(update_fields=["role"])
    event = _log(locked, by=by, verb="change_member_role", before=before, after=role)
    if locked.user_id != by.pk:
        _tell([locked.user], "role_changed", locked.organisation, matter=event.seq, role=locked)
    return locked


@transaction.atomic
def remove_member(membership, *, by):
    """End a colleague's membership; what the colleague did stays. One's own is ended by `leave`."""
    locked = _current(membership, by)
    if locked.user_id == by.pk:
        raise Refused(["不能移除自己，请使用“离开单位”。没有改动任何内容。"])
    _end(locked, by=by, verb="remove_member")
    _tell([locked.user], "member_removed", locked.organisation, matter=locked.pk, link="")
    return locked


@transaction.atomic
def leave(organisation, *, by):
    """End one's own membership; what one did stays. Refused for the last owner."""
    _lock_organisation(organisation)
    locked = organisation.memberships.select_related("user", "organisation").filter(user=by, ended_at=None).first()
    if locked is None:
        raise WrongState("您已经不是这个单位的成员。")
    _refuse_without_owner(locked)
    _end(locked, by=by, verb="leave_organisation")
    _tell_owners(locked.organisation, "member_left", matter=locked.pk, but=by, person=by)
    return locked


@transaction.atomic
def hand_over(membership, *, by):
    """Make a colleague owner in one's own place; the former owner stays as editor. Both are told."""
    locked = _current(membership, by)
    own = locked.organisation.memberships.get(user=by, ended_at=None)
    if locked.pk == own.pk or locked.role == Relation.OWNER:
        raise Refused([f"{locked.user}已经是单位负责人，没有改动任何内容。"])
    before, locked.role, own.role = locked.role, Relation.OWNER, Relation.EDITOR
    locked.save(update_fields=["role"])
    own.save(update_fields=["role"])
    event = _log(locked, by=by, verb="hand_over", before=before, after=Relation.OWNER)
    _tell([locked.user], "ownership_received", locked.organisation, matter=event.seq, person=by)
    _tell([by], "ownership_given", locked.organisation, matter=event.seq, person=locked.user)
    return locked


def _lock_organisation(organisation):
    """The organisation's row is the lock of everything about its members."""
    return type(organisation)._base_manager.select_for_update().get(pk=organisation.pk)


def _managed(organisation, by):
    """The organisation, locked, for an owner of it."""
    locked = _lock_organisation(organisation)
    if not by.has_perm(Permission.ORGANISATION_EDIT, locked):
        raise PermissionDenied(Permission.ORGANISATION_EDIT)
    return locked


def _current(membership, by):
    """The membership, its organisation locked, while it lasts. For an owner."""
    _managed(membership.organisation, by)
    locked = Membership.objects.select_related("user", "organisation").get(pk=membership.pk)
    if locked.ended_at:
        raise WrongState(f"{locked.user}已经不是本单位成员，没有改动任何内容。")
    return locked


def _refuse_without_owner(membership):
    owners = membership.organisation.memberships.filter(role=Relation.OWNER, ended_at=None)
    if membership.role == Relation.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise Refused(["这是本单位唯一的负责人，请先移交：在单位页面的“成员”里点接任者的姓名。没有改动任何内容。"])


def _end(membership, *, by, verb):
    membership.ended_at = clock.now()
    membership.save(update_fields=["ended_at"])
    _log(membership, by=by, verb=verb, before=membership.role)


def _log(membership, *, by, verb, **states):
    details = {"user": membership.user_id, "name": str(membership.user)}
    return audit.record(by=by, verb=verb, target=membership.organisation, details=details, **states)


def _tell(users, kind, organisation, *, matter, link=None, role=None, **values):
    link = organisation.get_absolute_url() if link is None else link
    said = {"role": role.get_role_display()} if role else {}
    notify(users, kind, matter=matter, link=link, organisation=organisation, **values, **said)


def _tell_owners(organisation, kind, *, matter, but, **values):
    owners = organisation.memberships.filter(role=Relation.OWNER, ended_at=None).exclude(user=but)
    _tell([owner.user for owner in owners.select_related("user")], kind, organisation, matter=matter, **values)
