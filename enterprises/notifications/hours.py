"""The hours of the night in which no mail is sent. Pure: the moment and the hours go in."""

from datetime import datetime, time, timedelta

Hours = tuple[time, time]


def quiet_since(moment: datetime, hours: Hours | None) -> datetime | None:
    """When the quiet hours began in which a local moment lies; None while mail may go out."""
    if hours is None:
        return None
    begins, ends = hours
    at = moment.time()
    is_quiet = begins <= at < ends if begins < ends else at >= begins or at < ends
    if not is_quiet:
        return None
    day = moment.date() if at >= begins else moment.date() - timedelta(days=1)
    return datetime.combine(day, begins, moment.tzinfo)


def awake(moment: datetime, hours: Hours | None) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in."""
    since = quiet_since(moment, hours)
    if since is None:
        return moment
    end = datetime.combine(since.date(), hours[1], moment.tzinfo)
    return end if end > since else end + timedelta(days=1)
