"""Staying and going: roles, handing over, leaving, removing."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from awards.applications import actions as applying
from awards.models import Answer
from enterprises.memberships import actions
from enterprises.models import AuditEvent
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Relation
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(organisation):
    return given.colleague_of(organisation)


@pytest.fixture
def place(colleague):
    """The colleague's membership."""
    return colleague.memberships.get()


def last_act():
    return AuditEvent.objects.latest("seq")


def test_the_owner_changes_a_role_and_the_colleague_is_told(client, organisation, owner, colleague, place):
    client.force_login(owner)

    client.post(reverse("member", args=[organisation.pk, place.pk]), {"role": "reader"})

    assert organisation.roles_of(colleague) == {Relation.READER}
    assert colleague.inbox.get().text == f"您在{organisation}的角色已改为查阅人。"
    assert (last_act().verb, last_act().before, last_act().after) == ("change_member_role", "editor", "reader")


def test_the_last_owner_neither_leaves_nor_takes_another_role(client, organisation, owner, place):
    client.force_login(owner)
    own = owner.memberships.get()

    left = client.post(reverse("organisation_leave", args=[organisation.pk]))
    changed = client.post(reverse("member", args=[organisation.pk, own.pk]), {"role": "reader"})

    said = "这是本单位唯一的负责人，请先移交：在单位页面的“成员”里点接任者的姓名。没有改动任何内容。"
    assert left.status_code == 409
    assert said in left.content.decode()
    assert changed.context["form"].non_field_errors() == [said]
    assert organisation.roles_of(owner) == {Relation.OWNER}


def test_handing_over_swaps_the_parts_and_tells_both(client, organisation, owner, colleague, place):
    client.force_login(owner)

    client.post(reverse("member_hand_over", args=[organisation.pk, place.pk]))

    assert organisation.roles_of(colleague) == {Relation.OWNER}
    assert organisation.roles_of(owner) == {Relation.EDITOR}
    assert colleague.inbox.get().text == f"{owner}已把{organisation}的负责人移交给您。"
    assert owner.inbox.get().text == f"您已把{organisation}的负责人移交给{colleague}，您现在是填报人。"
    assert client.get(reverse("organisation_rename", args=[organisation.pk])).status_code == 403


def test_one_of_two_owners_may_leave_and_the_other_is_told(client, organisation, owner, place, colleague):
    actions.change_role(place, by=owner, role=Relation.OWNER)
    client.force_login(owner)

    answer = client.post(reverse("organisation_leave", args=[organisation.pk]))

    assert answer.url == reverse("desk")
    assert client.get(organisation.get_absolute_url()).status_code == 404
    assert colleague.inbox.first().text == f"{owner}已离开{organisation}，此前填写的内容保留。"


def test_a_removed_member_is_out_at_the_next_click_is_told_and_what_was_written_stays(client, edition, organisation):
    owner, colleague = given.owner_of(organisation), given.colleague_of(organisation)
    draft = given.empty_draft(edition, organisation)
    applying.save_answers(draft, by=colleague, texts={"overview": "同事写的。"})
    client.force_login(colleague)
    before = client.get(draft.get_absolute_url()).status_code
    place = colleague.memberships.get()

    given_up = owner.memberships.get()
    actions.remove_member(place, by=owner)

    assert (before, client.get(draft.get_absolute_url()).status_code) == (200, 404)
    assert colleague.inbox.get().text.startswith(f"您已不再是{organisation}的成员")
    row = Answer.objects.get(application=draft, key="overview")
    assert (row.text, row.updated_by) == ("同事写的。", colleague)
    client.force_login(owner)
    assert str(colleague) in client.get(draft.get_absolute_url()).content.decode()
    with pytest.raises(Refused, match="不能移除自己"):
        actions.remove_member(given_up, by=owner)


def test_somebody_gone_is_not_removed_again_and_may_be_invited_again(organisation, owner, colleague, place):
    actions.leave(organisation, by=colleague)

    with pytest.raises(WrongState):
        actions.remove_member(place, by=owner)
    invitation = actions.invite(organisation, by=owner, email=colleague.email, role="reader")
    actions.accept(invitation, by=colleague)

    assert colleague.memberships.count() == 2
    assert organisation.roles_of(colleague) == {Relation.READER}


def test_members_who_do_not_own_see_no_such_pages_and_the_actions_refuse_them(client, organisation, colleague, place):
    client.force_login(colleague)
    member, other = [organisation.pk, place.pk], given.colleague_of(organisation).memberships.get()

    statuses = [
        client.get(reverse("member", args=member)).status_code,
        client.post(reverse("member_remove", args=member)).status_code,
        client.post(reverse("member_hand_over", args=member)).status_code,
    ]

    assert statuses == [403, 403, 403]
    for act in (actions.remove_member, actions.hand_over):
        with pytest.raises(PermissionDenied):
            act(other, by=colleague)
    with pytest.raises(PermissionDenied):
        actions.change_role(place, by=colleague, role=Relation.OWNER)


def test_a_member_of_another_firm_is_not_found_under_ones_own(client, organisation, owner):
    elsewhere = given.owner_of(given.organisation()).memberships.get()
    client.force_login(owner)

    statuses = {
        client.post(reverse(name, args=[organisation.pk, elsewhere.pk])).status_code
        for name in ("member", "member_remove", "member_hand_over")
    }

    assert statuses == {404}
