from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from awards.rubric.loading import BadRubric, load_rubric


class Command(BaseCommand):
    help = (
        "Load criteria from a data file: categories, items, points, step and bands. One already there stays as it is."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="a file like those in awards/rubric/data")

    def handle(self, *, path, **options):
        try:
            self.stdout.write(load_rubric(path))
        except (BadRubric, OSError) as problem:
            raise CommandError(str(problem)) from problem
        except (KeyError, ValueError) as problem:
            raise CommandError(f"{path} 不是准则数据文件：{problem}。没有导入。") from problem
