from django.shortcuts import render

from .queries import unread_count


def page(request, template, context, status=None):
    """One of the applicant's pages, with the count of unread messages that its frame shows."""
    return render(request, template, {"unread_count": unread_count(request.user)} | context, status=status)
