"""Who takes part in a rehearsal: invented enterprises, experts, committee members and officers.

Three promises: the same seed and serial give the same cast; two serials share no name, credit code, e-mail or
telephone number; nobody here can be taken for a real organisation or person (credit codes carry region 000000,
addresses end in `example.invalid`, banks say 虚构).
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stdnum.cn import uscc

from awards.rehearsal import figures, names, texts
from awards.rehearsal.industries import DISTRICTS, INDUSTRIES, Industry

MAIL_DOMAIN = "example.invalid"
SIZES = ["large"] * 8 + ["medium"] * 10 + ["small"] * 6
EXPERT_FROM, MEMBER_FROM, OFFICER_FROM, NOBODY_FROM = 100, 140, 180, 200  # places in the list of people; owners first
PEOPLE = NOBODY_FROM + names.PER_SERIAL  # the last are legal representatives, who have no account


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class Bank:
    """A bank account that cannot exist: real card and account numbers do not begin with 0000."""

    name: str
    account: str
    holder: str


@dataclass(frozen=True)
class Enterprise:
    """An applicant and everything it hands in. `calibre` (0 to 1) is how good it truly is: marks follow from it."""

    name: str
    short_name: str
    credit_code: str
    district_code: str
    industry: str
    size: str  # large, medium or small
    registered_on: date
    legal_representative: str
    address: str
    owner: Person
    colleague: Person
    calibre: float
    profile: dict[str, str]
    indicators: dict[int, dict[str, Decimal | None]]
    not_applicable: dict[str, str]
    answers: dict[str, str]
    bank: Bank

    @property
    def district(self) -> str:
        """Give the district's name."""
        return DISTRICTS[self.district_code]


@dataclass(frozen=True)
class Expert(Person):
    """A reviewer: where they work and which industries they know."""

    employer: str
    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Member(Person):
    """A member of the committee: the department they speak for, and their duty in the committee."""

    post: str
    duty: str


def enterprises(*, seed: int, serial: int, year: int, rubric: dict, count: int = 24) -> list[Enterprise]:
    """Give the applicants of rehearsal `serial` for the edition of `year`, with an answer to every rubric item."""
    if not 1 <= count <= names.PER_SERIAL:
        raise ValueError(f"count must be 1 to {names.PER_SERIAL}, not {count}")
    rng = random.Random(f"{seed}-{serial}-enterprises")
    people = _People(seed, serial)
    kinds = {item["code"]: category["kind"] for category in rubric["categories"] for item in category["items"]}
    plans = _plans(rng, serial, count)
    return [_enterprise(seed, serial, year, kinds, people, plan) for plan in plans]


def experts(*, seed: int, serial: int, count: int = 12, employed_by: str | None = None) -> list[Expert]:
    """Give the experts; the first is employed by `employed_by`, so that a conflict shows itself."""
    _refuse_more_than(MEMBER_FROM - EXPERT_FROM, count)
    rng = random.Random(f"{seed}-{serial}-experts")
    people = _People(seed, serial)
    employers = _shuffled_to(rng, EXPERT_EMPLOYERS, count)
    if employed_by:
        employers[0] = (employed_by, "高级工程师")
    fields = [industry.name for industry in INDUSTRIES]
    rng.shuffle(fields)
    return [
        Expert(
            **people.account(EXPERT_FROM + place, f"expert.s{serial}x{place + 1:02}"),
            employer=employer,
            title=title,
            fields=tuple(fields[(place * 3 + step) % len(fields)] for step in range(4)),
        )
        for place, (employer, title) in enumerate(employers)
    ]


def committee(*, seed: int, serial: int, count: int = 17) -> list[Member]:
    """Give the committee: one chair, two deputies, and members from the departments."""
    _refuse_more_than(OFFICER_FROM - MEMBER_FROM, count)
    people = _People(seed, serial)
    return [
        Member(
            **people.account(MEMBER_FROM + place, f"member.s{serial}m{place + 1:02}"),
            post=COMMITTEE_POSTS[place % len(COMMITTEE_POSTS)],
            duty="主任委员" if place == 0 else "副主任委员" if place < 3 else "委员",
        )
        for place in range(count)
    ]


def officers(*, seed: int, serial: int) -> dict[str, Person]:
    """Give the officers by role; district officers are `district_` and the district's code."""
    people = _People(seed, serial)
    return {
        role: Person(**people.account(OFFICER_FROM + place, f"{role.replace('_', '-')}.s{serial}"))
        for place, role in enumerate(OFFICER_ROLES)
    }


def credit_code(serial: int, index: int) -> str:
    """Give a checksum-valid code that cannot exist: region 000000, then YL (演练), the serial and the index."""
    body = f"YL{serial:04}{index:02}"
    stem = "91000000" + body + _organisation_check(body)
    return stem + uscc.calc_check_digit(stem)


OFFICER_ROLES = [
    "secretariat",
    "secretariat_second",
    *(f"district_{code}" for code in DISTRICTS),
    "finance_maker",
    "finance_checker",
    "leader",
    "auditor",
    "system_officer",
    "security_officer",
    "finance_checker_second",
]

COMMITTEE_POSTS = [
    "市政府办公室",
    "市市场监督管理局",
    "市工业和信息化局",
    "市发展和改革局",
    "市科学技术局",
    "市财政局",
    "市人力资源和社会保障局",
    "市生态环境局",
    "市住房和城乡建设局",
    "市交通运输局",
    "市农业农村局",
    "市商务局",
    "市卫生健康局",
    "市应急管理局",
    "市统计局",
    "市税务局",
    "市国有资产监督管理委员会",
]

EXPERT_EMPLOYERS = [
    ("粤中工程学院管理系（虚构）", "教授"),
    ("岭南先进制造研究院（虚构）", "正高级工程师"),
    ("南粤卓越绩效研究会（虚构）", "研究员"),
    ("珠江西岸质量促进会（虚构）", "高级工程师"),
    ("砚衡质量管理咨询有限公司（虚构）", "高级咨询师"),
    ("汾江产品检测技术中心（虚构）", "正高级工程师"),
    ("粤中职业技术学院质量工程系（虚构）", "副教授"),
    ("岭南标准化技术服务中心（虚构）", "高级工程师"),
    ("退休（原从事企业质量管理）", "高级工程师"),
    ("退休（原从事计量检测）", "正高级工程师"),
    ("泮棠企业管理咨询有限公司（虚构）", "高级经济师"),
    ("南粤会计与内控学会（虚构）", "高级会计师"),
    ("珠江西岸装备制造业协会（虚构）", "高级工程师"),
    ("粤中财经学院会计系（虚构）", "副教授"),
]

BANKS = ["岭南银行佛山分行", "粤中商业银行汾江支行", "珠江西岸银行佛山营业部", "南粤农村银行佛山支行"]

HONOURS = [
    "{y3}年 区级质量管理小组活动成果一等奖",
    "{y2}年 行业协会质量诚信示范单位",
    "{y3}年 市级质量改进案例入选单位",
    "{y1}年 区级绿色工厂培育单位",
    "{y2}年 客户授予的年度优秀供方",
    "{y1}年 区级技能竞赛优秀组织单位",
]


class _People:
    """Everybody of one rehearsal by place, so that no two share a name, an address or a number."""

    def __init__(self, seed: int, serial: int):
        self.serial = serial
        self.names = names.personal_names(seed, serial, PEOPLE)

    def account(self, place: int, local_part: str) -> dict[str, str]:
        """Give the fields of the person in this place."""
        number = ((self.serial - 1) * NOBODY_FROM + place) % 10_000
        return {"name": self.names[place], "email": f"{local_part}@{MAIL_DOMAIN}", "phone": f"1380000{number:04}"}


@dataclass(frozen=True)
class _Plan:
    """What is decided for one enterprise in view of the others, before its own details are drawn."""

    index: int
    trade: str
    industry: Industry
    line: int
    district_code: str
    size: str
    calibre: float
    is_long: bool
    is_rare: bool


def _plans(rng: random.Random, serial: int, count: int) -> list[_Plan]:
    """Spread industries, districts, sizes and calibres over the enterprises; two of them get a difficult name."""
    industries = _shuffled_to(rng, INDUSTRIES, count)
    sizes = _shuffled_to(rng, SIZES, count)
    calibres = _calibres(rng, count)
    trades = [names.trade_name(serial, index) for index in range(count)]
    rng.shuffle(trades)
    long_one, rare_one = rng.sample(range(count), 2) if count > 1 else (0, None)
    used = dict.fromkeys(DISTRICTS, 0)
    plans = []
    for index, industry in enumerate(industries):
        district_code = min(industry.districts, key=lambda code: (used[code], rng.random()))
        used[district_code] += 1
        size = "large" if index == long_one else sizes[index]
        line = (index // len(INDUSTRIES)) % len(industry.lines)
        marks = {"is_long": index == long_one, "is_rare": index == rare_one}
        plans.append(_Plan(index, trades[index], industry, line, district_code, size, calibres[index], **marks))
    return plans


def _calibres(rng: random.Random, count: int) -> list[float]:
    """Give calibres from about 0.1 to 0.95, close enough to each other for the ranking to be worth watching."""
    step = 0.86 / max(1, count - 1)
    values = [round(0.08 + step * place + rng.uniform(-0.015, 0.015), 3) for place in range(count)]
    rng.shuffle(values)
    return values


def _shuffled_to(rng: random.Random, things: list, count: int) -> list:
    """Give `count` of the things: each once in random order before any is used again in the same order."""
    order = rng.sample(things, len(things))
    return [order[place % len(order)] for place in range(count)]


def _enterprise(seed: int, serial: int, year: int, kinds: dict[str, str], people: _People, plan: _Plan) -> Enterprise:
    """Draw one enterprise from its plan."""
    rng = random.Random(f"{seed}-{serial}-enterprise-{plan.index}")
    number = plan.index + 1
    industry, products = plan.industry, plan.industry.lines[plan.line]
    full_name, short_name = _full_name(rng, plan), _short_name(plan)
    owner = Person(**people.account(plan.index * 2, f"owner.s{serial}e{number:02}"))
    colleague = Person(**people.account(plan.index * 2 + 1, f"colleague.s{serial}e{number:02}"))
    exports = not industry.is_service and rng.random() < 0.72
    drawn = figures.draw(rng, industry=industry, size=plan.size, calibre=plan.calibre, year=year, exports=exports)
    registered_on = date(year - rng.randint(8, 26), 1, 1) + timedelta(days=rng.randint(0, 364))
    facts = texts.facts_of(rng, industry=industry, products=products, figures=drawn, calibre=plan.calibre) | {
        "name": full_name,
        "short": short_name,
        "district": DISTRICTS[plan.district_code],
        "founded": str(registered_on.year),
        "cpe_year": str(year - 2 - round(plan.calibre * 5)),
    }
    return Enterprise(
        name=full_name,
        short_name=short_name,
        credit_code=credit_code(serial, number),
        district_code=plan.district_code,
        industry=industry.name,
        size=plan.size,
        registered_on=registered_on,
        legal_representative=people.names[NOBODY_FROM + plan.index],
        address=f"广东省佛山市{DISTRICTS[plan.district_code]}{plan.trade}工业园{rng.randint(1, 9)}号（演练地址）",
        owner=owner,
        colleague=colleague,
        calibre=plan.calibre,
        profile=_profile(rng, year, colleague, facts, industry, products),
        indicators=drawn.indicators,
        not_applicable=drawn.not_applicable,
        answers=texts.report(rng, kinds=kinds, facts=facts, calibre=plan.calibre),
        bank=_bank(rng, serial, number, full_name),
    )


def _full_name(rng: random.Random, plan: _Plan) -> str:
    """Compose the registered name."""
    district, trade, suffix = DISTRICTS[plan.district_code], _trade(plan), _suffix(plan)
    if plan.is_long:
        return f"佛山市{district}{trade}{plan.industry.long_suffix}（集团）股份有限公司"
    forms = [f"佛山市{district}{trade}{suffix}有限公司", f"佛山市{trade}{suffix}有限公司"]
    if plan.size == "large":
        forms = [f"广东{trade}{suffix}股份有限公司", f"广东{trade}{suffix}集团有限公司"]
    elif plan.size == "medium":
        forms.append(f"广东{trade}{suffix}股份有限公司")
    return rng.choice(forms)


def _short_name(plan: _Plan) -> str:
    """Give the name people use: trade name and line of business."""
    return _trade(plan) + _suffix(plan)


def _trade(plan: _Plan) -> str:
    """Give the trade name, with the rare character where the plan asks for it."""
    return plan.trade + (names.RARE if plan.is_rare else "")


def _suffix(plan: _Plan) -> str:
    """Give the word for the line of business; two enterprises of one industry get different ones."""
    return plan.industry.suffixes[plan.index // len(INDUSTRIES) % len(plan.industry.suffixes)]


def _profile(
    rng: random.Random,
    year: int,
    contact: Person,
    facts: dict[str, str],
    industry: Industry,
    products: tuple[str, ...],
) -> dict[str, str]:
    """Fill in the fields about the organisation."""
    return {
        "main_products": "；".join(f"{place}. {product}" for place, product in enumerate(products, start=1)),
        "employees": facts["employees"],
        "management_system": _systems(rng, year, industry),
        "cpe_started_on": f"{facts['cpe_year']}-{rng.randint(1, 12):02}",
        "past_honours": _honours(rng, facts),
        "overview": texts.overview(rng, facts),
        "contact_name": contact.name,
        "contact_phone": contact.phone,
        "contact_email": contact.email,
    }


def _systems(rng: random.Random, year: int, industry: Industry) -> str:
    """List the certified management systems with the day each certificate runs out."""
    systems = ["GB/T 19001 质量管理体系", "GB/T 24001 环境管理体系", "GB/T 45001 职业健康安全管理体系"]
    systems += [industry.system] if industry.system else []
    ends = date(year + 1, 1, 1) + timedelta(days=rng.randint(0, 600))
    return "\n".join(f"{system}（有效期至 {ends.isoformat()}）" for system in systems)


def _honours(rng: random.Random, facts: dict[str, str]) -> str:
    """List up to four honours of no great weight, or 无."""
    chosen = sorted(honour.format_map(facts) for honour in rng.sample(HONOURS, rng.randint(0, 4)))
    return "\n".join(chosen) or "无"


def _bank(rng: random.Random, serial: int, number: int, holder: str) -> Bank:
    """Give an account in the enterprise's own name."""
    return Bank(f"（虚构）{rng.choice(BANKS)}", f"0000{serial:04}{number:03}{rng.randrange(10**8):08}", holder)


def _organisation_check(body: str) -> str:
    """Give the check character of the nine-character organisation part (GB 11714)."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = (11 - sum(int(character, 36) * weight for character, weight in zip(body, weights, strict=True)) % 11) % 11
    return "X" if rest == 10 else str(rest)


def _refuse_more_than(places: int, count: int) -> None:
    """Refuse to draw more people than there are places for."""
    if not 1 <= count <= places:
        raise ValueError(f"count must be 1 to {places}, not {count}")
