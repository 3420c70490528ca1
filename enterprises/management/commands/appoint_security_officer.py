from django.core.management.base import BaseCommand, CommandError

from enterprises.people.actions import appoint_first_security_officer
from enterprises.people.models import User
from foshan_quality.lib.problems import Refused


class Command(BaseCommand):
    help = "Make an account the first security officer, who then grants every other role in the office. Works once."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--name", default="安全管理员")

    def handle(self, *, email, name, **options):
        user = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email=email, name=name)
        try:
            appoint_first_security_officer(user)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{user.email} 已任安全管理员；请在登录页用“忘记密码”设置密码。")
