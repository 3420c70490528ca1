"""统一社会信用代码 (GB 32100-2015): tidy it, check it, show it."""

import unicodedata

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

MASK = "*"


def tidy_credit_code(text: str) -> str:
    """Full-width to half-width, spaces and dashes out, upper case."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(plain.split()).replace("-", "").upper()


def credit_code_problem(code: str) -> str:
    """Why the code is wrong, in one sentence; empty when it is right.

    A wrong check digit is a warning rather than a wall: real firms have been reported with codes
    that fail it, so staff may accept one with evidence.
    """
    if len(code) != 18:
        return f"统一社会信用代码应为 18 位，现为 {len(code)} 位。"
    try:
        uscc.validate(code)
    except ValidationError:
        return "统一社会信用代码的校验位不正确，请对照营业执照核对。"
    return ""


def is_credit_code_shaped(code: str) -> bool:
    """18 characters of the right alphabet, whatever the check digit says."""
    alphabet = set(uscc._alphabet)
    return len(code) == 18 and set(code) <= alphabet and code[2:8].isdigit()


def invented_credit_code(mark: str, number: int) -> str:
    """A code that passes the check and cannot be real: region 000000. The mark keeps one inventor's from another's."""
    body = f"91000000{mark}{number:0{9 - len(mark)}}"
    return body + uscc.calc_check_digit(body)


def masked(text: str, *, head: int = 0, tail: int = 4) -> str:
    """Show only the ends: 6222…1234 → ***************1234."""
    hidden = max(len(text) - head - tail, 0)
    return text[:head] + MASK * hidden + text[len(text) - tail :] if hidden else MASK * len(text)


def in_groups(text: str, size: int) -> list[str]:
    """A long code in short pieces, to be read aloud or compared by eye."""
    return [text[n : n + size] for n in range(0, len(text), size)]
