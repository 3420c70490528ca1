from django.core.management.base import BaseCommand

from enterprises.organisations.actions import reencrypt_accounts
from enterprises.people.models import User


class Command(BaseCommand):
    help = "Encrypt every bank account number anew under the first of ACCOUNT_KEYS; afterwards the others may go."

    def handle(self, **options):
        self.stdout.write(f"已用新钥重新加密 {reencrypt_accounts(by=User.objects.robot())} 个账号，旧钥可以去掉。")
