from django.conf import settings
from django.core.management.base import BaseCommand

from awards.certificates import listed


class Command(BaseCommand):
    help = "Write the signed list that certificate verification answers from while the database does not."

    def handle(self, **options):
        self.stdout.write(f"核验名单：{listed.publish()} 张证书，写入 {settings.VERIFICATION_LIST}。")
