"""The industries the invented enterprises work in; the words themselves are in `industries.toml`."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

DISTRICTS = {"440604": "禅城区", "440605": "南海区", "440606": "顺德区", "440607": "三水区", "440608": "高明区"}


@dataclass(frozen=True)
class Industry:
    """One industry: its vocabulary, where in Foshan it sits, and the ranges its figures fall in.

    `energy` is in tonnes of standard coal per 10,000 yuan of output, `output` in 10,000 yuan of revenue per employee.
    """

    name: str
    suffixes: tuple[str, ...]
    long_suffix: str
    lines: tuple[tuple[str, ...], ...]
    customers: str
    users: str
    chain: str
    key_process: str
    traits: str
    lab: str
    inputs: str
    hazard: str
    green: str
    digital: str
    pressure: str
    edge: str
    districts: tuple[str, ...]
    energy: tuple[Decimal, Decimal]
    output: tuple[Decimal, Decimal]
    system: str = ""
    is_service: bool = False

    @property
    def words(self) -> dict[str, str]:
        """Give the words the report sentences use for this industry."""
        return {key: getattr(self, key) for key in _WORDS} | {"industry": self.name} | _KIND_WORDS[self.is_service]


_WORDS = (
    "customers", "users", "chain", "key_process", "traits", "lab",
    "inputs", "hazard", "green", "digital", "pressure", "edge",
)  # fmt: skip
_KIND_WORDS = {
    False: {
        "make": "生产",
        "work": "研发、生产与服务",
        "goods": "产品",
        "site": "车间",
        "yield_name": "产品一次交验合格率",
        "incoming_name": "来料批次合格率",
    },
    True: {
        "make": "运营",
        "work": "规划、运营与保障",
        "goods": "服务",
        "site": "站点",
        "yield_name": "服务一次交付合格率",
        "incoming_name": "外协服务合格率",
    },
}


def _load() -> dict:
    """Read the data file beside this module."""
    return tomllib.loads((Path(__file__).parent / "industries.toml").read_text(encoding="utf-8"))


def _industry(row: dict) -> Industry:
    """Turn one table of the data file into an Industry."""
    row = row | {
        "suffixes": tuple(row["suffixes"]),
        "lines": tuple(tuple(line) for line in row["lines"]),
        "districts": tuple(row["districts"]),
        "energy": tuple(map(Decimal, row["energy"])),
        "output": tuple(map(Decimal, row["output"])),
    }
    return Industry(**row)


_DATA = _load()
INDUSTRIES = [_industry(row) for row in _DATA["industry"]]
SERVICE_WORDS: dict[str, str] = _DATA["service_words"]


def in_service_words(text: str) -> str:
    """Give the text with the words of a factory replaced by those of a service organisation."""
    for ours, theirs in SERVICE_WORDS.items():
        text = text.replace(ours, theirs)
    return text
