"""The numbers of letters and papers: one series a code and year, without gaps."""

from .models import LetterSeries


def next_number(code, year):
    """The next number of a code and year, gap-free under the row lock of its series. Wants a transaction."""
    LetterSeries.objects.get_or_create(code=code, year=year)
    series = LetterSeries.objects.select_for_update().get(code=code, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
