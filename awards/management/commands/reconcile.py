import json
import sys

from django.core.management.base import BaseCommand

from awards.subsidies.reconciling import actions as reconcile_actions
from awards.subsidies.reconciling.alone import booked_alone
from awards.subsidies.reconciling.queries import findings_of
from enterprises.people.models import User


class Command(BaseCommand):
    help = "Compare orders, ledger, budgets, awards and bank results; exit code 1 and a line for each difference."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print the run as JSON")

    def handle(self, **options):
        run = reconcile_actions.run(by=User.objects.robot())
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(run), ensure_ascii=False, indent=2))
        else:
            self.tell(run)
            self.stdout.write(f"另有 {booked_alone(run.run_at)[1]} 笔记账由一人办理，列在“账目核对”，供审计抽查。")
        if run.difference_count:
            sys.exit(1)

    def tell(self, run):
        """The run in lines to read."""
        if not run.difference_count:
            self.stdout.write(f"账目相符：核对 {run.checks} 项，没有差异，用时 {run.seconds} 秒。")
            return
        self.stdout.write(f"账目不符：核对 {run.checks} 项，差异 {run.difference_count} 处，已停止复核和送财政。")
        for finding in findings_of(run):
            self.stdout.write(f"\n{finding.check.title} —— 不成立（{finding.check.code}）")
            for row in finding.rows:
                self.stdout.write(
                    f"  {row['name']}（{row['kind']} {row['key']}）：应为 {row['expected']}；实为 {row['found']}"
                )
            self.stdout.write(f"  怎么办：{finding.check.remedy}")


def _as_dict(run):
    return {
        "run": run.pk,
        "run_at": run.run_at.isoformat(),
        "seconds": str(run.seconds),
        "checks": run.checks,
        "difference_count": run.difference_count,
        "differences": run.differences,
    }
