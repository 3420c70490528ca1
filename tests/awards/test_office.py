"""The office as a whole: who may open which list, what waits for whom, what strangers and latecomers get."""

import re
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime

from awards.applications.actions import log_reading
from awards.certificates.actions import issue
from awards.models import Application, Assignment, Disbursement, Edition, Ranking
from awards.process import State
from awards.publicity.actions import object_to
from awards.reviews.sheet_actions import freeze, lift
from enterprises.districts import District
from enterprises.files.actions import store_pdf
from enterprises.models import AuditEvent, Organisation
from foshan_quality.lib import clock
from foshan_quality.permissions import Role
from tests import given
from tests.desk import act_url, asked_and_not_drawn, begin_url, buttons, list_url, office, press, record_url

pytestmark = pytest.mark.django_db

CALL = {"edition", "calendarday", "rubric", "checklistitem", "letterwording", "organisation", "application"}
DISTRICT = {"districtreview", "letter"}
CREDIT = {"creditrecord", "creditimport", "creditfinding"}
REVIEWS = {"assignment", "expert", "engagement", "panelproposal", "ranking", "meeting", "reviewcase"}
SCORING = {"scoringfreeze", "reading"}
PHASES = {"consensus", "sitevisit", "hearingcase", "feedbackreport"}
DECISION = {"notice", "objection", "paper", "texttemplate", "resolution", "honour", "honourentry", "honourimport"}
DECISION |= {"revocation", "certificate", "certificatebatch", "certificatetemplate", "replacement"}
BOOKS = {"entitlement", "disbursement", "clawback", "budget", "ledgertransaction", "outsidepayment"}
BOOKS |= {"clawbackentry", "paymentbatch", "reconciliation", "resultfile", "resultline", "reversal"}
LISTS = {
    Role.SECRETARIAT: CALL
    | DISTRICT
    | CREDIT
    | REVIEWS
    | SCORING
    | PHASES
    | DECISION
    | {"reviewphase", "hearing", "entitlement", "clawback", "subsidyrule", "committeeterm", "reconciliation"},
    Role.DISTRICT_OFFICER: {"edition", "organisation", "application", "notice"} | DISTRICT,
    Role.EXPERT: {"assignment", "engagement", "rubric"} | PHASES,
    Role.COMMITTEE: {"meeting"},
    Role.FINANCE_MAKER: BOOKS | {"subsidyrule", "honour"},
    Role.FINANCE_CHECKER: BOOKS | {"subsidyrule", "honour"},
    Role.AUDITOR: BOOKS | SCORING | {"auditevent", "subsidyrule"},
    Role.SYSTEM_OFFICER: {"user", "stuckcopy"},
    Role.SECURITY_OFFICER: {"user", "rolegrant"},
}
OURS = [model for model in admin.site._registry if model._meta.app_label in {"awards", "enterprises"}]


@pytest.mark.parametrize("role", LISTS)
def test_each_role_opens_its_own_lists_and_no_others(role):
    client = office(given.person("某人", role, district_code=District.NANHAI))

    with asked_and_not_drawn():
        opened = {model._meta.model_name: client.get(list_url(model)).status_code for model in OURS}

    assert {name for name, status in opened.items() if status == 200} == LISTS[role]
    assert {status for name, status in opened.items() if name not in LISTS[role]} <= {403}


def test_a_tab_bears_the_plain_name_of_its_list_record_or_act():
    edition, client = given.open_edition(), office(given.secretary())
    lists, record, act = (
        re.search("<title>(.*?)</title>", client.get(url).content.decode(), re.DOTALL)[1]
        for url in (list_url(Edition), record_url(edition), act_url(edition, "start_review"))
    )

    assert lists == "届次 · 佛山市政府质量奖办公平台"
    assert record == f"{edition} · 届次 · 佛山市政府质量奖办公平台"
    assert act.endswith(f" · {edition} · 佛山市政府质量奖办公平台")


def test_a_list_shows_days_and_moments_in_figures():
    edition = given.open_edition()

    page = office(given.secretary()).get(list_url(Edition)).content.decode()

    day, time = f"{localtime(edition.closes_at):%Y-%m-%d %H:%M}".split()
    assert f'<td class="field-closes_at"><span class="nowrap">{day}</span> {time}</td>' in page


def test_every_list_answers_each_order_filter_and_count_that_it_offers():
    given.open_edition()
    people = {role: given.person("某人", role, district_code=District.NANHAI) for role in LISTS}
    for model in OURS:
        name = model._meta.model_name
        person = next((people[role] for role in LISTS if name in LISTS[role]), None)
        if person is None:
            continue
        client = office(person)
        with asked_and_not_drawn():
            page = client.get(list_url(model))
        shown = page.context_data.get("cl")
        if shown is None:  # a page of its own in the list's place
            continue
        offered = [f"?o={n}" for n in range(1, len(shown.list_display) + 1)]
        offered += [choice["query_string"] for spec in shown.filter_specs for choice in spec.choices(shown)]

        answers = {query: asked(page, admin.site._registry[model], person, query) for query in offered}
        answers["?_facets=True"] = client.get(f"{list_url(model)}?_facets=True").status_code

        assert (name, {query: status for query, status in answers.items() if status != 200}) == (name, {})


def asked(page, desk, person, query):
    """What the list on this page answers to a query; its rows are found and not drawn."""
    request = RequestFactory().get(f"/{query}")
    request.user, request.resolver_match = person, page.resolver_match
    return desk.changelist_view(request).status_code


def test_the_office_is_shut_to_people_without_a_duty_and_asks_the_unknown_to_sign_in():
    leader, owner = given.leader(), given.owner_of(given.organisation())

    assert [office(person).get("/office/").status_code for person in (leader, owner)] == [403, 403]
    unknown = Client().get("/office/", follow=True)
    assert unknown.redirect_chain[-1] == ("/accounts/login/?next=%2Foffice%2F", 302)


def full_season(year):
    """An edition with an objection, and another gone through to a prepared payment."""
    season = given.walk_to("publicised", firms=1, quorum="1/100")
    about = season.applications[0]
    with clock.at(given.NOTICE + timedelta(days=1)):
        object_to(season.notice, application=about, objector="某人", contact="电话", grounds="事实", by=season.second)
    paid = given.walk_to("honoured", firms=1, quorum="1/100")
    Edition.objects.filter(pk=paid.edition.pk).update(year=year)  # certificate numbers are the year's
    issue(paid.edition, by=paid.secretary)
    given.prepared_payment(paid)
    log_reading(about, by=season.secretary, what="申报书")
    lift(freeze(season.edition, by=season.secretary, reason="核查"), by=season.second, reason="已查清")


def test_every_list_costs_the_same_at_one_season_and_at_three():
    full_season(2026)
    people = {role: office(given.person("某人", role, district_code=District.NANHAI)) for role in LISTS}
    before = costs(people)

    full_season(2027)
    full_season(2028)

    assert costs(people) == before
    assert max(before.values()) <= 12


def costs(people):
    """What each list costs each role that may open it; drawn for the first one, found for the others."""
    drawn, found = set(), {}
    for role, client in people.items():
        for model in OURS:
            if model._meta.model_name in LISTS[role]:
                with asked_and_not_drawn() if model in drawn else nullcontext():
                    found[role, model._meta.model_name] = cost(client, model)
                drawn.add(model)
    return found


def cost(client, model):
    with CaptureQueriesContext(connection) as queries:
        client.get(list_url(model))
    return len(queries)


def test_a_district_officer_sees_only_the_dossiers_of_the_district(edition):
    here, there = (
        given.submitted(given.complete_draft(edition, given.organisation(district=district)))
        for district in (District.NANHAI, District.SHUNDE)
    )
    client = office(given.district_officer(District.NANHAI))

    listed = client.get(list_url(Application)).context_data["cl"].result_list

    assert list(listed) == [here]
    assert client.get(record_url(here)).status_code == 200
    assert client.get(record_url(there)).status_code == 404
    assert client.get(record_url(there.organisation)).status_code == 404
    assert client.post(act_url(here, "propose_acceptance")).status_code == 403
    assert client.post(act_url(there, "propose_acceptance")).status_code == 404


def test_nobody_in_the_office_sees_a_draft(draft, secretary):
    client = office(secretary)

    assert list(client.get(list_url(Application)).context_data["cl"].result_list) == []
    assert client.get(record_url(draft)).status_code == 404
    assert client.get(f"/office/awards/application/{draft.pk}x/change/").status_code == 404


def test_opening_a_dossier_leaves_its_line_in_the_trail(submitted, secretary):
    office(secretary).get(record_url(submitted))

    last = AuditEvent.objects.latest("seq")
    assert (last.verb, last.actor_id, last.target_id) == ("read_dossier", secretary.pk, str(submitted.pk))


def test_the_buttons_are_the_steps_open_now_and_a_late_press_changes_nothing(submitted, secretary):
    second, proposals = given.secretary(), ["propose_acceptance", "propose_return", "propose_refusal"]
    assert buttons(secretary, submitted) == [*proposals, "request_final_book", "begin_district_review"]

    press(secretary, submitted, "propose_acceptance")
    opinion = {"proposal": submitted.screening_proposals.get().pk}
    assert buttons(secretary, submitted) == ["take_back_screening", "request_final_book", "begin_district_review"]
    assert buttons(second, submitted) == [
        "confirm_screening",
        "send_back_screening",
        "request_final_book",
        "begin_district_review",
    ]
    press(second, submitted, "confirm_screening", **opinion)

    late = office(second).post(act_url(submitted, "confirm_screening"), opinion, follow=True)
    assert buttons(secretary, submitted) == ["request_final_book", "set_panel"]
    assert "现在不能“复核通过”" in late.content.decode()
    assert AuditEvent.objects.filter(verb="accept").count() == 1


def test_an_unknown_act_is_not_there_and_reading_the_page_of_an_act_changes_nothing(submitted, secretary):
    client = office(secretary)

    assert client.get(act_url(submitted, "honour")).status_code == 404
    assert client.get(begin_url(Edition, "honour")).status_code == 404
    assert client.get(act_url(submitted, "propose_acceptance")).status_code == 200
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_a_refused_act_says_why_and_keeps_what_was_typed(submitted, secretary):
    client = office(secretary)

    answer = client.post(act_url(submitted, "propose_refusal"), {"reason": "不在本市登记。", "basis": ""})

    assert answer.status_code == 200
    assert "不在本市登记。" in answer.content.decode()
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_what_begins_from_a_list_needs_its_duty():
    client = office(given.district_officer())

    for model, name in ((Edition, "prepare"), (Ranking, "make"), (Disbursement, "prepare")):
        assert client.post(begin_url(model, name)).status_code == 403


def lines(user):
    return {
        line["label"]: (line["count"], line["url"]) for line in office(user).get("/office/").context_data["waiting"]
    }


def test_my_work_counts_exactly_the_list_it_opens(edition, secretary):
    for _ in range(2):
        given.submitted(given.complete_draft(edition, given.organisation()))
    given.accepted(given.submitted(given.complete_draft(edition, given.organisation())), by=secretary)

    count, url = lines(secretary)["申报待资格审查"]

    listed = office(secretary).get(url).context_data["cl"].result_list
    assert (count, {a.state for a in listed}, len(listed)) == (2, {"submitted"}, 2)
    assert lines(secretary)["已受理，待组建评审组"][0] == 1


def test_my_work_shows_each_role_its_own_lines_only():
    season = given.walk_to("voting", firms=2)
    expert, member = given.expert(), season.members[0]
    checker = given.checker()

    assert lines(member) == {"评委会会议待您投票": (1, "/office/awards/meeting/?todo=vote")}
    assert lines(expert) == lines(checker) == {}
    assert "今日待办已清空" in office(checker).get("/office/").content.decode()


def test_an_expert_finds_the_cases_to_declare_on_and_to_score():
    season = given.walk_to("panelled", firms=2)
    expert = season.experts[0]
    press(expert, Assignment.objects.filter(expert=expert).first(), "declare_free")

    assert {label: count for label, (count, _url) in lines(expert).items()} == {
        "评审任务待声明利害关系": 1,
        "评审任务待评分": 1,
    }


def test_my_work_counts_all_its_lines_in_one_query():
    given.walk_to("panelled", firms=1)
    client = office(given.checker())

    with CaptureQueriesContext(connection) as queries:
        client.get("/office/")

    # session, person with duties; all that waits; unread messages for the frame
    assert len(queries) == 4


def test_nothing_in_the_office_can_be_added_changed_or_deleted_past_the_acts(submitted, secretary):
    client = office(secretary)
    url = record_url(submitted)

    assert client.post(url, {"state": "honoured"}).status_code == 405
    assert client.post(url.replace("change", "delete")).status_code == 404
    assert client.get("/office/awards/application/add/").status_code == 404
    assert client.get(url.replace("change", "history")).status_code == 404


def test_a_doubted_code_is_confirmed_against_the_scan_which_is_taken_on_record(secretary):
    organisation = given.organisation()
    Organisation.objects.filter(pk=organisation.pk).update(
        code_doubted=True, code_evidence=given_scan(given.owner_of(organisation))
    )
    client = office(secretary)

    assert lines(secretary)["信用代码存疑，待核对执照"][0] == 1
    scan = client.get(f"/office/enterprises/organisation/{organisation.pk}/evidence/")
    assert b"".join(scan.streaming_content).startswith(b"%PDF-")
    press(secretary, organisation, "confirm_code", reason="与执照一致。")

    assert organisation.code_confirmed_by == secretary
    assert list(AuditEvent.objects.order_by("-seq").values_list("verb", flat=True)[:2]) == [
        "confirm_code",
        "read_evidence",
    ]
    assert client.get(f"/office/enterprises/organisation/{given.organisation().pk}/evidence/").status_code == 404


def given_scan(owner):
    return store_pdf(given.upload("执照.pdf"), by=owner)
