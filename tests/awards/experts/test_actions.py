"""The pool and the season: entries, interests, invitations, the promise, the declaration."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from awards.experts import actions as pooling
from awards.experts.queries import is_cleared, known_conflicts
from awards.models import ConductEntry, Declaration, Engagement, Expert, Interest, Pledge, PledgeText, Training
from awards.reviews import actions as reviewing
from enterprises.models import AuditEvent
from enterprises.notifications.queries import newest
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests.desk import act_url, errors, nothing_to_declare, office, press
from tests.steps import check_duty, check_step, copy_of, no_trace, put, refused, refused_by, state_of

WEEK = timedelta(days=7)


@pytest.fixture
def pooled(db):
    return given.pooled().expert


@pytest.fixture
def invited(edition, secretary, pooled):
    pooling.invite(edition, by=secretary, experts=[pooled], answer_by=clock.now() + WEEK)
    return Engagement.objects.get()


@pytest.fixture
def taking_part(invited):
    pooling.accept_invitation(invited, by=invited.expert.user, days=5)
    invited.refresh_from_db()
    return invited


def sign(engagement, by=None, version=1, name=None):
    by = by or engagement.expert.user
    return pooling.sign_pledge(engagement, by=by, version=version, signed_name=name or by.name)


# --- the pool -----------------------------------------------------------------------------------------


def test_the_pool_takes_those_who_hold_the_role_and_brings_entries_up_to_date(secretary, spring):
    user = given.person("专家", given.Role.EXPERT)

    pooling.enrol_expert(user, by=secretary, employer="甲大学", fields="家电,质量管理")
    pooling.enrol_expert(user, by=secretary, employer=" 乙大学 ", title="教授", left_on=date(2025, 9, 1))

    assert list(Expert.objects.values_list("user", "employer", "title")) == [(user.pk, "乙大学", "教授")]
    kept = Interest.objects.values_list("kind", "organisation_name", "ended_on")
    assert list(kept) == [("former", "甲大学", date(2025, 9, 1))]


def test_the_pool_refuses_who_lacks_the_role_or_an_employer(secretary, stranger):
    user = given.person("专家", given.Role.EXPERT)

    with refused(f"{stranger}没有“评审专家”角色，请先由安全管理员授权。没有保存。"):
        pooling.enrol_expert(stranger, by=secretary, employer="甲大学")
    with refused("employer", "code"):
        pooling.enrol_expert(user, by=secretary, employer=" ", employer_code="123")
    check_duty(Permission.REVIEW_ASSIGN, lambda by: pooling.enrol_expert(user, by=by, employer="甲大学"))


def test_training_and_conduct_are_kept_with_who_when_and_why(pooled, secretary, spring):
    pooling.add_training(pooled, by=secretary, course="评审员培训", held_on=date(2026, 1, 9), hours=16)
    pooling.add_conduct(pooled, by=secretary, kind="praise", text="评语详实。")

    entry = ConductEntry.objects.get()
    assert (entry.kind, entry.text, entry.entered_by, entry.entered_at) == ("praise", "评语详实。", secretary, spring)
    with refused("twice"):
        pooling.add_training(pooled, by=secretary, course="评审员培训", held_on=date(2026, 1, 9), hours=8)
    with refused("date"):
        pooling.add_training(pooled, by=secretary, course="评审员培训", held_on=date(2026, 9, 9), hours=8)
    with refused("text"):
        pooling.add_conduct(pooled, by=secretary, kind="note", text=" ")


# --- interests ----------------------------------------------------------------------------------------


def test_an_interest_is_entered_by_the_expert_or_the_secretariat_and_by_nobody_else(pooled, secretary, spring):
    facts = {"kind": "shares", "organisation_name": "某公司", "detail": "持股 1%"}
    for by in (pooled.user, secretary):
        pooling.enter_interest(pooled, by=by, **facts)

    with no_trace(pooled), pytest.raises(PermissionDenied):
        pooling.enter_interest(pooled, by=given.expert(), **facts)
    with refused("name", "detail", "code"):
        pooling.enter_interest(pooled, by=secretary, kind="shares", organisation_name="", detail="", credit_code="1")
    assert [interest.entered_by for interest in Interest.objects.order_by("pk")] == [pooled.user, secretary]


def test_an_interest_entered_in_error_stays_and_counts_no_more(pooled, secretary, accepted):
    firm = accepted.organisation
    interest = pooling.enter_interest(pooled, by=secretary, kind="kinship", organisation_name=firm.name, detail="亲属")
    assert [problem.code for problem in known_conflicts(pooled, accepted)] == ["kinship"]

    pooling.void_interest(interest, by=secretary, reason="同名不同人")

    assert known_conflicts(pooled, accepted) == []
    assert Interest.objects.get().void_reason == "同名不同人"
    with pytest.raises(WrongState):
        pooling.void_interest(interest, by=secretary, reason="再次")


def test_the_portal_sees_group_former_names_and_telephones_by_itself(pooled, accepted, secretary):
    firm = given.renamed(accepted.organisation)
    owner = given.owner_of(firm)
    owner.phone = pooled.user.phone = "13800138000"
    owner.save()
    pooled.user.save()
    former = firm.former_names.get().name
    pooling.enrol_expert(pooled.user, by=secretary, employer=former)
    accepted.refresh_from_db()

    assert [p.code for p in known_conflicts(Expert.objects.get(pk=pooled.pk), accepted)] == ["employer", "same_person"]


# --- invitations --------------------------------------------------------------------------------------

STEPS = {
    "accept_invitation": lambda e, by: pooling.accept_invitation(e, by=by, days=5),
    "decline_invitation": lambda e, by: pooling.decline_invitation(e, by=by),
    "invite_again": lambda e, by: pooling.invite_again(e, by=by, answer_by=clock.now() + WEEK),
    "end_engagement": lambda e, by: pooling.end_engagement(e, by=by, reason="健康原因"),
}


@pytest.mark.parametrize("name", ["accept_invitation", "decline_invitation"])
def test_the_invited_expert_answers_and_nobody_else(taking_part, secretary, name):
    Engagement.objects.update(reason="无")
    check_step(taking_part, Engagement.workflow, name, lambda: STEPS[name](taking_part, taking_part.expert.user))

    for by in (secretary, given.expert()):
        with no_trace(taking_part), pytest.raises(PermissionDenied):
            STEPS[name](taking_part, by)


@pytest.mark.parametrize("name", ["invite_again", "end_engagement"])
def test_the_secretariat_invites_again_and_ends(taking_part, secretary, name):
    Engagement.objects.update(reason="无")
    check_step(taking_part, Engagement.workflow, name, lambda: STEPS[name](taking_part, secretary))
    check_duty(Permission.REVIEW_ASSIGN, lambda by: STEPS[name](taking_part, by), taking_part)


def test_an_invitation_tells_the_expert_settles_the_promise_and_is_given_once(invited, edition, secretary):
    [message] = newest(invited.expert.user, 1)
    assert (message.kind, message.is_waiting) == ("expert_invited", True)
    assert PledgeText.objects.get().version == 1
    with refused("past", "asked"):
        pooling.invite(edition, by=secretary, experts=[invited.expert], answer_by=clock.now())
    put(edition, "publicity")
    with refused("over"):
        pooling.invite(edition, by=secretary, experts=[], answer_by=clock.now() + WEEK)


def test_an_invitation_cannot_be_accepted_after_its_time_until_it_is_sent_again(invited, secretary):
    expert = invited.expert.user
    with clock.at(clock.now() + WEEK):
        with refused("答复期限已过，请联系秘书处再次邀请。没有保存。", untouched=[invited]):
            pooling.accept_invitation(invited, by=expert, days=5)
        pooling.invite_again(invited, by=secretary, answer_by=clock.now() + WEEK)
        pooling.accept_invitation(invited, by=expert, days=5)

    assert state_of(invited) == "accepted"
    assert [message.is_waiting for message in newest(expert, 2)] == [False, False]
    assert expert.inbox.filter(kind="expert_invited").count() == 2


# --- the promise and the declaration -------------------------------------------------------------------


def test_the_promise_is_signed_once_in_the_version_shown_and_kept(taking_part, edition, secretary, spring):
    pooling.set_pledge_text(edition, by=secretary, text="新文本")
    with refused("承诺书在您阅读之后有了新的版本。没有签署，请阅读下面的新版本后再签。"):
        sign(taking_part, version=1)
    with refused("name"):
        sign(taking_part, version=2, name="别人")

    sign(taking_part, version=2)

    pooling.set_pledge_text(edition, by=secretary, text="更新的文本")
    pledge = Pledge.objects.get()
    assert (pledge.text.text, pledge.signed_at) == ("新文本", spring)
    with pytest.raises(WrongState):
        sign(taking_part, version=3)
    with no_trace(taking_part), pytest.raises(PermissionDenied):
        sign(taking_part, by=secretary)


def test_only_who_has_accepted_signs_and_declares(invited):
    with pytest.raises(WrongState):
        sign(invited)
    with pytest.raises(WrongState):
        pooling.declare_interests(invited, by=invited.expert.user)


def test_an_expert_may_begin_after_promise_and_declaration_and_not_before(taking_part, edition):
    user = taking_part.expert.user
    begun = [is_cleared(user, edition)]
    sign(taking_part)
    begun.append(is_cleared(user, edition))
    pooling.declare_interests(taking_part, by=user)
    begun.append(is_cleared(user, edition))

    assert begun == [False, False, True]


def test_a_declaration_keeps_whose_names_were_shown_and_makes_interests_of_those_named(taking_part, accepted):
    user, firm = taking_part.expert.user, accepted.organisation
    sign(taking_part)
    with refused("detail"):
        pooling.declare_interests(taking_part, by=user, ties={accepted.pk: ("consulting", " ")})

    pooling.declare_interests(taking_part, by=user, ties={accepted.pk: ("consulting", "2025 年辅导")})

    assert Declaration.objects.values_list("shown", "named").get() == ([accepted.pk], [accepted.pk])
    assert Interest.objects.values_list("kind", "credit_code").get() == ("consulting", firm.credit_code)
    assert [p.code for p in known_conflicts(taking_part.expert, accepted)] == ["consulting"]


def test_each_firm_has_its_own_kind_and_words_and_a_firm_that_was_not_shown_is_not_declared_free(
    taking_part, edition, secretary
):
    user = taking_part.expert.user
    sign(taking_part)
    first, second, third = (
        given.accepted(given.submitted(given.complete_draft(edition, given.organisation())), by=secretary)
        for _ in range(3)
    )
    url = act_url(taking_part, "declare_interests")
    whole = nothing_to_declare(edition)
    without_third = {name: value for name, value in whole.items() if name != f"kind_{third.pk}"}
    mute = whole | {f"kind_{first.pk}": "shares"}
    unsorted = whole | {f"detail_{second.pk}": "2025 年讲课"}
    client = office(user)

    answers = [errors(client.post(url, form)) for form in (without_third, mute, unsorted)]
    assert answers == [
        ["这家单位在您打开本页之后才受理，请核对后选择。"],
        [f"{first.organisation.name}：请说明是什么关系。没有保存。"],
        ["写了说明，请选择是什么关系；没有关系的，请清空说明。"],
    ]
    assert not Declaration.objects.exists()
    ties = {f"kind_{first.pk}": "shares", f"detail_{first.pk}": "持股 2%"}
    ties |= {f"kind_{second.pk}": "training", f"detail_{second.pk}": "2025 年讲课"}
    press(user, taking_part, "declare_interests", **whole | ties)

    kept = Interest.objects.order_by("pk").values_list("kind", "organisation_name", "detail")
    assert list(kept) == [
        ("shares", first.organisation.name, "持股 2%"),
        ("training", second.organisation.name, "2025 年讲课"),
    ]
    declared = Declaration.objects.get()
    assert (declared.shown, declared.named) == ([first.pk, second.pk, third.pk], [first.pk, second.pk])
    assert "已登记：持股" in client.get(url).content.decode()


def test_no_case_is_begun_without_the_seasons_promise_and_declaration(accepted, secretary):
    experts = [given.expert() for _ in range(2)]
    unbound = given.pooled()
    engagement = given.engaged(unbound, accepted.edition, is_bound=False)
    reviewing.set_panel(accepted, by=secretary, experts=[*experts, unbound], head=experts[0])
    seat = accepted.assignments.get(expert=unbound)

    with refused("uncleared", untouched=[seat]):
        reviewing.declare_free(seat, by=unbound)
    given.PledgeText.objects.get()
    sign(engagement)
    with refused("uncleared", untouched=[seat]):
        reviewing.declare_free(seat, by=unbound)
    pooling.declare_interests(engagement, by=unbound)
    reviewing.declare_free(seat, by=unbound)

    assert state_of(seat) == "sitting"


def test_an_expert_sees_the_own_season_until_its_review_is_over(taking_part, edition, secretary):
    given.expert()

    def seen_by(user):
        return list(Engagement.objects.visible_to(user))

    assert seen_by(taking_part.expert.user) == [taking_part]
    assert len(seen_by(secretary)) == 2
    put(edition, "publicity")
    assert seen_by(taking_part.expert.user) == []
    assert len(seen_by(secretary)) == 2


def test_every_act_of_the_season_stands_in_the_trail(taking_part):
    sign(taking_part)
    pooling.declare_interests(taking_part, by=taking_part.expert.user)

    verbs = list(AuditEvent.objects.filter(target_type="awards.engagement").values_list("verb", flat=True))
    assert sorted(verbs) == ["accept_invitation", "declare_interests", "invite_expert", "sign_pledge"]


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_doubled_and_senseless_entries(taking_part, secretary, spring):
    with refused_by("one_engagement_per_edition"):
        copy_of(taking_part)
    with refused_by("accepted_with_days"):
        Engagement.objects.update(days=None)
    with refused_by("engagement_end_has_reason"):
        Engagement.objects.update(state="ended")
    with refused_by("answer_due_after_invitation"):
        copy_of(taking_part, answer_by=taking_part.invited_at)
    with refused_by("one_pledge_text_per_version"):
        copy_of(PledgeText.objects.get())
    with refused_by("pledge_text_says_something"):
        copy_of(PledgeText.objects.get(), version=2, text="")
    with refused_by("conduct_entry_says_something"):
        ConductEntry.objects.create(expert=taking_part.expert, kind="note", text="", entered_by=secretary)
    pooling.add_training(taking_part.expert, by=secretary, course="培训", held_on=spring.date(), hours=1)
    with refused_by("one_record_per_course"):
        copy_of(Training.objects.get())
    interest = pooling.enter_interest(
        taking_part.expert, by=secretary, kind="other", organisation_name="某公司", detail="某关系"
    )
    with refused_by("interest_says_with_whom_and_what"):
        copy_of(interest, detail="")
    with refused_by("interest_voided_at_and_by"):
        copy_of(interest, voided_at=spring)
