"""A treasury that does what it is told: it pays every line of every file it has not seen, and answers.

It knows nothing of our rules, so what we hand over twice is paid twice. The layout is that of docs/operations.md.
"""

import csv
import io
import shutil
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

ANSWER = ["批次号", "支付流水号", "金额", "结果", "日期", "说明"]
PAID, RETURNED = "已付", "退汇"


@dataclass
class Treasury:
    """`done` are (reference, amount, whether it was paid) in their order; `files` tells the batch number of each.

    `papers` are answers that do not come by the folder: (name, content), for a person to hand in.
    """

    folder: Path
    day: str
    files: dict[str, str] = field(default_factory=dict)
    done: list = field(default_factory=list)
    papers: list = field(default_factory=list)

    def begin_anew(self):
        """Forget everything: the batches are numbered from the first again."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for known in (self.files, self.done, self.papers):
            known.clear()

    def unseen(self):
        """The order files that lie there and were not taken in."""
        out = self.folder / "out"
        lying = (path for path in out.iterdir() if path.suffix == ".csv") if out.exists() else ()
        return sorted(path for path in lying if path.name not in self.files)

    def unread(self):
        """Whether an answer lies there that nobody has put away."""
        return any(path.suffix == ".csv" for path in (self.folder / "in").glob("*"))

    def work(self, dice, *, wants_return=False, by_hand=False):
        """Pay what lies there and answer: in one file or two, sometimes the same file once more."""
        answer = self._write if by_hand else self._answer
        for path in self.unseen():
            number, lines = read(path.read_bytes())
            self.files[path.name] = number
            answers = [self._pay(number, line, wants_return and place == 0) for place, line in enumerate(lines)]
            cut = dice.randint(1, len(answers)) if dice.random() < 0.3 else len(answers)
            answer(f"{path.stem}-1.csv", answers[:cut])
            answer(f"{path.stem}-2.csv", answers[cut:])
            if dice.random() < 0.3:
                answer(f"{path.stem}-1-again.csv", answers[:cut])

    def _pay(self, number, line, is_returned):
        reference, amount = line
        self.done.append((reference, Decimal(amount), not is_returned))
        told = [RETURNED, self.day, "账号不符"] if is_returned else [PAID, self.day, ""]
        return [number, reference, amount, *told]

    def _answer(self, name, rows):
        if rows:
            into = self.folder / "in"
            into.mkdir(parents=True, exist_ok=True)
            (into / f"{name}.part").write_bytes(written(rows))
            (into / f"{name}.part").rename(into / name)

    def _write(self, name, rows):
        if rows:
            self.papers.append((name, written(rows)))


def written(rows):
    """An answer file."""
    text = io.StringIO()
    csv.writer(text).writerows([ANSWER, *rows])
    return text.getvalue().encode("utf-8-sig")


def read(content):
    """The batch number of an order file and its lines as (reference, amount)."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gbk")
    rows = list(csv.reader(io.StringIO(text)))[1:]
    lines = [(row[2], row[6]) for row in rows if row[1] != "合计"]
    return rows[0][0], lines
