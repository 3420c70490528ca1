"""The code that ties a stamped sheet of paper to the content it was printed from. Pure.

Every page of the book carries it. It is short enough to be copied by hand and long enough (59 bits) that two
contents of one firm never share it by chance.
"""

import re

from foshan_quality.lib.problems import Problem

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no letters that look like digits
LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "S": "5", "Z": "2", "V": "U"})
LENGTH = 12
PRINTED = re.compile(rf"(?<![0-9A-Za-z-])[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}(?![0-9A-Za-z-])")
AGAIN = "请重新生成申报书，打印签章页，签名盖章后扫描上传。"


def code_of(digest: str) -> str:
    """The code printed for a content's SHA-256: 7K3M-9QXF-2H4T."""
    number, letters = int(digest, 16), []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    text = "".join(letters)
    return "-".join(text[at : at + 4] for at in range(0, LENGTH, 4))


def tidy(typed: str) -> str:
    """A code as typed, made comparable: no dashes or blanks, capitals, look-alike letters read as meant."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(LOOK_ALIKES)


def codes_in(text: str) -> set[str]:
    """Every printed code in the text layer of a file; a scan has none."""
    return set(PRINTED.findall(text))


def what_is_wrong(typed: str, read: set[str], digest: str, printed: dict) -> list[Problem]:
    """Why a stamped scan does not belong to the present content; nothing when it does.

    `read` are the codes found in the file itself, `printed` the contents of which a book was drawn before, with when.
    """
    present = code_of(digest)
    if tidy(typed) != tidy(present):
        return [_differs(tidy(typed), printed)]
    if read and present not in read:
        text = f"与当前内容不一致：文件里印的核对码是 {'、'.join(sorted(read))}，不是当前内容的。没有保存。{AGAIN}"
        return [Problem("scan_differs", text, "file")]
    return []


def _differs(typed, printed):
    when = next((when for digest, when in printed.items() if tidy(code_of(digest)) == typed), None)
    if when is None:
        text = f"与当前内容不一致：没有核对码为“{typed}”的申报书。请先核对是否抄错；没有抄错的，{AGAIN}没有保存。"
    else:
        text = f"与当前内容不一致：这个核对码是 {when:%Y-%m-%d %H:%M} 那一稿的，之后内容改过。没有保存。{AGAIN}"
    return Problem("scan_differs", text, "code")
