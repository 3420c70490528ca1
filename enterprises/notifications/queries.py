def unread_count(user):
    """How many messages wait for this person. One query."""
    return user.inbox.filter(read_at=None).count()


def newest(user, count):
    """The newest messages. One query."""
    return list(user.inbox.all()[:count])
