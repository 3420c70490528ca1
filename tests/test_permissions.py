"""Every page of the portal, tried by everybody: who gets in, what the others get, what it shows and what it writes."""

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.urls import get_resolver, reverse

from enterprises.models import User
from tests.desk import asked_and_not_drawn, list_url
from tests.permissions.crawl import AUDIT, Visitor, address, browser, only_answers, opened, surprises
from tests.permissions.everybody import (
    folders_of_the_file,
    known_addresses,
    known_cookies,
    known_people,
    one_world,
    plain_refusals,
    undone,
)
from tests.permissions.policy import (
    APPLICANTS,
    DESKS,
    EVERYBODY,
    FIRM,
    LEADER,
    LOGGED_READS,
    OF_SIGN_IN,
    OFFICE,
    PAGES,
    SCRATCH,
    SECRETS,
    UNKNOWN,
    UNNAMED,
    Page,
)
from tests.permissions.world import NOW

__all__ = ["folders_of_the_file", "known_addresses", "known_cookies", "known_people", "one_world"]
__all__ += ["plain_refusals", "undone"]
pytestmark = pytest.mark.django_db
ACTORS = sorted(EVERYBODY)
MOST_QUERIES = 11  # a page, the reading of session and frame included; that of the person comes on top


def routes(resolver, space="", prefix=""):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern, inner, prefix + str(pattern.pattern))
        else:
            yield f"{space}{pattern.name}" if pattern.name else prefix + str(pattern.pattern)


def test_every_route_of_the_portal_has_a_policy():
    found = set(routes(get_resolver()))

    ours = {route for route in found if not route.startswith(OF_SIGN_IN)}

    assert ours == {page.route for page in PAGES} | UNNAMED


def test_every_act_of_the_office_has_a_policy():
    offered = {
        model._meta.label_lower: (set(desk.list_acts), set(desk.acts)) for model, desk in admin.site._registry.items()
    }

    decided = {
        label: (set(desk.begins), {act for record in desk.records.values() for act in record.acts})
        for label, desk in DESKS.items()
    }

    assert offered == decided


@pytest.mark.parametrize("actor", ACTORS)
def test_each_person_opens_exactly_the_pages_of_the_policy_and_reads_and_writes_nothing_else(world, actor):
    visits = opened(world, PAGES, actor)

    assert surprises(visits, Page.read_by, actor) == []
    assert leaks(world, visits, actor) == []
    assert stray_writes(visits) == []
    assert too_many_queries(visits) == {}


def too_many_queries(visits):
    """The statements of pages that ask the database more often than a page should."""
    return {str(page): visit.queries for page, visit in visits.items() if len(visit.queries) > MOST_QUERIES}


def leaks(world, visits, actor):
    """Secrets on this person's pages that are not for this person."""
    hidden = [secret for secret, readers in SECRETS.items() if actor not in readers]
    return [(str(page), secret) for page, v in visits.items() for secret in hidden if world.secrets[secret] in v.text]


def stray_writes(visits):
    """Pages that wrote on being opened: refused ones anything, the others more than who took which paper in hand."""
    return [
        (str(page), v.written, v.verbs)
        for page, v in visits.items()
        if (v.written and v.answer != "in") or v.written - SCRATCH - {AUDIT} or set(v.verbs) - LOGGED_READS
    ]


def test_without_the_second_factor_that_a_duty_requires_no_page_behind_the_sign_in_opens(world, settings):
    settings.OFFICE_SECOND_FACTOR = True
    behind = {page.route: page for page in PAGES if "anonymous" not in page.opens | page.unaware}.values()

    sent_to = {*led(world, "secretary", "get", behind), *led(world, "leader", "post", behind)}

    assert sent_to == {reverse("mfa_activate_totp")}


def led(world, actor, way, pages):
    """Where each page sends this person, or what else it answers."""
    client = browser(world, actor)
    for page in pages:
        response = getattr(client, way)(address(world, page))
        yield response.headers.get("Location", response.status_code)
        client.cookies.pop("messages", None)  # what a page wants to say is written anew with whatever waits to be read


def test_with_a_second_factor_a_duty_opens_what_the_policy_says(world, settings):
    settings.OFFICE_SECOND_FACTOR = True
    secretary = world.people["secretary"]
    Authenticator.objects.create(user=secretary, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})

    records = [page for page in PAGES if page.way == "GET"]
    assert surprises(only_answers(world, records, "secretary"), Page.read_by, "secretary") == []
    assert surprises(only_answers(world, APPLICANTS, "owner"), Page.read_by, "owner") == []


@pytest.mark.parametrize("actor", sorted(OFFICE | LEADER | FIRM))
def test_whoever_loses_the_duty_or_leaves_the_firm_is_a_stranger_at_the_next_click(world, actor):
    visitor, person = Visitor(world, actor), world.people[actor]

    person.role_grants.update(ended_at=NOW)
    person.memberships.update(ended_at=NOW)

    assert surprises(opened_again(visitor, "stranger"), Page.read_by, "stranger") == []


@pytest.mark.parametrize("actor", ["owner", "secretary", "sitting_expert", "maker", "leader", "security_officer"])
def test_a_closed_account_is_signed_out_at_the_next_click(world, actor):
    visitor = Visitor(world, actor)

    User.objects.filter(pk=world.people[actor].pk).update(is_active=False)

    assert surprises(opened_again(visitor, "anonymous"), Page.read_by, "anonymous") == []


def opened_again(visitor, sunk_to):
    """What was open to this person and is not to whom the person has become."""
    lost = [page for page in PAGES if visitor.actor in page.opens and sunk_to not in page.opens]
    with asked_and_not_drawn():
        return {page: visitor.opens(page) for page in lost}


@pytest.mark.parametrize(
    "actor", ["stranger", "other_owner", "district_officer_elsewhere", "absent_member", "idle_expert"]
)
def test_a_record_one_may_not_know_of_answers_as_one_that_does_not_exist(world, actor):
    client = browser(world, actor)
    hidden = [page for page in PAGES if page.on and page.read_by(actor) == {UNKNOWN}]

    answers = {client.get(address(world, page, exists=False)).status_code for page in hidden}

    assert answers == {UNKNOWN}


WATCHERS = ["district_officer", "sitting_expert", "maker", "auditor", "system_officer"]


@pytest.mark.parametrize("actor", WATCHERS)
def test_lists_are_not_searched_by_what_the_searcher_may_not_see(world, actor):
    client = browser(world, actor)
    searched = [model for model, desk in admin.site._registry.items() if desk.search_fields]
    lists = [list_url(model) for model in searched if actor in DESKS[model._meta.label_lower].lists]
    hidden = [text for secret, text in world.secrets.items() if actor not in SECRETS[secret]]

    with asked_and_not_drawn():
        found = {address: found_by(client.get(address, {"q": hidden[0]}), hidden) for address in lists}

    assert found == {address: [] for address in lists}


def found_by(page, words):
    """Those of these words that find a row in the list this page shows, which was asked for the first of them."""
    shown, found = page.context_data["cl"], []
    assert shown.query == words[0]
    for text in words:
        shown.query = text
        if shown.get_queryset(page.wsgi_request).exists():
            found.append(text)
    return found


@pytest.mark.parametrize("label", DESKS)
def test_lists_are_filtered_only_by_what_they_offer(world, label):
    model = apps.get_model(label)
    client = browser(world, sorted(DESKS[label].lists)[-1])
    desk, route = admin.site._registry[model], f"admin:{label.replace('.', '_')}_changelist"
    filters = [item[0] if isinstance(item, tuple) else item for item in desk.list_filter]
    offered = {*filters, desk.date_hierarchy} | {getattr(item, "parameter_name", None) for item in filters}

    answered = {
        field.name: client.get(reverse(route, query={f"{field.name}__isnull": "1"})).status_code
        for field in model._meta.get_fields()
        if field.name not in offered
    }

    assert {name: status for name, status in answered.items() if status != 400} == {}
