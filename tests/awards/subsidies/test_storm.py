"""Sixty runs of the fault storm, a worker killed ten times, and a control; see tests/storm."""

import json
import os
import subprocess
import sys

import pytest

from tests.storm.points import KILL, KINDS, POINTS, PROCESS, WEB
from tests.storm.runs import Plan
from tests.workers import ROOT, database_url

pytestmark = [pytest.mark.worker, pytest.mark.django_db]
RUNS, KILLS, PATIENCE = 60, 10, 900  # seconds on a machine that is busy with the other tests


@pytest.fixture(scope="module")
def figures(django_db_setup, tmp_path_factory):
    """What the storm wrote: one process for all of it, on servers of its own."""
    written = tmp_path_factory.mktemp("storm") / "fault_storm.json"
    command = [sys.executable, "-m", "tests.storm", "--runs", str(RUNS), "--kills", str(KILLS), "--control"]
    command += ["--folder", "var/storm-test", "--like", database_url(), "--json", str(written)]
    environment = os.environ | {"PORTAL": "local"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(written.read_text())


def test_no_fault_at_any_point_pays_twice_loses_a_payment_or_unbalances_the_books(figures):
    damage = {name: figures[name] for name in ("double", "lost", "single_person", "unbalanced", "differences")}

    assert set(damage.values()) == {0}
    assert (figures["runs"], figures["missed"]) == (RUNS, 0)
    assert figures["payments"] >= 3 * RUNS
    assert {name: count for name, count in figures["points"].items() if count < RUNS // len(POINTS)} == {}
    assert min(figures["kinds"].values()) >= RUNS // len(KINDS) - 1


def test_people_went_through_the_portals_own_server_which_was_killed_and_asked_for_the_password_again(figures):
    plans = [Plan.of(seed) for seed in range(RUNS)]
    killed = sum(plan.kind == KILL and PROCESS[plan.point.stage] == WEB for plan in plans)

    assert figures["web_kills"] == killed > 5
    assert figures["passwords_again"] > 0


def test_a_worker_killed_ten_times_sends_two_hundred_payments_once_each(figures):
    assert figures["worker_kills"] == {
        "kills": KILLS,
        "disbursements": 200,
        "sent": 200,
        "handed_over_once": 200,
        "handed_over_again": 0,
        "booked": 200,
    }


def test_the_control_without_the_treasurys_key_is_seen_to_pay_twice(figures):
    assert figures["control"]["double"] > 0
