"""Questions that are kept ask the same as the querysets they come from, and are planned once."""

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from enterprises.models import Membership, User
from foshan_quality.lib.ready import Ready, add, ask, merge, rewrite
from tests import given

WITH_FIRM = Ready(lambda user: Membership.objects.filter(user=user).select_related("organisation"))
NAMED = Ready(lambda names: User.objects.filter(name__among=names).order_by("name"))
LOCKED = Ready(lambda pk: User.objects.select_for_update().filter(pk=pk))


@pytest.fixture
def member(db):
    return given.organisation().memberships.get()


def test_the_records_are_those_of_the_queryset_with_what_it_reads_along(member, django_assert_num_queries):
    asked = Membership.objects.select_related("organisation").get()

    with django_assert_num_queries(1):
        (found,) = WITH_FIRM.all(member.user_id)

        assert vars(found.organisation) | {"_state": 0} == vars(asked.organisation) | {"_state": 0}
    assert (found, found.role, found.joined_at) == (asked, asked.role, asked.joined_at)


def test_another_value_gives_another_answer_and_none_is_no_answer(member):
    other = given.organisation("另一家公司").memberships.get()

    assert [WITH_FIRM.get(m.user_id) for m in (member, other)] == [member, other]
    assert WITH_FIRM.all(0) == []
    with pytest.raises(Membership.DoesNotExist):
        WITH_FIRM.get(0)


def test_several_come_as_one_list_of_any_length(db):
    people = [given.person(name) for name in ("甲", "乙", "丙")]

    found = [[user.pk for user in NAMED.all([p.name for p in wanted])] for wanted in (people, people[:1], [])]

    assert [sorted(keys) for keys in found] == [[p.pk for p in people], [people[0].pk], []]


def test_merging_adds_what_is_new_and_writes_over_only_what_it_names(db):
    add(User(email="a@example.com", name="甲", phone="1", password="!"))

    merge(
        [User(email="a@example.com", name="乙", phone="2"), User(email="b@example.com", name="丙", phone="3")],
        key=("email",),
        over=("name",),
    )
    merge([User(email="b@example.com", name="丁")])
    merge([])

    assert list(User.objects.order_by("email").values_list("email", "name", "phone")) == [
        ("a@example.com", "乙", "1"),
        ("b@example.com", "丙", "3"),
    ]


def test_a_question_is_planned_once_on_a_connection(member):
    for _ in range(3):
        WITH_FIRM.all(member.user_id)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%enterprises_membership%'")
        assert cursor.fetchone() == (1,)


def test_rows_are_locked_inside_a_transaction_only(committed):
    user = given.person("某人")

    with pytest.raises(TransactionManagementError):
        LOCKED.all(user.pk)
    with transaction.atomic():
        assert LOCKED.get(user.pk) == user
        held = ask("SELECT count(*) FROM pg_locks WHERE mode = 'RowShareLock' AND pid = pg_backend_pid()")
        assert held.fetchone()[0] > 0


def test_a_row_added_and_written_again_is_the_row_that_save_would_leave(db):
    user = add(User(email="ready@example.com", name="甲", password="!"))
    user.name = "乙"
    rewrite(user)

    stored = User.objects.get()
    assert {f.attname: getattr(user, f.attname) for f in User._meta.concrete_fields} == {
        f.attname: getattr(stored, f.attname) for f in User._meta.concrete_fields
    }
    assert user == stored


def test_a_line_the_server_has_hung_up_is_seen_without_asking(committed):
    ask("SELECT 1")
    other = connection.copy()
    assert connection.is_usable()

    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    other.close()

    assert not connection.is_usable()
    connection.close()
