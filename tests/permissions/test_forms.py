"""What a form does not ask for cannot be handed in with it, and what is not released cannot be inferred."""

import re

import pytest

from awards.models import Application, Objection
from awards.process import State
from enterprises.districts import District
from enterprises.models import BankAccount, Membership, Organisation, RoleGrant, User
from foshan_quality.lib import clock
from foshan_quality.permissions import Relation, Role
from tests import given
from tests.desk import list_url, office
from tests.steps import put, trial

pytestmark = pytest.mark.django_db

# What somebody might slip in beside the fields a form asks for.
SLIPPED_IN = {
    "state": "honoured",
    "number": "FSZLJ2026-999",
    "submitted_at": "2026-03-01",
    "total": "1000",
    "amount": "10000000",
    "percentage": "100",
    "is_staff": "on",
    "is_active": "",
    "is_superuser": "on",
    "roles": "secretariat",
    "role_grants": "1",
    "edition": "1",
    "created_by": "1",
    "owner": "1",
    "code_doubted": "on",
    "code_confirmed_by": "1",
    "confirmed_by": "1",
    "recorded_by": "1",
    "finding": "不成立",
    "replaced_at": "2026-03-01",
}
REGISTRATION = {
    "name": "佛山市夹带机械有限公司",
    "district_code": District.NANHAI,
    "industry": "装备制造",
    "size": "medium",
    "registered_on": "2005-06-18",
    "legal_representative": "某代表",
    "address": "佛山市某路 1 号",
}


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        ("sections/profile/", {"overview": "新的概述", "base-overview": "1:0"}),
        ("sections/4.1/", {"4.1.2": "新的自评"}),
        ("sections/indicators/", {"revenue-2025": "5"}),
        ("sections/documents/", {"kind": "licence"}),
        ("check/", {}),
        ("withdraw/", {}),
    ],
)
def test_the_forms_of_the_dossier_take_nothing_beside_what_they_ask_for(draft, owner, page, asked):
    everything = (Application, Membership, Organisation, RoleGrant, User)
    before = [list(model.objects.order_by("pk").values()) for model in everything]

    office(owner).post(f"/applications/{draft.pk}/{page}", SLIPPED_IN | {"organisation": "1", "role": "owner"} | asked)

    assert [without_sign_in(model) for model in everything] == [
        [row | {"last_login": None} if "last_login" in row else row for row in rows] for rows in before
    ]


def without_sign_in(model):
    rows = list(model.objects.order_by("pk").values())
    return [row | {"last_login": None} if "last_login" in row else row for row in rows]


def test_handing_in_sets_the_state_the_number_and_the_time_itself(draft, owner, spring):
    office(owner).post(f"/applications/{draft.pk}/check/", SLIPPED_IN | {"agrees": "on"})

    draft.refresh_from_db()
    assert (draft.state, draft.number, draft.submitted_at) == (State.SUBMITTED, f"{draft.edition.code}-001", spring)


def test_registering_takes_nothing_beside_what_the_licence_says(stranger, spring):
    asked = REGISTRATION | {"credit_code": given.credit_code()}

    office(stranger).post("/organisations/new/", SLIPPED_IN | asked | {"role": "secretariat"})

    registered = Organisation.objects.get(name=asked["name"])
    assert (registered.code_doubted, registered.code_confirmed_by, registered.created_by) == (False, None, stranger)
    assert list(registered.memberships.values_list("user", "role", "ended_at")) == [(stranger.pk, "owner", None)]
    assert RoleGrant.objects.filter(user=stranger).count() == 0


def test_an_account_is_always_the_own_organisations_own(organisation, owner, spring):
    other = given.organisation()
    asked = {"holder": organisation.name, "bank": "某银行", "number": "6222000000001234"}
    asked["proof"] = given.upload("开户信息.pdf")

    office(owner).post(
        f"/organisations/{organisation.pk}/account/", SLIPPED_IN | asked | {"organisation": str(other.pk)}
    )

    account = BankAccount.objects.get()
    assert (account.organisation, account.confirmed_by, account.replaced_at) == (organisation, owner, None)


@pytest.mark.parametrize("role", ["secretariat", "sitting_expert", "leader", ""])
def test_a_colleague_gets_a_part_in_the_firm_and_never_a_duty(organisation, owner, stranger, role):
    office(owner).post(
        f"/organisations/{organisation.pk}/members/add/", SLIPPED_IN | {"email": stranger.email, "role": role}
    )

    assert not stranger.memberships.exists()
    assert not stranger.role_grants.exists()


def test_signing_up_gives_no_duty_and_no_firm(client, db):
    asked = {"name": "新人", "email": "new@example.invalid", "password1": given.PASSWORD, "password2": given.PASSWORD}

    client.post("/accounts/signup/", SLIPPED_IN | asked | {"role": "secretariat", "organisation": "1"})

    person = User.objects.get(email=asked["email"])
    assert (person.is_active, person.is_staff, person.roles, person.memberships.count()) == (True, False, set(), 0)


def test_an_objection_is_always_undecided_and_the_publics_own(client):
    season = given.walk_to("publicised", firms=1, quorum="1/100")
    asked = {"candidate": "0", "grounds": "事实", "objector": "某人", "contact": "电话", "is_true": "on"}

    with clock.at(given.NOTICE):
        client.post(f"/notices/{season.notice.address}/object/", SLIPPED_IN | {"state": "upheld"} | asked)

    objection = Objection.objects.get()
    assert (objection.state, objection.finding, objection.recorded_by) == ("received", "", None)


# --- two worlds that differ in one hidden fact answer alike ---------------------------------------------


def page_text(client, url, data=None):
    """A page without what differs on every opening."""
    response = client.get(url) if data is None else client.post(url, data, follow=True)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def test_before_the_release_an_applicant_reads_the_same_whatever_was_decided(accepted, owner):
    client, pages = office(owner), [f"/applications/{accepted.pk}/{page}" for page in ("", "receipt/", "dossier/")]
    seen = {}

    for state in (State.IN_REVIEW, State.SHORTLISTED, State.NOT_SHORTLISTED, State.PROPOSED, State.NOT_PROPOSED):
        put(accepted, state)
        read = [page_text(client, url) for url in ("/desk/", "/inbox/", *pages)]
        tried = [page_text(client, f"{pages[0]}{act}/", {}) for act in ("withdraw", "reopen", "check")]
        seen[state] = read + tried

    assert {state: texts == seen[State.IN_REVIEW] for state, texts in seen.items()} == dict.fromkeys(seen, True)


def test_an_expert_reads_the_same_whether_a_colleague_has_scored_or_not():
    season = given.walk_to("panelled", firms=1)
    own, other = season.applications[0].assignments.order_by("pk")[:2]
    client, page = office(own.expert), f"/office/awards/assignment/{own.pk}/change/"

    with clock.at(given.REVIEW):
        before = [page_text(client, url) for url in (page, list_url(type(own)), "/office/")]
        given.score(other)
        after = [page_text(client, url) for url in (page, list_url(type(own)), "/office/")]

    assert after == before


def test_a_member_reads_the_same_whatever_the_others_voted():
    season = given.walk_to("voting", firms=1, quorum="1/100")
    client, page = office(season.members[0]), f"/office/awards/meeting/{season.meeting.pk}/change/"
    read = []

    for approved in ([], [season.applications[0].pk]):
        with trial():
            given.sitting.cast_ballot(season.meeting, by=season.members[1], approved=approved)
            read.append(page_text(client, page))

    assert read[0] == read[1]


# --- one person, two parts -----------------------------------------------------------------------------


def test_a_secretary_who_is_also_a_districts_officer_reads_only_that_districts_dossiers(edition):
    here, there = (
        given.submitted(given.complete_draft(edition, given.organisation(district=district)))
        for district in (District.NANHAI, District.SHUNDE)
    )
    both = given.person("两职", Role.SECRETARIAT, Role.DISTRICT_OFFICER, district_code=District.NANHAI)

    assert list(Application.objects.visible_to(both)) == [here]
    assert office(both).get(f"/documents/{there.documents.first().pk}/").status_code == 404


def test_an_expert_who_is_a_colleague_of_the_firm_reads_its_draft_as_a_colleague_and_not_in_the_office(draft):
    expert = given.expert()
    draft.organisation.memberships.create(user=expert, role=Relation.READER)
    client = office(expert)

    assert client.get(f"/applications/{draft.pk}/").status_code == 200
    assert client.get(f"/office/awards/application/{draft.pk}/change/").status_code == 403
