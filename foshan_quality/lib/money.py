"""Renminbi, exact to the fen. Never float, never silently rounded."""

from decimal import Decimal

from django.db import models

FEN = Decimal("0.01")
DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
CEILING = Decimal(10) ** 12


class YuanField(models.DecimalField):
    """A sum in yuan with two decimals, up to 999,999,999,999.99."""

    def __init__(self, *args, max_digits=14, decimal_places=2, **kwargs):
        super().__init__(*args, max_digits=max_digits, decimal_places=decimal_places, **kwargs)


def yuan(value: str | int | Decimal) -> Decimal:
    """A whole number of fen as Decimal; refuses floats and anything finer than a fen."""
    if isinstance(value, float) or Decimal(value) % FEN:
        raise ValueError(f"not a whole number of fen: {value!r}")
    return Decimal(value).quantize(FEN)


def in_words(amount: Decimal) -> str:
    """人民币大写 as written on Chinese bills: 1409.50 → 人民币壹仟肆佰零玖元伍角.

    Refuses negative sums and sums of 10^12 yuan or more. Rule: 正确填写票据和结算凭证的基本规定
    (中国人民银行，《支付结算办法》附一): 整 after 元, optional after 角 (not written here), never after 分.
    """
    amount = yuan(amount)
    if not 0 <= amount < CEILING:
        raise ValueError(f"cannot be written as a bill amount: {amount}")
    whole, fen = divmod(int(amount * 100), 100)
    jiao, fen = divmod(fen, 10)
    words = _integer_in_words(whole) + "元" if whole else ""
    if not jiao and not fen:
        return f"人民币{words or '零元'}整"
    if jiao:
        words += DIGITS[jiao] + "角"
    elif words:
        words += "零"
    return "人民币" + words + (DIGITS[fen] + "分" if fen else "")


def _integer_in_words(number: int) -> str:
    words, gap = "", False
    for group in reversed(range(len(GROUPS))):
        part = number // 10_000**group % 10_000
        if not part:
            gap = gap or bool(words)
            continue
        if words and (gap or part < 1000):
            words += "零"
        words += _thousands_in_words(part) + GROUPS[group]
        gap = part % 10 == 0  # 壹拾万零柒仟: a group ending in zero is parted from the next
    return words


def _thousands_in_words(part: int) -> str:
    words, gap = "", False
    for place in reversed(range(4)):
        digit = part // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + DIGITS[digit] + PLACES[place]
            gap = False
        else:
            gap = True
    return words
