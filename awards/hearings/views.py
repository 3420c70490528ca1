from django.http import Http404
from django.views.decorators.http import require_safe

from awards.applications.views import own, rights
from enterprises.notifications.frame import page

from .queries import told_case


@require_safe
def hearing(request, pk):
    """The applicant's page of the hearing: the own date, time and place, nothing of the others."""
    mine = own(request, pk)
    case = told_case(mine)
    if case is None:
        raise Http404
    return page(request, "awards/hearings/hearing.html", rights(request, mine) | {"case": case})
