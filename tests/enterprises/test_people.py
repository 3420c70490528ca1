from itertools import permutations, product

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from awards.applications.models import Outcome
from awards.applications.screening_actions import propose
from awards.reviews import actions as reviewing
from enterprises.districts import District
from enterprises.models import AuditEvent, RoleGrant, User
from enterprises.people import actions as people
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import (
    GRANTS,
    INCOMPATIBLE,
    OFFICERS,
    RELATION_GRANTS,
    Permission,
    Relation,
    Role,
)
from tests import given
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by
from tests.threads import at_once, kinds, slow_inside, without_row_locks

PAIRS = sorted(permutations(Role, 2))


def district_for(role):
    return District.NANHAI if role == Role.DISTRICT_OFFICER else ""


@pytest.fixture
def security(db):
    return given.security_officer()


# --- granting -----------------------------------------------------------------------------------------


def test_every_pair_of_duties_meets_in_one_person_only_where_the_table_allows_it(security):
    refusals = set()
    for held, wanted in PAIRS:
        user = given.person("某人", held, district_code=district_for(held))
        try:
            people.grant_role(user, by=security, role=wanted, district_code=district_for(wanted))
        except people.Refused:
            refusals.add(frozenset({held, wanted}))

    assert refusals == INCOMPATIBLE


def test_a_refusal_names_the_person_and_both_duties(security):
    user = given.maker()

    with refused(f"{user}已是“资金经办”，不能同时担任“资金复核”。没有改动任何内容。", untouched=[user]):
        people.grant_role(user, by=security, role=Role.FINANCE_CHECKER)


def test_officers_stand_apart_from_each_other_and_from_all_business():
    business = set(Role) - OFFICERS - {Role.ROBOT}

    apart = {frozenset({a, b}) for a, b in product(OFFICERS, OFFICERS | business) if a != b}

    assert apart - INCOMPATIBLE == set()


@pytest.mark.parametrize(
    "pair",
    [
        {Role.FINANCE_MAKER, Role.FINANCE_CHECKER},
        {Role.LEADER, Role.FINANCE_MAKER},
        {Role.LEADER, Role.FINANCE_CHECKER},
        {Role.EXPERT, Role.SECRETARIAT},
        {Role.EXPERT, Role.COMMITTEE},
        {Role.COMMITTEE, Role.FINANCE_MAKER},
        {Role.COMMITTEE, Role.FINANCE_CHECKER},
        {Role.AUDITOR, Role.SECURITY_OFFICER},
        {Role.AUDITOR, Role.SYSTEM_OFFICER},
        {Role.SYSTEM_OFFICER, Role.SECURITY_OFFICER},
        {Role.AUDITOR, Role.SECRETARIAT},
    ],
    ids=lambda pair: "+".join(sorted(pair)),
)
def test_the_pairs_that_matter_most_are_in_the_table(pair):
    assert frozenset(pair) in INCOMPATIBLE


def test_an_ended_duty_no_longer_stands_in_the_way(security):
    user = given.maker()
    people.end_role(user.role_grants.get(), by=security, reason="调岗")

    people.grant_role(user, by=security, role=Role.FINANCE_CHECKER)

    assert User.objects.get(pk=user.pk).roles == {Role.FINANCE_CHECKER}


def test_a_grant_works_at_once_and_is_in_the_trail(security):
    user = given.person()
    assert user.roles == set()

    people.grant_role(user, by=security, role=Role.SECRETARIAT)

    assert user.roles == {Role.SECRETARIAT}
    line = AuditEvent.objects.get()
    assert (line.verb, line.actor_id, line.target_id, line.after) == (
        "grant_role",
        security.pk,
        str(user.pk),
        "secretariat",
    )


def test_nobody_grants_to_self(security):
    with refused("不能给自己授予角色，请由另一名安全管理员办理。没有改动任何内容。", untouched=[security]):
        people.grant_role(security, by=security, role=Role.SECRETARIAT)

    assert RoleGrant.objects.count() == 1


def test_only_the_security_officer_grants_and_ends_duties(security):
    user = given.person("某人", Role.COMMITTEE)
    given.security_officer()

    check_duty(Permission.ROLE_GRANT, lambda by: people.grant_role(user, by=by, role=Role.EXPERT), user)
    check_duty(Permission.ROLE_GRANT, lambda by: people.end_role(user.role_grants.get(), by=by, reason="理由"), user)


def test_the_same_duty_is_not_granted_twice(security):
    user = given.secretary()

    with refused(f"{user}已经是“秘书处”。"):
        people.grant_role(user, by=security, role=Role.SECRETARIAT)


@pytest.mark.parametrize(
    ("role", "district"), [(Role.DISTRICT_OFFICER, ""), (Role.SECRETARIAT, District.NANHAI)], ids=["without", "with"]
)
def test_a_district_belongs_to_district_officers_and_to_them_alone(security, role, district):
    user = given.person()

    with refused("区市场监管人员须指定所辖区，其他角色不能指定。没有改动任何内容。", untouched=[user]):
        people.grant_role(user, by=security, role=role, district_code=district)
    with refused_by("district_only_for_district_officers"):
        user.role_grants.create(role=role, district_code=district)


def test_the_database_refuses_the_same_duty_twice(db):
    user = given.secretary()

    with refused_by("one_grant"):
        copy_of(user.role_grants.get())


# --- taking back --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(OFFICERS))
def test_the_last_one_of_each_officer_stays(security, role):
    last = security if role == Role.SECURITY_OFFICER else given.person("末任", role)

    with refused(f"这是最后一名“{role.label}”，请先授予接任者。没有改动任何内容。"):
        people.end_role(last.role_grants.get(), by=security, reason="理由")

    assert last.role_grants.get().ended_at is None


def test_an_officer_whose_account_is_closed_does_not_count_as_a_successor(security):
    auditor, closed = given.auditor(), given.auditor()
    people.set_active(closed, by=given.system_officer(), is_active=False)

    with refused("这是最后一名“审计管理员”，请先授予接任者。没有改动任何内容。"):
        people.end_role(auditor.role_grants.get(), by=security, reason="理由")


def test_the_account_of_the_last_officer_is_not_closed(security):
    with refused("这是最后一名“安全管理员”，请先授予接任者。没有改动任何内容。", untouched=[security]):
        people.set_active(security, by=given.system_officer(), is_active=False)


def test_an_officer_with_a_successor_may_go(security):
    first, _second = given.auditor(), given.auditor()

    grant = people.end_role(first.role_grants.get(), by=security, reason="退休")

    assert grant.ended_at is not None
    assert User.objects.get(pk=first.pk).has_perm(Permission.AUDIT_VIEW) is False
    line = AuditEvent.objects.get()
    assert (line.verb, line.before, line.note) == ("end_role", "auditor", "退休")


def test_a_duty_ends_once(security):
    grant = given.secretary().role_grants.get()
    people.end_role(grant, by=security, reason="理由")

    with no_trace(grant), pytest.raises(WrongState):
        people.end_role(grant, by=security, reason="理由")


def remove_each_other():
    """Two security officers end each other's duty at one instant; what became of both, and how many are left."""
    first, second = given.security_officer(), given.security_officer()
    grants = {officer: officer.role_grants.get() for officer in (first, second)}
    outcomes = at_once(
        lambda: people.end_role(grants[second], by=first, reason="理由"),
        lambda: people.end_role(grants[first], by=second, reason="理由"),
    )
    left = RoleGrant.objects.filter(role=Role.SECURITY_OFFICER, ended_at=None)
    count = left.count()
    left.update(ended_at=given.SPRING)
    return kinds(outcomes), count


def test_two_security_officers_cannot_remove_each_other_at_once(committed):
    for _ in range(10):
        outcomes, left = remove_each_other()

        assert outcomes in (["Refused", "done"], ["PermissionDenied", "done"])
        assert left == 1


def test_twin_without_row_locks_two_officers_leave_none(committed, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, people.audit, "record")

    assert remove_each_other() == (["done", "done"], 0)


# --- accounts -----------------------------------------------------------------------------------------


def test_a_new_account_has_no_password_and_nobody_signs_in_to_it(db):
    user = people.create_account(by=given.system_officer(), email="New@Example.invalid", name="新人")

    assert (user.email, user.has_usable_password(), user.roles) == ("new@example.invalid", False, set())
    assert authenticate(email="new@example.invalid", password="") is None


def test_an_address_has_one_account_whatever_its_case(db):
    officer = given.system_officer()
    people.create_account(by=officer, email="new@example.invalid", name="新人")

    with refused("邮箱 NEW@example.invalid 已有账号，没有重复建立。"):
        people.create_account(by=officer, email="NEW@example.invalid", name="又一人")
    with refused_by("enterprises_user_email_key"):
        User.objects.create_user("NEW@example.invalid", name="又一人")


def test_only_the_system_officer_opens_and_closes_accounts(db):
    user = given.person()

    check_duty(Permission.USER_MANAGE, lambda by: people.create_account(by=by, email="x@example.invalid", name="某"))
    check_duty(Permission.USER_MANAGE, lambda by: people.set_active(user, by=by, is_active=False), user)


def test_a_closed_account_may_do_nothing_at_once(db):
    secretary, officer = given.secretary(password=given.PASSWORD), given.system_officer()

    people.set_active(secretary, by=officer, is_active=False)

    closed = User.objects.get(pk=secretary.pk)
    assert (closed.is_staff, closed.has_perm(Permission.EDITION_PREPARE)) == (False, False)
    assert authenticate(email=closed.email, password=given.PASSWORD) is None
    assert AuditEvent.objects.get().verb == "close_account"


def test_an_account_is_opened_again_by_another_act(db):
    user, officer = given.person(), given.system_officer()
    people.set_active(user, by=officer, is_active=False)

    people.set_active(user, by=officer, is_active=True)

    assert User.objects.get(pk=user.pk).is_active is True
    assert list(AuditEvent.objects.values_list("verb", flat=True)) == ["open_account", "close_account"]


def test_nobody_closes_their_own_account(db):
    officer = given.system_officer()

    with refused("不能停用或启用自己的账号。没有改动任何内容。", untouched=[officer]):
        people.set_active(officer, by=officer, is_active=False)


def test_the_robot_is_one_account_that_nobody_can_sign_in_to(db):
    robot = User.objects.robot()

    assert User.objects.robot().pk == robot.pk
    assert robot.roles == {Role.ROBOT}
    assert (robot.has_usable_password(), robot.is_staff) == (False, False)
    for password in ("", "!", robot.password, "None"):
        assert authenticate(email=robot.email, password=password) is None


def test_nobody_stands_above_the_permission_table(db):
    assert User.is_superuser is False
    with pytest.raises(TypeError):
        User.objects.create_user("root@example.invalid", name="root", is_superuser=True)


# --- the first security officer -----------------------------------------------------------------------


def test_the_first_security_officer_is_appointed_by_a_command_that_works_once(db):
    call_command("appoint_security_officer", "first@example.invalid", name="首任", verbosity=0)

    first = User.objects.get(email="first@example.invalid")
    assert first.roles == {Role.SECURITY_OFFICER}
    assert AuditEvent.objects.get().actor_id is None
    with pytest.raises(CommandError, match="已经有安全管理员"):
        call_command("appoint_security_officer", "second@example.invalid", verbosity=0)


# --- the table behind has_perm ------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_a_role_holds_exactly_the_permissions_of_its_line(db, role):
    user = given.person("某人", role, district_code=district_for(role))

    held = {permission for permission in Permission if user.has_perm(permission)}

    assert held == GRANTS[role]
    assert user.get_all_permissions() == {str(permission) for permission in GRANTS[role]}


SAMPLE = {
    "awards.submit_application": set(),
    "awards.score_assignment": set(),
    "awards.cast_ballot": set(),
    "awards.screen_application": {Role.SECRETARIAT},
    "awards.view_application": {Role.SECRETARIAT, Role.DISTRICT_OFFICER},
    "awards.view_ranking": {Role.SECRETARIAT},
    "awards.prepare_disbursement": {Role.FINANCE_MAKER},
    "awards.approve_disbursement": {Role.FINANCE_CHECKER},
    "awards.authorise_entitlement": {Role.LEADER},
    "awards.send_disbursement": {Role.ROBOT},
    "awards.draw_certificate": {Role.ROBOT},
    "enterprises.view_bankaccount": {Role.FINANCE_MAKER, Role.FINANCE_CHECKER},
    "enterprises.view_auditevent": {Role.AUDITOR},
    "enterprises.grant_role": {Role.SECURITY_OFFICER},
    "enterprises.manage_user": {Role.SYSTEM_OFFICER},
    "awards.view_dashboard": {Role.SECRETARIAT, Role.LEADER},
}


@pytest.mark.parametrize("permission", SAMPLE)
def test_who_holds_a_permission_everywhere(permission):
    assert {role for role in Role if permission in GRANTS[role]} == SAMPLE[permission]


@pytest.mark.parametrize("relation", [Relation.OWNER, Relation.EDITOR, Relation.READER])
def test_a_member_may_do_on_the_own_application_what_the_relation_says_and_nothing_on_others(
    edition, organisation, relation
):
    own = given.empty_draft(edition, organisation)
    other = given.empty_draft(edition, given.organisation())
    member = given.owner_of(organisation) if relation == Relation.OWNER else given.colleague_of(organisation, relation)

    assert {p for p in Permission if member.has_perm(p, own)} == RELATION_GRANTS[relation]
    assert {p for p in Permission if member.has_perm(p, other)} == set()
    assert {p for p in Permission if member.has_perm(p)} == set()


def test_a_member_who_left_may_do_nothing_any_more(edition, organisation):
    draft = given.empty_draft(edition, organisation)
    member = given.colleague_of(organisation)
    member.memberships.update(ended_at=given.SPRING)

    assert {p for p in Permission if member.has_perm(p, draft)} == set()


def test_a_district_officer_sees_the_own_district_only(edition):
    here = given.submitted(given.complete_draft(edition, given.organisation(district=District.NANHAI)))
    there = given.submitted(given.complete_draft(edition, given.organisation(district=District.SHUNDE)))
    officer = given.district_officer(District.NANHAI)

    assert officer.has_perm(Permission.APPLICATION_VIEW, here) is True
    assert officer.has_perm(Permission.APPLICATION_VIEW, there) is False
    assert officer.has_perm(Permission.ORGANISATION_VIEW, there.organisation) is False
    assert list(type(here).objects.visible_to(officer)) == [here]


def test_an_expert_reads_a_dossier_only_between_declaration_and_recusal(accepted, secretary):
    experts = [given.expert() for _ in range(3)]
    reviewing.set_panel(accepted, by=secretary, experts=experts, head=experts[0])
    sitting = accepted.assignments.get(expert=experts[0])

    def permissions():
        return {p for p in Permission if User.objects.get(pk=experts[0].pk).has_perm(p, accepted)}

    assigned = permissions()
    reviewing.declare_free(sitting, by=experts[0])
    declared = permissions()
    reviewing.recuse(sitting, by=experts[0], reason="亲属任职")
    recused = permissions()

    own = GRANTS[Role.EXPERT]
    assert assigned == own
    assert declared == own | RELATION_GRANTS[Relation.SITTING_EXPERT]
    assert recused == own


def test_a_meeting_member_votes_at_the_own_meeting_only(db):
    season = given.walk_to("voting", firms=1, experts=1, members=1, experts_per_application="1")

    assert season.members[0].has_perm(Permission.BALLOT_CAST, season.meeting) is True
    assert season.members[0].has_perm(Permission.BALLOT_CAST) is False
    assert given.member().has_perm(Permission.BALLOT_CAST, season.meeting) is False


def test_a_stranger_is_denied_by_the_action_itself(submitted, stranger):
    with no_trace(submitted), pytest.raises(PermissionDenied):
        propose(submitted, by=stranger, outcome=Outcome.ACCEPTED)
