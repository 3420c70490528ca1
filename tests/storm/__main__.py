"""`python -m tests.storm`: strike so many runs and write what came of them."""

import argparse
import json
import os
import shutil
import sys
import time
from itertools import count
from pathlib import Path

import django

from foshan_quality.embedded import load_env

from . import servers
from .points import KILL

GUARD, NEEDED = "treasury-key", ("handed over", KILL)  # a guard, and the strike that it is needed for
SEASON = 50  # runs on one database


def main():
    """Exit code 1 when a run did damage."""
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=main.__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first run; the next ones count up")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--folder", type=Path, default=Path("var/storm"), help="where the servers keep their data")
    parser.add_argument("--like", help="the address of a database to copy instead of migrating an empty one")
    parser.add_argument("--kills", type=int, default=0, help="kill the worker so many times during 200 disbursements")
    parser.add_argument("--control", action="store_true", help="one run more, without a guard: the judge must see it")
    chosen = parser.parse_args()
    load_env()
    with servers.servers(chosen.folder) as home:
        tally = storm(home, chosen)
    figures = tally.as_json() | {"seed": chosen.seed}
    if chosen.json:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join([*tally.said, json.dumps(figures, ensure_ascii=False), ""]))
    return 1 if any(tally.damage.values()) or tally.said else 0  # what was said begins with the seed to replay


def storm(home, chosen):
    """All runs; the tally."""
    work = Path(home.folder).with_name(f"{home.folder.name}-work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    os.environ |= {
        "PORTAL": "local",
        "MEDIA_ROOT": str(work / "media"),
        "TREASURY_ROOT": str(work / "treasury"),
        "DJANGO_SETTINGS_MODULE": "foshan_quality.settings",
    }
    django.setup()
    from .processes import Nursery, load

    load()
    nursery, unguarded = Nursery(work, []), Nursery(work, [GUARD])
    try:
        fill(chosen.like)
        return struck(home, nursery, unguarded, chosen)
    finally:
        nursery.close()
        unguarded.close()


def fill(like):
    """The tables and the reference data that a payment needs."""
    if like:
        servers.copy_from(like)
        return
    from django.core.management import call_command

    from awards.programmes.loading import load_calendar, load_programmes
    from awards.rubric.loading import load_rubrics
    from awards.subsidies.policies.loading import load_amounts

    call_command("migrate", verbosity=0)
    for load in (load_rubrics, load_programmes, load_calendar, load_amounts):
        load()


def struck(home, nursery, unguarded, chosen):
    """Run after run, with a line of progress each hundred; then what else was asked for."""
    from django.db import connection

    from enterprises.models import User
    from foshan_quality.lib import clock
    from foshan_quality.permissions import Role

    from .driver import Storm
    from .runs import Plan
    from .treasury import Treasury
    from .web import PASSWORD

    people = []
    for role in (Role.FINANCE_MAKER, Role.FINANCE_CHECKER):
        person = User.objects.create_user(f"{role}@storm.invalid", PASSWORD, name=role.label)
        person.role_grants.create(role=role)
        people.append(person)
    User.objects.robot()
    treasury, began = Treasury(nursery.folder / "treasury", clock.today().isoformat()), time.monotonic()
    connection.close()
    servers.keep_ground(home)
    tempest = Storm(home, nursery, people, treasury)
    for seed in range(chosen.seed, chosen.seed + chosen.runs):
        if seed > chosen.seed and (seed - chosen.seed) % SEASON == 0:
            tempest.begin_anew()
        tempest.strike(seed)
        if (seed - chosen.seed + 1) % 100 == 0:
            spent = time.monotonic() - began
            sys.stderr.write(f"{seed - chosen.seed + 1} 次，{spent:.0f} 秒，损害 {dict(tempest.tally.damage)}\n")
    tempest.look_back()
    tempest.tally.more["seconds"] = round(time.monotonic() - began, 1)
    tempest.tally.more["web_kills"] = (nursery.folder / "web.log").read_text().count("was sent SIGKILL")
    tempest.tally.more["passwords_again"] = tempest.checker.again
    if chosen.kills:
        tempest.tally.more["worker_kills"] = tempest.kill_the_worker(chosen.kills, 200)
    nursery.close()
    if chosen.control:
        control = Storm(home, unguarded, people, treasury)
        control.strike(next(seed for seed in count() if (Plan.of(seed).point.name, Plan.of(seed).kind) == NEEDED))
        tempest.tally.more["control"] = {"without": GUARD, **control.tally.damage}
    return tempest.tally


if __name__ == "__main__":
    sys.exit(main())
