from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.timezone import localtime

from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.jobs import wake
from foshan_quality.lib.problems import WrongState
from foshan_quality.lib.ready import merge
from foshan_quality.permissions import Permission

from .catalogue import KINDS, MAY_BE_MAILED, OPTIONAL
from .hours import awake, quiet_since
from .models import CopyStop, Message

SEND = "enterprises.notifications.tasks.send_copies"
MAX_ATTEMPTS = 8  # with doubling pauses about six hours of trying
LEASE = timedelta(minutes=3)  # longer than a task may live, so that one copy is never in two hands


def notify(users, kind, *, matter, link="", is_urgent=False, **values):
    """Put one message into each person's inbox, once for a matter; told already, nothing happens.

    Its mail copy, where the kind has one, is sent by a worker after commit, in the quiet hours only if it is urgent.
    """
    _tell(_rows(users, kind, matter=matter, link=link, is_urgent=is_urgent, **values))


def notify_many(kind, letters):
    """The same for many matters of one kind at once; a letter holds what `notify` takes by name. One query."""
    _tell([row for letter in letters for row in _rows(kind=kind, **letter)])


def _tell(rows):
    merge(rows)
    if any(row.copy for row in rows):
        wake(SEND)


def _rows(users, kind, *, matter, link="", is_urgent=False, **values):
    said = KINDS[kind]
    safe = {name: value for name, value in values.items() if name in MAY_BE_MAILED}
    text, copy_text = said.text.format(**values), said.copy.format(**safe)
    due = clock.now() if is_urgent else _awake(clock.now())
    return [
        Message(user=user, kind=kind, matter=str(matter), text=text, link=link, **_copy_for(user, copy_text, due))
        for user in users
    ]


def _copy_for(user, text, due):
    """A queued mail copy. Addresses under .invalid cannot exist (RFC 2606): robots and rehearsals get none."""
    if not text or user.email.endswith(".invalid"):
        return {}
    return {"copy": Message.Copy.QUEUED, "copy_text": text, "copy_due_at": due}


def _awake(moment):
    return awake(localtime(moment), settings.MAIL_QUIET_HOURS)


def mark_read(user, message=None):
    """This message, or without one everything in this person's inbox, is read now."""
    unread = user.inbox.filter(read_at=None)
    (unread.filter(pk=message.pk) if message else unread).update(read_at=clock.now())


@transaction.atomic
def choose_copies(*, by, natures):
    """Settle which messages one gets by mail too: of 提醒 and 通知 those named; 待办 always come."""
    wanted = {str(nature) for nature in natures}
    stopped = [nature for nature in OPTIONAL if nature not in wanted]
    by.copy_stops.exclude(nature__in=stopped).delete()
    CopyStop.objects.bulk_create((CopyStop(user=by, nature=n) for n in stopped), ignore_conflicts=True)
    audit.record(by=by, verb="choose_copies", target=by, after="、".join(n.label for n in OPTIONAL if n in wanted))


# --- the mail copies ----------------------------------------------------------------------------------


@transaction.atomic
def claim_copy():
    """Take the next copy that is due for this worker alone and count the attempt; None when none is due.

    Rows in other workers' hands are skipped, not waited for. The claim is a lease: a worker that dies leaves
    the row to whoever looks after `LEASE`, and a copy that killed every worker is parked. In the quiet hours only
    what has become due in them is taken: that is urgent.
    """
    now = clock.now()
    quiet = quiet_since(localtime(now), settings.MAIL_QUIET_HOURS)
    due = Message.objects.due(now).filter(copy_due_at__gte=quiet) if quiet else Message.objects.due(now)
    while row := due.select_for_update(skip_locked=True, of=("self",)).first():
        if row.is_copy_unwanted:
            row.copy = Message.Copy.NONE
        elif row.copy_attempts >= MAX_ATTEMPTS:
            row.copy, row.copy_problem = Message.Copy.PARKED, f"试了 {MAX_ATTEMPTS} 次都没有完成，请查看日志。"
        else:
            row.copy_attempts += 1
            again = now + LEASE * 2 ** (row.copy_attempts - 1)
            row.copy_due_at = again if quiet else _awake(again)
        row.save(update_fields=["copy", "copy_problem", "copy_attempts", "copy_due_at"])
        if row.copy == Message.Copy.QUEUED:
            return row
    return None


def mark_copy_sent(message):
    """The mail server has taken this copy."""
    _mine(message).update(copy=Message.Copy.SENT, copy_sent_at=clock.now(), copy_problem="")


def note_copy_problem(message, problem, *, is_final=False):
    """The copy could not be handed over: it rests until its next turn, or is parked when no turn is left."""
    over = is_final or message.copy_attempts >= MAX_ATTEMPTS
    state = {"copy": Message.Copy.PARKED} if over else {}
    _mine(message).update(copy_problem=problem[:200], **state)


def _mine(message):
    """The row, as long as the claim is this worker's."""
    return Message.objects.filter(pk=message.pk, copy=Message.Copy.QUEUED, copy_attempts=message.copy_attempts)


@transaction.atomic
def retry_copy(message, *, by):
    """Send a parked copy after all; what stopped it has been mended."""
    if not by.has_perm(Permission.COPY_RETRY):
        raise PermissionDenied(Permission.COPY_RETRY)
    locked = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if locked.copy != Message.Copy.PARKED:
        raise WrongState("这封邮件已不在待处理之列，没有改动任何内容。请刷新页面查看。")
    locked.copy, locked.copy_attempts, locked.copy_due_at = Message.Copy.QUEUED, 0, clock.now()
    locked.save(update_fields=["copy", "copy_attempts", "copy_due_at"])
    audit.record(by=by, verb="retry_copy", target=locked)
    wake(SEND)
    return locked
