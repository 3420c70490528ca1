"""Two at once. Each guard has a twin that switches it off and must see the damage."""

import pytest
from django.db import connection

from enterprises.memberships import actions
from enterprises.models import Membership
from foshan_quality.permissions import Relation
from tests import given
from tests.committed import sweep_away
from tests.threads import at_once, kinds, slow_inside, without_row_locks

TIMES = 10


@pytest.fixture
def without_one_membership(committed):
    """The database lets a person be a member twice."""
    index = next(c for c in Membership._meta.constraints if c.name == "one_membership")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Membership, index)
    yield
    sweep_away()
    with connection.schema_editor() as editor:
        editor.add_constraint(Membership, index)


def asked():
    """A colleague and the invitation waiting for the colleague."""
    organisation, colleague = given.organisation(), given.person("同事")
    owner = given.owner_of(organisation)
    return colleague, actions.invite(organisation, by=owner, email=colleague.email, role="editor")


def test_accepting_in_two_windows_at_once_gives_one_membership_and_both_windows_say_so(committed):
    for _ in range(TIMES):
        colleague, invitation = asked()

        outcomes = at_once(*[lambda c=colleague, i=invitation: actions.accept(i, by=c)] * 2)

        assert outcomes == [colleague.memberships.get()] * 2


def test_without_the_locks_the_constraint_alone_still_gives_one_membership(committed, monkeypatch):
    colleague, invitation = asked()
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, Membership.objects, "create")

    outcomes = at_once(*[lambda: actions.accept(invitation, by=colleague)] * 2)

    assert kinds(outcomes) == ["IntegrityError", "done"]
    assert colleague.memberships.count() == 1


def test_without_locks_and_constraint_the_damage_is_two_memberships(without_one_membership, monkeypatch):
    colleague, invitation = asked()
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, Membership.objects, "create")

    at_once(*[lambda: actions.accept(invitation, by=colleague)] * 2)

    assert colleague.memberships.count() == 2


def two_owners():
    organisation = given.organisation()
    return organisation, [given.owner_of(organisation), given.colleague_of(organisation, Relation.OWNER)]


def owners_left(organisation):
    return organisation.memberships.filter(role=Relation.OWNER, ended_at=None).count()


def test_two_owners_leaving_at_once_leave_one_behind(committed):
    for _ in range(TIMES):
        organisation, owners = two_owners()

        at_once(*[lambda by=by, o=organisation: actions.leave(o, by=by) for by in owners])

        assert owners_left(organisation) == 1


def test_without_the_lock_the_damage_is_an_organisation_without_owner(committed, monkeypatch):
    organisation, owners = two_owners()
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, actions, "_end")

    at_once(*[lambda by=by: actions.leave(organisation, by=by) for by in owners])

    assert owners_left(organisation) == 0
