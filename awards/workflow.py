"""Move a record from one state to the next: locked, permitted, logged, in one transaction."""

from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction

from enterprises.audit import actions as audit
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.lib.ready import rewrite
from foshan_quality.permissions import Permission

__all__ = ["Refused", "Step", "Workflow", "WrongState", "permit"]


@dataclass(frozen=True)
class Step:
    """From any of `sources` to `target`, for whoever holds `permission`. `label` is the button's word."""

    label: str
    sources: frozenset[str]
    target: str
    permission: Permission

    def __init__(self, label, sources, target, permission):
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "sources", frozenset(sources))
        object.__setattr__(self, "target", target)
        object.__setattr__(self, "permission", permission)


class Workflow:
    """The steps of one kind of record, by name."""

    def __init__(self, **steps: Step):
        self.steps = steps

    def open_to(self, user, record) -> list[str]:
        """The steps this user could take now; a page shows these buttons and no others."""
        return [
            name
            for name, step in self.steps.items()
            if record.state in step.sources and user.has_perm(step.permission, record)
        ]

    @contextmanager
    def move(self, record, name, *, by, note="", details=None, read=None):
        """Yield the locked row; when the block ends well, change its state and log it.

        It comes alone, or from `read`, which locks it by its key and reads along what the act needs.

        Refused with PermissionDenied without the duty, with WrongState when the row has moved on. The
        sentence does not name the state: an applicant must not learn a result before its release.

        An act that moves several rows locks all of them before the first move: every move ends under the
        trail's one lock, and whoever waits for a row must not hold that.
        """
        step = self.steps[name]
        with transaction.atomic():
            locked = read(record.pk) if read else _alone(record)
            if not by.has_perm(step.permission, locked):
                raise PermissionDenied(step.permission)
            if locked.state not in step.sources:
                raise WrongState(f"{locked}的状态已经改变，现在不能“{step.label}”。没有改动任何内容，请刷新页面查看。")
            before = locked.state
            yield locked
            locked.state = step.target
            rewrite(locked)
            audit.record(by=by, verb=name, target=locked, before=before, after=step.target, note=note, details=details)


def _alone(record):
    return type(record)._base_manager.select_for_update(of=("self",)).get(pk=record.pk)


def permit(by, permission, record=None):
    """Refuse an act outside a workflow to whoever lacks the duty."""
    if not by.has_perm(permission, record):
        raise PermissionDenied(permission)
