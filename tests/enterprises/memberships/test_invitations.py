"""Inviting a colleague by mail: from the owner's form to the membership."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from enterprises.memberships import actions, tasks
from enterprises.memberships.tokens import BYTES, digest_of, new_token
from enterprises.models import AuditEvent, Invitation, Membership, User
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Relation, Role
from tests import given

from .mailbox import delivered, invited, link

pytestmark = pytest.mark.django_db
NEW = "colleague@example.invalid"


@pytest.fixture
def colleague():
    return given.person("同事")


def text_of(answer):
    return answer.content.decode()


# --- asking -------------------------------------------------------------------------------------------


def test_the_owner_invites_an_address_and_the_mail_holds_a_link_of_128_bits_that_is_kept_only_as_a_digest(
    client, organisation, owner
):
    client.force_login(owner)

    answer = client.post(reverse("member_invite", args=[organisation.pk]), {"email": NEW.upper(), "role": "editor"})
    invitation = Invitation.objects.get()
    token = delivered(invitation)

    assert answer.status_code == 302
    assert (invitation.email, invitation.role, invitation.state) == (NEW, "editor", "sent")
    assert (BYTES, len(new_token())) == (16, 22)
    assert invitation.token_digest == digest_of(token)
    assert token not in str(list(Invitation.objects.values()) + list(AuditEvent.objects.values()))
    assert mail.outbox[0].to == [NEW]
    assert mail.outbox[0].subject == f"【佛山市政府质量奖】{organisation}邀请您加入"
    assert f"{owner}邀请您加入“{organisation}”，角色：填报人" in mail.outbox[0].body


def test_an_unknown_a_closed_a_known_and_the_robots_address_are_answered_alike(client, organisation, owner, colleague):
    closed, robot = given.person("停用"), given.person("机器", Role.ROBOT)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    client.force_login(owner)
    url = reverse("member_invite", args=[organisation.pk])

    answers = [
        client.post(url, {"email": email, "role": "reader"}, follow=True)
        for email in (NEW, closed.email, robot.email, colleague.email)
    ]

    said = {str(message).split("发往")[0] for answer in answers for message in answer.context["messages"]}
    assert said == {"邀请已保存，邮件即将"}
    assert {answer.redirect_chain[0] for answer in answers} == {(organisation.get_absolute_url(), 302)}
    assert Membership.objects.count() == 1


def test_a_member_and_an_address_asked_already_are_not_invited_again(client, organisation, owner):
    member = given.colleague_of(organisation)
    invited(organisation, NEW)
    client.force_login(owner)
    url = reverse("member_invite", args=[organisation.pk])

    answers = [client.post(url, {"email": email, "role": "reader"}) for email in (member.email, NEW)]

    assert [answer.context["form"].errors["email"] for answer in answers] == [
        [f"{member.email} 已经是本单位成员，没有再次邀请。"],
        [f"已经邀请过 {NEW}，没有再次邀请。可以在单位页面重新发送或撤销。"],
    ]
    assert Invitation.objects.count() == 1


def test_an_organisation_does_not_flood_mailboxes(organisation, owner, monkeypatch):
    monkeypatch.setattr(actions, "MOST_A_DAY", 2)
    for number in range(2):
        actions.invite(organisation, by=owner, email=f"a{number}@example.invalid", role="reader")

    with pytest.raises(Refused, match="24 小时内最多邀请 2 次"):
        actions.invite(organisation, by=owner, email=NEW, role="reader")


@pytest.mark.parametrize("role", [Relation.EDITOR, Relation.READER])
def test_nobody_but_an_owner_invites_or_answers_for_invitations(organisation, role):
    by = given.colleague_of(organisation, role)
    invitation, _token = invited(organisation, NEW)

    with pytest.raises(PermissionDenied):
        actions.invite(organisation, by=by, email="b@example.invalid", role="owner")
    for act in (actions.resend, actions.revoke):
        with pytest.raises(PermissionDenied):
            act(invitation, by=by)


# --- the mail -----------------------------------------------------------------------------------------


def test_a_page_does_not_wait_for_the_mail_server(client, organisation, owner, monkeypatch):
    monkeypatch.setattr("enterprises.memberships.mail.send_mail", lambda *args: pytest.fail("the page sent a mail"))
    client.force_login(owner)

    client.post(reverse("member_invite", args=[organisation.pk]), {"email": NEW, "role": "editor"})

    assert Invitation.objects.get().state == "queued"


def test_woken_twice_a_mail_is_sent_once(organisation):
    invitation, _token = invited(organisation, NEW)

    tasks.send_invitation(invitation.pk)

    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_is_tried_again_with_growing_pauses_and_given_up_in_the_end(
    organisation, owner, monkeypatch, spring
):
    invitation = actions.invite(organisation, by=owner, email=NEW, role="editor")

    def away(*args):
        raise SMTPServerDisconnected("away")

    monkeypatch.setattr("enterprises.memberships.mail.send_mail", away)
    tried = []
    for minute in range(200):
        with clock.at(spring + timedelta(minutes=minute)):
            if actions.due_invitations():
                tried.append(minute)
                tasks.send_invitation(invitation.pk)

    invitation.refresh_from_db()
    assert tried == [0, 1, 3, 7, 15, 31, 63, 127]
    assert (invitation.state, invitation.attempts) == ("failed", actions.MAX_ATTEMPTS)


def test_an_address_the_mail_server_refuses_is_given_up_at_once_and_can_be_sent_again(organisation, owner, monkeypatch):
    invitation = actions.invite(organisation, by=owner, email=NEW, role="editor")
    with monkeypatch.context() as patched:

        def refuses(*args):
            raise SMTPRecipientsRefused({NEW: (550, b"unknown")})

        patched.setattr("enterprises.memberships.mail.send_mail", refuses)
        tasks.send_invitation(invitation.pk)
    invitation.refresh_from_db()
    failed = invitation.state

    actions.resend(invitation, by=owner)
    delivered(invitation)

    assert (failed, invitation.state) == ("failed", "sent")


def test_the_sweep_wakes_what_was_lost_and_nothing_else(organisation, owner, monkeypatch):
    lost = actions.invite(organisation, by=owner, email=NEW, role="editor")
    invited(organisation, "sent@example.invalid")
    revoked = actions.invite(organisation, by=owner, email="revoked@example.invalid", role="editor")
    actions.revoke(revoked, by=owner)
    woken = []
    monkeypatch.setattr(tasks.send_invitation, "delay", woken.append)

    tasks.sweep()

    assert woken == [lost.pk]


def test_the_task_is_found_by_the_name_actions_wake():
    assert tasks.send_invitation.name == actions.SEND


# --- answering ----------------------------------------------------------------------------------------


def test_a_colleague_with_an_account_accepts_and_the_owner_is_told(client, organisation, owner, colleague):
    invitation, token = invited(organisation, colleague.email, Relation.READER)
    client.force_login(colleague)

    shown = client.get(link(token))
    answer = client.post(link(token))

    assert f"邀请您加入“{organisation}”" in text_of(shown)
    assert answer.url == reverse("desk")
    assert organisation.roles_of(colleague) == {Relation.READER}
    invitation.refresh_from_db()
    assert invitation.membership.user == colleague
    assert owner.inbox.get().text == f"{colleague}已接受邀请，成为{organisation}的查阅人。"


def test_looking_at_the_link_changes_nothing(client, organisation, colleague):
    _invitation, token = invited(organisation, colleague.email)
    client.force_login(colleague)

    client.get(link(token))

    assert not Membership.objects.filter(user=colleague).exists()


def test_somebody_not_signed_in_is_asked_to_sign_in_and_comes_back(client, organisation):
    _invitation, token = invited(organisation, NEW)

    shown = client.get(link(token))
    posted = client.post(link(token))

    assert f"/accounts/login/?next=%2Finvitations%2F{token}%2F" in text_of(shown)
    assert posted.url == f"/accounts/login/?next=/invitations/{token}/"
    assert Membership.objects.count() == 1


def test_a_newcomer_signs_up_from_the_link_needs_no_second_mail_and_comes_back_to_it(client, organisation, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    _invitation, token = invited(organisation, NEW)
    words = {"name": "新同事", "password1": given.PASSWORD, "password2": given.PASSWORD}

    to_form = client.post(reverse("invitation_sign_up", args=[token]))
    form = client.get(to_form.url)
    signed_up = client.post(to_form.url, words | {"email": NEW, "next": link(token)})
    accepted = client.post(link(token))

    assert f'value="{NEW}"' in text_of(form)
    assert signed_up.url == link(token)
    assert accepted.url == reverse("desk")
    person = User.objects.get(email=NEW)
    assert organisation.roles_of(person) == {Relation.EDITOR}
    assert person.emailaddress_set.get().verified
    assert len(mail.outbox) == 1


def test_a_further_verified_address_counts_and_an_unproven_one_does_not(organisation, colleague):
    first, _ = invited(organisation, "second@example.invalid")
    other, _ = invited(organisation, "unproven@example.invalid")
    colleague.emailaddress_set.create(email="Second@example.invalid", verified=True)
    colleague.emailaddress_set.create(email="unproven@example.invalid", verified=False)

    with pytest.raises(Refused, match="您登录的账号是"):
        actions.accept(other, by=colleague)

    assert actions.accept(first, by=colleague).user == colleague


def test_the_account_of_another_mailbox_is_refused_with_a_clear_sentence(client, organisation, stranger):
    _invitation, token = invited(organisation, NEW)
    client.force_login(stranger)

    shown = text_of(client.get(link(token)))
    answer = client.post(link(token))

    assert f"您登录的账号是 {stranger.email}，不能接受" in shown
    assert "接受邀请</button>" not in shown
    assert answer.status_code == 409
    assert f"这份邀请发给 {NEW}，您登录的账号是 {stranger.email}，不能接受" in text_of(answer)
    assert not Membership.objects.filter(user=stranger).exists()


def test_an_unknown_a_used_a_revoked_and_an_expired_link_say_so_and_nothing_else(
    client, organisation, owner, colleague
):
    used, used_token = invited(organisation, colleague.email)
    actions.accept(used, by=colleague)
    revoked, revoked_token = invited(organisation, "revoked@example.invalid")
    actions.revoke(revoked, by=owner)
    _old, old_token = invited(organisation, "old@example.invalid")
    Invitation.objects.filter(email="old@example.invalid").update(expires_at=clock.now())

    answers = {token: client.get(link(token)) for token in (new_token(), used_token, revoked_token, old_token)}
    posted = [client.post(link(token)).status_code for token in answers]

    said = ["没有找到这份邀请", "已经使用过", "已经撤销", "已经过期"]
    for answer, words in zip(answers.values(), said, strict=True):
        assert words in text_of(answer)
        for secret in (organisation.name, owner.name, colleague.name, "example.invalid"):
            assert secret not in text_of(answer)
    assert [answer.status_code for answer in answers.values()] == posted == [404, 410, 410, 410]


def test_sending_again_ends_the_former_link_and_begins_the_days_anew(organisation, owner, colleague, spring):
    invitation, former = invited(organisation, colleague.email)

    with pytest.raises(Refused, match="刚刚发出"):
        actions.resend(invitation, by=owner)
    with clock.at(spring + timedelta(days=8)):
        was_expired = invitation.is_expired
        actions.resend(invitation, by=owner)
        token = delivered(invitation)
        accepted = actions.accept(invitation, by=colleague)

    assert was_expired
    assert former != token
    assert invitation.token_digest == digest_of(token)
    assert accepted.user == colleague


def test_an_answered_invitation_is_neither_sent_again_nor_revoked(organisation, owner, colleague):
    invitation, _token = invited(organisation, colleague.email)
    actions.accept(invitation, by=colleague)

    for act in (actions.resend, actions.revoke):
        with pytest.raises(WrongState):
            act(invitation, by=owner)


def test_the_owner_sees_what_waits_and_presses_the_buttons(client, organisation, owner):
    invitation, _token = invited(organisation, NEW)
    reader = given.colleague_of(organisation, Relation.READER)
    client.force_login(owner)
    page = text_of(client.get(organisation.get_absolute_url()))

    client.post(reverse("invitation_revoke", args=[organisation.pk, invitation.pk]), follow=True)

    invitation.refresh_from_db()
    assert NEW in page
    assert invitation.revoked_at is not None
    assert NEW not in text_of(client.get(organisation.get_absolute_url()))
    client.force_login(reader)
    invited(organisation, "other@example.invalid")
    assert "other@example.invalid" not in text_of(client.get(organisation.get_absolute_url()))


def test_another_firms_invitation_is_not_there(client, organisation):
    other = given.organisation()
    invitation, _token = invited(other, NEW)
    client.force_login(given.owner_of(organisation))

    answers = [
        client.post(reverse(name, args=[organisation.pk, invitation.pk]))
        for name in ("invitation_resend", "invitation_revoke")
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_accepting_twice_gives_the_same_membership(client, organisation, colleague):
    _invitation, token = invited(organisation, colleague.email)
    client.force_login(colleague)

    answers = [client.post(link(token)).url for _ in range(2)]

    assert answers == [reverse("desk")] * 2
    assert Membership.objects.filter(user=colleague).count() == 1


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("accepted_into_a_membership", {"accepted_at": given.SPRING}),
        ("accepted_or_revoked", {"accepted_at": given.SPRING, "revoked_at": given.SPRING, "membership": True}),
    ],
)
def test_the_database_refuses_a_half_answered_invitation(organisation, constraint, values):
    invitation, _token = invited(organisation, NEW)
    if "membership" in values:
        values = values | {"membership": organisation.memberships.get()}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**values)


def test_the_database_refuses_a_second_open_invitation_of_one_address(organisation):
    invitation, _token = invited(organisation, NEW)
    invitation.pk, invitation.token_digest = None, ""

    with pytest.raises(IntegrityError, match="one_unanswered_invitation"), transaction.atomic():
        invitation.save()


def test_the_database_knows_one_invitation_for_a_link(organisation):
    first, _token = invited(organisation, NEW)
    second, _token = invited(organisation, "other@example.invalid")

    with pytest.raises(IntegrityError, match="one_invitation_per_link"), transaction.atomic():
        Invitation.objects.filter(pk=second.pk).update(token_digest=first.token_digest)
