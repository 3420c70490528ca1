"""Who must not judge whom. Pure; reports every reason. Basis: 回避 rules of comparable programmes (domain notes)."""

from dataclasses import dataclass

from foshan_quality.lib.problems import Problem


@dataclass(frozen=True)
class Judge:
    """What is known of an expert: account, employer, organisations on the portal the person belongs to."""

    name: str
    employer: str
    organisations: frozenset[int]


def conflicts(judge: Judge, organisation_id: int, organisation_name: str) -> list[Problem]:
    """Every known reason why this expert must not review this organisation."""
    found = []
    if judge.employer.strip() == organisation_name.strip():
        found.append(Problem("employer", f"{judge.name}的工作单位就是申报单位。"))
    if organisation_id in judge.organisations:
        found.append(Problem("member", f"{judge.name}是申报单位在本平台的成员。"))
    return found
