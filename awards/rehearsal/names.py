"""Invented names: trade names for enterprises and personal names for everybody in the cast."""

import random

FIRST = "澄朔霁岑湉昉珩劭翊琮翀沄渌溆淙溱芃苒蘅蓁荇旻昶晗暄煦烨炘珏珣琚瑢筠簌粲纾绡绥舸谌逄郗阆韫颀濯棻暾"
SECOND = "砚棠柘檀槿桁楹榛栎梓栩桢棣椽楸榕樾橦汀泮浔渚漪砺硖碣磬磐笙笺箴篁缃缇罍耘舲芷蕤衡觞谧辂钧铎镝垚垣埙埠"
THIRD = "宥彧怀攸旃晷枢楫槊泓"
PER_SERIAL = len(FIRST)  # enterprises one rehearsal can have
RARE = "𠮷"  # outside the basic plane (four bytes in UTF-8): a fair test of every page and font

SURNAMES = "岑欧阮冼招霍庞麦卢邝潘植黎谭区莫伍甘陆崔易温骆游简苏钟范汤邱龙侯康韦覃蓝尹贺向柳翁滕阎鲍屈纪舒"
GIVEN_FIRST = "澍岚钰乔衍序屿望知启予嘉承明映令沐舒清岳"
GIVEN_SECOND = "堃喆笛帆禾川旸恺宁遥越溪澜霖瑾衡洵楠瑜翎"


def trade_name(serial: int, index: int) -> str:
    """Give enterprise `index` (from 0) of rehearsal `serial` (from 1) its trade name: no two pairs share one.

    The first character walks the first alphabet, the second is shifted by the serial (a Latin square), so names
    within one rehearsal share no character either; when the shifts run out a third character tells the rounds apart.
    """
    if serial < 1 or not 0 <= index < PER_SERIAL:
        raise ValueError(f"no trade name for serial {serial}, index {index}")
    lap, shift = divmod(serial - 1, len(SECOND))
    if lap > len(THIRD):
        raise ValueError(f"trade names last for {len(SECOND) * (len(THIRD) + 1)} rehearsals")
    return FIRST[index] + SECOND[(index + shift) % len(SECOND)] + (THIRD[lap - 1] if lap else "")


def personal_names(seed: int, serial: int, count: int) -> list[str]:
    """Give `count` different personal names."""
    rng = random.Random(f"{seed}-{serial}-people")
    chosen = rng.sample(range(len(SURNAMES) * len(GIVEN_FIRST) * len(GIVEN_SECOND)), count)
    return [_personal_name(number) for number in chosen]


def _personal_name(number: int) -> str:
    """Give the name with this number in the list of all combinations."""
    rest, last = divmod(number, len(GIVEN_SECOND))
    surname, middle = divmod(rest, len(GIVEN_FIRST))
    return SURNAMES[surname] + GIVEN_FIRST[middle] + GIVEN_SECOND[last]
