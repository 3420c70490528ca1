from django.core.management.base import BaseCommand, CommandError

from enterprises.audit.models import AuditEvent
from enterprises.audit.queries import broken_row


class Command(BaseCommand):
    help = "Walk the audit trail; name the first row that was changed, removed or added out of turn."

    def handle(self, **options):
        broken = broken_row()
        if broken:
            raise CommandError(f"审计链在第 {broken[0]} 行断开：{broken[1]}。")
        self.stdout.write(f"审计链完整：{AuditEvent.objects.count()} 行。")
