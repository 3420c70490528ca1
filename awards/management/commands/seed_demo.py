import csv
from itertools import count
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from awards.models import Edition, Honour
from awards.rehearsal.calls import open_call_now
from enterprises.models import Organisation, RoleGrant
from enterprises.organisations.register import CODE
from foshan_quality.lib import clock
from foshan_quality.lib.identity import invented_credit_code
from foshan_quality.permissions import Relation, Role

FIRM = {
    "所在区": "南海区",
    "所属行业": "装备制造",
    "企业规模": "中型",
    "成立日期": "2008-06-18",
    "法定代表人": "试填代表",
    "注册地址": "佛山市南海区试填路 1 号（虚构）",
}
PASSWORD = "demo-quality-2026"  # noqa: S105  for the demo only; the command refuses to run anywhere else
CALL_DAYS = 30


class Command(BaseCommand):
    help = "After a rehearsal: open a call to try out, give one account of each role the demo password, print sign-ins."

    def handle(self, **options):
        if not (settings.LOCAL and settings.DEMO):
            raise CommandError("只能在演示环境使用：演示口令人人皆知。")
        self.open_a_call()
        people = list(self.cast())
        for _label, user in people:
            if not user.check_password(PASSWORD):
                user.set_password(PASSWORD)
                user.save(update_fields=["password"])
        width = max((len(user.email) for _label, user in people), default=0)
        self.stdout.write(f"\n各角色登录（口令都是 {PASSWORD}）：")
        for label, user in people:
            self.stdout.write(f"  {user.email:<{width}}  {label}")
        code, name = self.write_register()
        self.stdout.write(f"\n自己注册一个账号试填：登记单位时输入信用代码 {code}（{name}），资料会自动带出。")

    def write_register(self):
        """A register with one invented firm that has not registered yet. Gives its code and name."""
        taken = set(Organisation.objects.values_list("credit_code", flat=True))
        invented = (invented_credit_code("MADEM0", number) for number in count(1))
        code = next(code for code in invented if code not in taken)
        values = [code, f"佛山市试填{code[-4:]}精密部件有限公司（演示）", *FIRM.values()]
        folder = Path(settings.REGISTER_FILE)
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "demo.csv", "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([[CODE, "单位名称", *FIRM], values])
        return code, values[1]

    def open_a_call(self):
        """An edition that takes applications now, so that a newcomer can apply; a running one is left alone."""
        if Edition.objects.taking_applications(clock.now()).exists():
            return
        grant = next(iter(self.grants(Role.SECRETARIAT)), None)
        if grant is None:
            raise CommandError("还没有演练过，请先执行 manage.py rehearse。")
        edition = open_call_now(by=grant.user, days=CALL_DAYS, agency="演评办")
        self.stdout.write(f"{edition}开放申报，{CALL_DAYS} 天后截止。")

    def cast(self):
        """A winner's owner and editor, then the newest holder of each role (two where releasing needs two)."""
        rehearsed = Honour.objects.in_force().filter(application__isnull=False, is_rehearsal=True)
        honour = rehearsed.order_by("-year", "pk").first()
        for relation in (Relation.OWNER, Relation.EDITOR) if honour else ():
            for membership in honour.organisation.memberships.filter(role=relation, ended_at=None)[:1]:
                yield f"企业{relation.label}（{honour.organisation}）", membership.user
        for role in Role:
            if role != Role.ROBOT:
                for grant in self.grants(role):
                    district = grant.get_district_code_display()
                    yield f"{role.label}{f'（{district}）' if district else ''}", grant.user

    def grants(self, role):
        live = RoleGrant.objects.filter(role=role, ended_at=None, user__is_active=True).select_related("user")
        wanted = 2 if role == Role.SECRETARIAT else 1
        return list(live.order_by("-pk")[:wanted])[::-1]
