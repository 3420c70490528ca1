"""Texts that people typed, as a letter sets them. Pure."""


def tidy(text):
    """One line of text without tabs, line ends and doubled spaces."""
    return " ".join(str(text).split())


def lines_of(text):
    """The lines of a text that hold something, each tidy."""
    return [line for line in map(tidy, str(text).splitlines()) if line]
