"""The last net under every page: a refusal nobody caught becomes a plain page, and the trail knows the address."""

import logging

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.shortcuts import render

from enterprises.audit import origin
from foshan_quality.errors import new_reference
from foshan_quality.lib.printing import MissingGlyphs
from foshan_quality.lib.problems import Refused, WrongState

log = logging.getLogger(__name__)


class middleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = origin.address.set(get_adapter().get_client_ip(request) or "")
        try:
            return self.get_response(request)
        finally:
            origin.address.reset(token)

    def process_exception(self, request, exception):
        if isinstance(exception, Refused | WrongState | MissingGlyphs):
            context = {"reasons": str(exception), "reference": new_reference()}
            return render(request, "errors/refused.html", context, status=409)
        if isinstance(exception, Http404 | PermissionDenied | SuspiciousOperation):
            return None  # answered by their own pages
        request.reference = new_reference()
        log.exception("unhandled, reference %s", request.reference)
        return None
