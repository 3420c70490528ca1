import gc
import os
from contextlib import ExitStack
from unittest import mock

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created
from django.test.client import ClientHandler, store_rendered_templates
from hypothesis import HealthCheck
from hypothesis import settings as of_hypothesis
from pytest_django.plugin import blocking_manager_key
from whitenoise.middleware import WhiteNoiseMiddleware

from awards.certificates.loading import load_templates
from awards.programmes.loading import load_calendar, load_programmes
from awards.registry import views as home_views
from awards.rubric.loading import load_rubrics
from awards.rubric.models import Rubric
from awards.rubric.queries import items_of
from awards.subsidies.policies.loading import load_amounts
from foshan_quality.lib import clock
from tests import databases, given
from tests.kept import MAY_PUT_BACK, ground, kept, settings_changed
from tests.nursery import open_nursery
from tests.papers import papers_are_kept, plain_papers, set_anew

__all__ = ["papers_are_kept", "plain_papers", "set_anew"]
# A machine with much to do is slow, which refutes nothing; and two runs over the same code come to the same end.
of_hypothesis.register_profile(
    "ours", deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
of_hypothesis.load_profile("ours")
gc.disable()  # until all is imported; see pytest_collection_finish

LONGEST = {"test_season.py", "test_permissions.py", "test_permissions_to_write.py", "test_storm.py"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The longest begin first, so that no process is left alone with one at the end.

    After pytest-django's own order, which has what commits come last, the season among it; ours leave nothing behind.
    """
    items.sort(key=lambda item: (item.path.name not in LONGEST, item.get_closest_marker("browser") is None))


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    """Every test keeps its files to itself."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.TREASURY_ROOT = tmp_path / "treasury"
    settings.VERIFICATION_LIST = tmp_path / "verification.json"


@pytest.fixture(autouse=True)
def new_ground(monkeypatch):
    """Every test begins with nothing walked; see tests/kept.py."""
    ground.begin(bent=lambda: (len(monkeypatch._setattr), len(monkeypatch._setitem)))


@pytest.fixture(scope="session", autouse=True)
def static_files_are_found_once():
    """Every test client is a web server of its own, and would look through all static files again before it answers."""
    found, look = {}, WhiteNoiseMiddleware.add_files_from_finders

    def look_once(server):
        if server.static_prefix not in found:
            look(server)
            found[server.static_prefix] = dict(server.files)
        server.files.update(found[server.static_prefix])

    with mock.patch.object(WhiteNoiseMiddleware, "add_files_from_finders", look_once):
        yield


@pytest.fixture(scope="session", autouse=True)
def servers_are_built_once():
    """Every test client is a web server of its own, and would put the same middleware together before it answers."""
    built, load = {}, ClientHandler.load_middleware

    def load_once(server, *args):
        if settings_changed():
            load(server, *args)
        elif built:
            vars(server).update(built)
        else:
            load(server, *args)
            built.update({name: value for name, value in vars(server).items() if "middleware" in name})

    with mock.patch.object(ClientHandler, "load_middleware", load_once):
        yield


@pytest.fixture(scope="session", autouse=True)
def parts_of_forms_are_not_remembered():
    """Of every part drawn into a page the test client keeps a copy of the context: hundreds of them for a form."""

    def remember(found, signal, sender, template, context, **more):
        if not (template.name or "").startswith(("django/forms/", "bootstrap5/")):
            store_rendered_templates(found, signal, sender, template, context, **more)

    with mock.patch("django.test.client.store_rendered_templates", remember):
        yield


@pytest.fixture(autouse=True)
def no_page_of_another_test():
    """A test that is rolled back leaves no trace, so the front page could not tell that it is another's."""
    home_views.kept.clear()


def pytest_collection_finish(session):
    """What is imported by now stays: looking through it for garbage again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)
    open_nursery(session.config.stash[blocking_manager_key])


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_keepdb, tmp_path_factory):
    """To be left when the database stands; until then the other processes of a parallel run wait."""
    making = ExitStack()
    making.enter_context(databases.redrawing_less())
    if databases.in_parallel() and not django_db_keepdb:
        making.enter_context(databases.shared(tmp_path_factory.getbasetemp().parent))
    return making


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_modify_db_settings, django_db_blocker):
    """The test database starts with the reference data every portal starts with."""
    with django_db_blocker.unblock():
        with django_db_modify_db_settings:
            for load in (load_rubrics, load_programmes, load_templates, load_calendar, load_amounts):
                load()
        connection.cursor().execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = off')
        connection.close()  # no test pulls the plug, so none need wait for the disk; later connections know
        for rubric in Rubric.objects.all():
            items_of(rubric)  # as in a process that has served a page: queries are counted without these
        ContentType.objects.get_for_models(*apps.get_models())
        connection.execute_wrappers.append(ground.notice)
        connection_created.connect(ground.meet)
        with connection.cursor() as cursor:
            cursor.execute(MAY_PUT_BACK)
            ground.may_put_back = cursor.fetchone()[0] and not os.environ.get("WALK")


@pytest.fixture
def history(db):
    """Everything `load_reference` loads, past laureates and targets included."""
    kept(call_command)("load_reference", verbosity=0)


@pytest.fixture
def spring():
    """A quiet working day in the middle of the call: 2026-03-18, 10:00 in Foshan."""
    with clock.at(given.SPRING):
        yield given.SPRING


@pytest.fixture
def secretary(db):
    return kept(given.secretary)()


@pytest.fixture
def stranger(db):
    return kept(given.person)("过路人")


@pytest.fixture
def edition(spring, secretary):
    """An edition open for applications."""
    return kept(given.open_edition)(by=secretary)


@pytest.fixture
def organisation(db):
    return kept(given.organisation)()


@pytest.fixture
def owner(organisation):
    return given.owner_of(organisation)


@pytest.fixture
def draft(edition, organisation):
    """A complete draft, ready to submit."""
    return kept(given.complete_draft)(edition, organisation)


@pytest.fixture
def submitted(draft, owner):
    return kept(given.submitted)(draft)


@pytest.fixture
def accepted(submitted, secretary):
    """One application in review, the edition still open."""
    return kept(given.accepted)(submitted, by=secretary)
