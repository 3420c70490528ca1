"""The house rules a program can check."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[1]
CODE = ("awards", "enterprises", "foshan_quality")
RULES = {
    "awards/applications/differences.py",
    "awards/applications/dossier.py",
    "awards/applications/eligibility.py",
    "awards/applications/points.py",
    "awards/applications/stamping.py",
    "awards/programmes/catalogue.py",
    "awards/calibration/adjusting.py",
    "awards/calibration/charts.py",
    "awards/calibration/statistics.py",
    "awards/calibration/tables.py",
    "awards/certificates/progress.py",
    "awards/certificates/wording.py",
    "awards/decisions/account.py",
    "awards/decisions/box.py",
    "awards/decisions/ranking.py",
    "awards/decisions/voting.py",
    "awards/consensus/judgement.py",
    "awards/feedback/composing.py",
    "awards/hearings/judgement.py",
    "awards/programmes/phase_rules.py",
    "awards/programmes/rules.py",
    "awards/programmes/windows.py",
    "awards/publicity/codes.py",
    "awards/publicity/composing.py",
    "awards/publicity/filling.py",
    "awards/publicity/windows.py",
    "awards/reminders/due.py",
    "awards/experts/conflicts.py",
    "awards/experts/fields.py",
    "awards/experts/lists.py",
    "awards/panels/lists.py",
    "awards/panels/proposing.py",
    "awards/reviews/checking.py",
    "awards/reviews/citing.py",
    "awards/reviews/entries.py",
    "awards/reviews/finding.py",
    "awards/reviews/offline.py",
    "awards/reviews/phases.py",
    "awards/rubric/scoring.py",
    "awards/standing/verdict.py",
    "awards/subsidies/accounts.py",
    "awards/subsidies/batches/answers.py",
    "awards/subsidies/books/statements.py",
    "awards/subsidies/batches/claiming.py",
    "awards/subsidies/batches/closing.py",
    "awards/subsidies/conditions.py",
    "awards/subsidies/entitlement.py",
    "awards/subsidies/plans/instalments.py",
    "awards/subsidies/batches/layouts.py",
    "awards/subsidies/ledger.py",
    "awards/subsidies/matters.py",
    "awards/subsidies/books/exports.py",
    "awards/subsidies/own/statement.py",
    "awards/subsidies/own/words.py",
    "awards/subsidies/books/papers.py",
    "awards/subsidies/books/sources.py",
    "awards/subsidies/sums.py",
    "awards/subsidies/plans/turns.py",
    "enterprises/audit/chain.py",
    "enterprises/credit/comparing.py",
    "enterprises/credit/kinds.py",
    "enterprises/credit/reading.py",
    "enterprises/credit/standing.py",
    "enterprises/organisations/groups.py",
    *(
        f"foshan_quality/lib/{name}.py"
        for name in (
            "clock",
            "concurrency",
            "exports",
            "identity",
            "money",
            "official",
            "secrecy",
            "sheets",
            "tables",
            "words",
            "workdays",
        )
    ),
}
PICTURES = {"queue_pages", "draw_page", "finish_drawing", "go_on_later"}  # drawn by no person
PICTURES |= {"queue_pages_again", "park_drawing", "paper_of"}
MONEY = [
    "foshan_quality/lib/exports.py",
    "foshan_quality/lib/money.py",
    *(
        f"awards/subsidies/{n}.py"
        for n in (
            "actions",
            "batches/actions",
            "batches/answers",
            "batches/claiming",
            "batches/layouts",
            "batches/models",
            "batches/queries",
            "batches/result_actions",
            "batches/treasury",
            "books/exports",
            "books/papers",
            "books/statements",
            "clawbacks/actions",
            "corrections/actions",
            "entitlement",
            "ledger",
            "matters",
            "models",
            "own/statement",
            "own/words",
            "plans/actions",
            "plans/instalments",
            "policies/actions",
            "sums",
        )
    ),
]


@cache
def paths():
    """Every source file of ours, from the root."""
    return [str(path.relative_to(ROOT)) for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def source(path):
    """One of them, parsed: not before a test asks, for every test process collects all tests and runs a third."""
    return ast.parse((ROOT / path).read_text("utf-8"))


def sources():
    """All of them, parsed, by path."""
    return {path: source(path) for path in paths()}


def public_functions(tree):
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names)


def calls(tree):
    """Every call, spelled as written: `datetime.now`, `float`."""
    return [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def documented():
    return [p for p in paths() if p.endswith(("actions.py", "/queries.py")) or p in RULES]


@pytest.mark.parametrize("path", documented())
def test_every_action_query_and_rule_says_what_it_does(path):
    mute = [f.name for f in public_functions(source(path)) if len((ast.get_docstring(f) or "").strip()) < 12]

    assert mute == []


def test_the_rules_named_here_exist():
    assert RULES - set(paths()) == set()


@pytest.mark.parametrize("path", [p for p in paths() if p.endswith("actions.py")])
def test_actions_know_nothing_of_requests(path):
    tree = source(path)
    named = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}

    web = [name for name in imports(tree) if re.match(r"django\.(http|shortcuts|views|contrib\.messages|forms)", name)]

    assert web == []
    assert named & {"request", "response", "form"} == set()


@pytest.mark.parametrize("path", [p for p in paths() if p.endswith("actions.py")])
def test_whoever_changes_something_says_who_does_it(path):
    """Every public action takes `by`, save those that have no actor by their nature."""
    actorless = {"appoint_first_security_officer", "notify", "mark_read", "tell_members", "store_pdf", "claim_copy"}
    actorless |= set(PICTURES)
    writers = [f for f in public_functions(source(path)) if _writes(f) and f.name not in actorless]

    assert [f.name for f in writers if "by" not in {a.arg for a in (*f.args.args, *f.args.kwonlyargs)}] == []


def _writes(function):
    text = ast.unparse(function)
    return bool(re.search(r"\.objects\.create\(|\.save\(|\.move\(|audit\.record\(", text))


@pytest.mark.parametrize("path", [p for p in paths() if "views" in Path(p).name])
def test_views_are_functions(path):
    classes = [node.name for node in ast.walk(source(path)) if isinstance(node, ast.ClassDef)]

    assert [name for name in classes if not name.endswith("Form")] == []


ASKS_THE_TIME = re.compile(r"(datetime\.now|datetime\.utcnow|datetime\.today|timezone\.now|date\.today|time\.time)$")
MAY_BE_GIVEN_A_MOMENT = re.compile(r"(^|\.)(localdate|localtime)$")


def asks_the_time(call):
    name = ast.unparse(call.func)
    return bool(ASKS_THE_TIME.search(name) or (MAY_BE_GIVEN_A_MOMENT.search(name) and not call.args))


def test_nothing_but_the_clock_asks_what_time_it_is():
    guilty = {
        path
        for path, tree in sources().items()
        if any(isinstance(node, ast.Call) and asks_the_time(node) for node in ast.walk(tree))
    }

    assert guilty == {"foshan_quality/lib/clock.py"}


@pytest.mark.parametrize("path", MONEY)
def test_money_never_touches_a_float(path):
    tree = source(path)
    floats = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]

    assert [call for call in calls(tree) if call in {"float", "math.fsum", "round"}] == []
    assert floats == []


@pytest.mark.parametrize("path", [p for p in paths() if p.endswith("/models.py")])
def test_models_do_not_save_themselves_in_their_own_way_or_listen_to_signals(path):
    tree = source(path)
    methods = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]

    assert set(methods) & {"save", "delete", "clean", "full_clean"} == set()
    assert [name for name in imports(tree) if "signals" in name] == []


def test_no_signals_are_connected_anywhere():
    guilty = {path for path, tree in sources().items() if any("django.dispatch" in name for name in imports(tree))}

    assert guilty == set()


def test_there_are_no_rooms_without_a_topic():
    names = {part for path in paths() for part in Path(path).with_suffix("").parts}

    assert names & {"services", "utils", "helpers", "common", "mixins", "managers", "signals", "misc"} == set()


@pytest.mark.parametrize("path", [p for p in paths() if re.fullmatch(r"awards/[a-z]+/__init__\.py", p)])
def test_every_stage_says_in_a_paragraph_what_happens_here(path):
    if Path(path).parent.name in {"management", "migrations", "templatetags"}:
        return

    assert len(ast.get_docstring(source(path)) or "") > 60


def our_models():
    return [m for m in apps.get_models() if m._meta.app_label in {"awards", "enterprises"}]


def test_every_constraint_is_broken_by_some_test():
    named = {c.name for model in our_models() for c in model._meta.constraints}
    tests = "".join(p.read_text("utf-8") for p in (ROOT / "tests").rglob("test_*.py") if p != Path(__file__))

    untested = {name for name in named if f'"{name}"' not in tests}

    assert untested == {"one_target_per_year"}  # its table is filled by one command from one file


def test_sums_of_money_are_decimals_to_the_fen():
    sums = [
        f
        for model in our_models()
        for f in model._meta.fields
        if re.search("amount|total$|reserved", f.name) and f.model.__name__ not in {"ScoreSheet", "Rubric"}
    ]

    assert {type(f).__name__ for f in sums} == {"YuanField"}
    assert [f for f in our_fields() if isinstance(f, models.FloatField)] == []


def our_fields():
    return [f for model in our_models() for f in model._meta.fields]


def test_nothing_of_the_portal_loads_the_tests_or_their_fault_points():
    loading = re.compile(r"^\s*(from|import) tests\b|import_module\(.tests", re.MULTILINE)
    loaders = [path for package in CODE for path in (ROOT / package).rglob("*.py") if loading.search(path.read_text())]

    assert loaders == []
