"""What every act owes: open from where the table says, shut elsewhere, only by duty, and no trace of a refusal."""

from contextlib import contextmanager

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from enterprises.models import AuditEvent, Message
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import GRANTS, Role
from tests import given

TRACES = f"SELECT (SELECT count(*) FROM {AuditEvent._meta.db_table}), (SELECT count(*) FROM {Message._meta.db_table})"  # noqa: S608


class RolledBack(Exception):
    """Ends a trial."""


@contextmanager
def trial():
    """Everything inside happens, may be looked at, and is undone."""
    try:
        with transaction.atomic():
            yield
            raise RolledBack
    except RolledBack:
        pass


@contextmanager
def no_trace(*records):
    """The block changes none of these rows, writes no line of the trail and tells nobody."""
    before = _traces(records)
    yield
    assert _traces(records) == before


def _traces(records):
    rows = [type(r)._base_manager.filter(pk=r.pk).values().get() for r in records]
    with connection.cursor() as cursor:
        cursor.execute(TRACES)
        return rows, cursor.fetchone()


@contextmanager
def refused(*codes_or_texts, untouched=()):
    """The block is refused for exactly these reasons, in this order, and leaves no trace."""
    with no_trace(*untouched), pytest.raises(Refused) as refusal:
        yield
    found = [p.text if p.code == "refused" else p.code for p in refusal.value.problems]
    assert found == list(codes_or_texts)


@contextmanager
def refused_by(constraint):
    """The database itself refuses the block, by this constraint."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert refusal.value.__cause__.diag.constraint_name == constraint


@contextmanager
def past_triggers():
    """Inside no trigger of ours fires, as for whoever owns the database; constraints and keys still hold."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor  # what fails in here ends a transaction, and the setting with it
        cursor.execute("SET session_replication_role = origin")


def put(record, state):
    """Set a state by hand, past every rule."""
    with past_triggers():
        type(record)._base_manager.filter(pk=record.pk).update(state=state)


def state_of(record):
    return type(record)._base_manager.values_list("state", flat=True).get(pk=record.pk)


def check_step(record, workflow, name, act, *, states=None):
    """`act()` takes the step from each of its sources and from no other state, or of these `states` alone.

    `record` must satisfy the database in every one of them, so it is the furthest one put back.
    """
    step = workflow.steps[name]
    for state in states or [state for state, _label in record._meta.get_field("state").choices]:
        put(record, state)
        if state in step.sources:
            with trial():
                act()
                assert state_of(record) == step.target
                line = AuditEvent.objects.filter(
                    verb=name, target_type=record._meta.label_lower, target_id=record.pk
                ).latest("seq")
                assert (line.before, line.after) == (state, step.target)
        else:
            with no_trace(record), pytest.raises(WrongState):
                act()


def check_duty(permission, act, *untouched):
    """`act(by)` is denied to a stranger and to everybody whose roles lack the permission; no trace."""
    with no_trace(*untouched):
        for role in [None, *(role for role in Role if permission not in GRANTS[role])]:
            roles = [role] if role else []
            somebody = given.person("无权者", *roles, district_code=given.District.NANHAI)
            with pytest.raises(PermissionDenied):
                act(somebody)


def copy_of(record, **changes):
    """Try to insert the same row once more, some values changed."""
    twin = type(record)._base_manager.get(pk=record.pk)
    twin.pk, twin._state.adding = None, True
    for name, value in changes.items():
        setattr(twin, name, value)
    twin.save(force_insert=True)
    return twin
