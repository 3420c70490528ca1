from django.core.management.base import BaseCommand, CommandError

from enterprises.files.models import StoredFile
from enterprises.files.queries import damaged_files, unlisted_files

WORDS = {"missing": "缺失或无法读取", "altered": "内容与登记的摘要不符"}


class Command(BaseCommand):
    help = "Read every stored file; name those that are missing or altered, and files on disk that no row knows."

    def handle(self, **options):
        for path in unlisted_files():
            self.stdout.write(f"未登记：{path}（办理中断留下的，确认后可以删除）")
        damaged = list(damaged_files())
        if damaged:
            raise CommandError("\n".join(_line(stored, wrong) for stored, wrong in damaged))
        self.stdout.write(f"文件完好：{StoredFile.objects.count()} 个。")


def _line(stored, wrong):
    return f"文件 {stored.pk}“{stored.name}”{WORDS[wrong]}：{stored.file.name}，上传人 {stored.uploaded_by}。"
