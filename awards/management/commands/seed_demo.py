from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from awards.models import Application
from enterprises.models import RoleGrant
from foshan_quality.permissions import Relation, Role

PASSWORD = "demo-quality-2026"  # noqa: S105  for the demo only; the command refuses anything else


class Command(BaseCommand):
    help = "Give one account of each role of the last rehearsal the demo password and print the sign-ins."

    def handle(self, **options):
        if not (settings.LOCAL and settings.DEMO):
            raise CommandError("只能在演示环境使用：演示口令人人皆知。")
        people = list(self.cast())
        for _label, user in people:
            if not user.check_password(PASSWORD):
                user.set_password(PASSWORD)
                user.save(update_fields=["password"])
        width = max((len(user.email) for _label, user in people), default=0)
        self.stdout.write(f"\n各角色登录（口令都是 {PASSWORD}）：")
        for label, user in people:
            self.stdout.write(f"  {user.email:<{width}}  {label}")

    def cast(self):
        """One person per role, the newest; for an enterprise its owner and its editor."""
        newest = Application.objects.filter(edition__is_rehearsal=True).order_by("-edition_id", "number").first()
        if newest:
            for role in (Relation.OWNER, Relation.EDITOR):
                for membership in newest.organisation.memberships.filter(role=role, ended_at=None)[:1]:
                    yield f"企业{role.label}（{newest.organisation}）", membership.user
        for role in Role:
            if role == Role.ROBOT:
                continue
            for grant in self.grants(role):
                district = grant.get_district_code_display()
                yield f"{role.label}{f'（{district}）' if district else ''}", grant.user

    def grants(self, role):
        live = RoleGrant.objects.filter(role=role, ended_at=None, user__is_active=True).select_related("user")
        wanted = 2 if role == Role.SECRETARIAT else 1  # releasing needs a second person
        return list(live.order_by("-pk")[:wanted])[::-1]
