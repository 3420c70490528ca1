from collections import defaultdict

from django.db.models import Count, Q

from .catalogue import KINDS, OPTIONAL, Nature, kinds_of, nature_of


def unread_count(user):
    """How many messages wait for this person. One query."""
    return user.inbox.filter(read_at=None).count()


def unread_by_nature(user):
    """How many messages of each nature wait, those that are told no longer among the news. One query."""
    counts = dict.fromkeys(Nature, 0)
    for kind, count in user.inbox.filter(read_at=None).values_list("kind").annotate(Count("pk")).order_by():
        counts[nature_of(kind)] += count
    return counts


def inbox_of(user, nature=None, *, only_unread=False):
    """The person's messages, newest first; on request of one nature, or unread ones only."""
    rows = user.inbox.all()
    if nature == Nature.NEWS:
        rows = rows.exclude(kind__in=kinds_of(Nature.TODO) + kinds_of(Nature.REMINDER))
    elif nature:
        rows = rows.filter(kind__in=kinds_of(nature))
    return rows.filter(read_at=None) if only_unread else rows


def told_of(user, path):
    """The newest message that leads this person to the page at this address, or None. One query."""
    leads_here = Q(link=path) | Q(link__startswith=f"{path}?") | Q(link__startswith=f"{path}#")
    return user.inbox.filter(leads_here).first()


def newest(user, count):
    """The newest messages, each 待办 with its standing. One query, and one for each kind of 待办 among them."""
    return with_standing(list(user.inbox.all()[:count]))


def with_standing(messages):
    """The messages, each 待办 with `is_waiting`: whether its thing still is to be done. One query a kind of 待办.

    Nothing is stored: what one of several colleagues has done is done in everybody's inbox.
    """
    matters = defaultdict(set)
    for message in messages:
        if message.nature == Nature.TODO:
            matters[message.kind].add(message.matter)
    waiting = {kind: KINDS[kind].still_waiting(told) for kind, told in matters.items()}
    for message in messages:
        message.is_waiting = message.matter in waiting.get(message.kind, ())
    return messages


def waiting_ones(user, kind, *, about):
    """The person's messages of one kind of 待办 that still wait and lead to a page of this organisation. Two queries,
    one where there are none.
    """
    told = list(user.inbox.filter(kind=kind, link__startswith=about.get_absolute_url()))
    return [message for message in with_standing(told) if message.is_waiting]


def mailed_natures(user):
    """Of 提醒 and 通知, those of which this person gets mail copies. One query."""
    stopped = set(user.copy_stops.values_list("nature", flat=True))
    return [nature for nature in OPTIONAL if nature not in stopped]
