"""Going through all pages as one person, and what each answered, showed and wrote."""

import re
from contextlib import nullcontext
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from enterprises.models import AuditEvent
from enterprises.people.models import DUTIES
from tests import given
from tests.desk import asked_and_not_drawn
from tests.kept import READS

NO_SUCH_RECORD = 2_000_000_000
AUDIT = AuditEvent._meta.db_table
DRAWN = set()  # pages whose answer to a form this process has drawn
TOUCHED = """
    SELECT relname, touched FROM pg_class, LATERAL (
        SELECT pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
            + pg_stat_get_xact_tuples_deleted(oid) AS touched
    ) AS counted WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND touched > 0
"""


@dataclass(frozen=True)
class Visit:
    """What one page did for one person: its answer in the policy's words, its text, what it wrote, logged and asked.

    `queries` are the statements it took. Left out are savepoints, of which there are none outside of a test, and the
    reading of who it is, which is here not done for every page.
    """

    answer: object
    text: str
    written: frozenset
    verbs: tuple
    queries: tuple = ()


class Browser(Client):
    """Asks as any test client does and keeps no account of what was drawn, which takes as long as many a refusal."""

    def request(self, **request):
        response = self.handler(self._base_environ(**request))
        self.cookies.update(response.cookies)
        return response


def browser(world, actor):
    """A browser signed in as this person, at an address of its own."""
    client = Browser(REMOTE_ADDR=f"10.0.0.{list(world.people).index(actor) + 1}")
    if world.people[actor] is not None:
        client.force_login(world.people[actor])
    return client


def address(world, page, *, exists=True):
    """The page's address for its record, or for one that does not exist."""
    record = [_argument(world.records[page.on]) if exists else NO_SUCH_RECORD] if page.on else []
    return reverse(page.route, args=[*record, *(_filled(world, value) for value in page.more)])


def _argument(record):
    return getattr(record, "pk", record)


def _filled(world, value):
    """A value of the policy; in angle brackets, the record it names."""
    if value == "<a PDF>":
        return given.upload()
    named = re.fullmatch(r"<(.+)>", value)
    return _argument(world.records[named[1]]) if named else value


class Visitor:
    """A person going from page to page. Knows after each how much more has been written."""

    def __init__(self, world, actor):
        self.world, self.actor, self.client = world, actor, browser(world, actor)
        self.touched, self.may_have_written, self.asked = _touched(), False, []

    def opens(self, page):
        self.asked = []
        with connection.execute_wrapper(self._overhear):
            response = self.client.get(address(self.world, page))
        asked = tuple(sql for sql in self.asked if "SAVEPOINT" not in sql and DUTIES not in sql)
        return replace(self._visit(response), queries=asked)

    def hands_in(self, page):
        """What is lawfully done is undone."""
        form = {name: _filled(self.world, value) for name, value in page.posts.items()}
        if "in" not in page.written_by(self.actor):
            return self._visit(self._posted(page, form))
        with transaction.atomic():
            done = self._visit(self._posted(page, form))
            transaction.set_rollback(True)
        return done

    def _posted(self, page, form):
        with connection.execute_wrapper(self._overhear):
            return self.client.post(address(self.world, page), form)

    def _overhear(self, execute, sql, params, many, context):
        """Only after a statement that can write are the counts of the database worth asking for."""
        self.asked.append(sql)
        self.may_have_written |= not READS.match(sql)
        return execute(sql, params, many, context)

    def _visit(self, response):
        if not self.may_have_written:
            return Visit(_answer(response), _text(response), frozenset(), ())
        self.may_have_written = False
        before, self.touched = self.touched, _touched()
        more = {table: rows - before.get(table, 0) for table, rows in self.touched.items()}
        written = frozenset(table for table, rows in more.items() if rows)
        lines = AuditEvent.objects.order_by("-seq")[: more[AUDIT]] if AUDIT in written else []
        return Visit(_answer(response), _text(response), written, tuple(line.verb for line in lines))


def opened(world, pages, actor):
    """Each page opened once by this person."""
    visitor = Visitor(world, actor)
    return _overheard_all(visitor, {page: visitor.opens(page) for page in pages})


def handed_in(world, pages, actor):
    """Each page's form handed in by this person. What a page of the office answers is drawn for the first one only."""
    visitor, visits = Visitor(world, actor), {}
    for page in pages:
        is_let_in = "in" in page.written_by(actor)
        with asked_and_not_drawn() if page in DRAWN else nullcontext():
            visits[page] = visitor.hands_in(page)
        if is_let_in:
            DRAWN.add(page)
    return _overheard_all(visitor, visits)


def only_answers(world, pages, actor):
    """Each page opened once by this person, for nothing but its answer: what it shows is looked at elsewhere."""
    with asked_and_not_drawn():
        return opened(world, pages, actor)


def _overheard_all(visitor, visits):
    """The visits, once the database confirms that nothing was written beside what was overheard."""
    assert _touched() == visitor.touched
    return visits


def _touched():
    """How many rows of each table this transaction has written so far, undone since or not."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED)
        return dict(cursor.fetchall())


def _answer(response):
    if response.status_code == 302 and response.url.startswith(("/accounts/login/", "/office/login/")):
        return "sign in"
    return "in" if response.status_code in {200, 302, 400, 409} else response.status_code


def _text(response):
    """What can be read on the page, without blanks, so that a grouped number is found too."""
    if not response["Content-Type"].startswith("text/"):
        return ""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return re.sub(r"\s", "", body.decode())


def surprises(visits, lawful, actor):
    """Pages that answered otherwise than the policy says: (page, answer, lawful answers)."""
    answers = [(str(page), visit.answer, lawful(page, actor)) for page, visit in visits.items()]
    return [(page, answer, allowed) for page, answer, allowed in answers if answer not in allowed]
