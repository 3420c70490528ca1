import json
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from awards.models import Edition, Rubric
from awards.rehearsal.report import report
from awards.rehearsal.season import Season, Stuck
from awards.rehearsal.stage import Voice
from awards.rehearsal.workers import NoWorker, worker
from foshan_quality.lib.problems import Refused


class Command(BaseCommand):
    help = "Walk one whole edition with invented enterprises, in simulated time, through the real actions and tasks."

    def add_arguments(self, parser):
        parser.add_argument("--json", metavar="PATH", help="write the outcome here")
        parser.add_argument("--seed", type=int, default=1, help="the same seed on the same data gives the same season")
        parser.add_argument("--if-none", action="store_true", help="do nothing when there is a rehearsed edition")

    def handle(self, *, seed, if_none, **options):
        if not settings.DEMO:
            raise CommandError("演练会写入虚构的企业、人员和资金，只能在演示环境使用（DEMO=1）。没有写入任何内容。")
        call_command("migrate", verbosity=0)
        if if_none and Edition.objects.filter(is_rehearsal=True).exists():
            self.stdout.write("已有演练过的届次，不再演练。")
            return
        if not Rubric.objects.exists():
            call_command("load_reference", stdout=self.stdout)
        voice = Voice()
        try:
            with worker():
                season = Season(seed=seed, voice=voice)
                season.run()
        except (Stuck, NoWorker, Refused) as problem:
            raise CommandError(f"演练没有走完：{problem}") from problem
        self.finish(report(season), options["json"])

    def finish(self, outcome, path):
        """Print the end of the story and write it down."""
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(json.dumps(outcome, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        held = outcome["ledger_balanced"] and outcome["audit"]["chain_ok"]
        held = held and not outcome["reconciliation"]["differences"]
        self.stdout.write(
            f"\n{outcome['edition']}：{outcome['applications']} 家申报，{len(outcome['winners'])} 家获奖，"
            f"{len(outcome['certificates'])} 张证书，拨付 {outcome['paid_total']} 元；"
            f"台账{'平衡' if outcome['ledger_balanced'] else '不平衡'}，"
            f"审计链 {outcome['audit']['events']} 行{'完整' if outcome['audit']['chain_ok'] else '断裂'}；"
            f"用时 {outcome['seconds']} 秒。"
        )
        if not held:
            raise CommandError("台账、账目核对或审计链没有通过检查。")
