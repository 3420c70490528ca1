"""What a browser may do with our pages, said in one header that is the same on nearly all of them."""

from django.conf import settings

NAME = "Content-Security-Policy"


def policy(**changed):
    """The header's text: the directives of the settings, some of them changed (`_` in a name stands for `-`)."""
    directives = settings.CONTENT_SECURITY_POLICY | {name.replace("_", "-"): value for name, value in changed.items()}
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


class middleware:
    """Sets it on every answer that does not bring its own."""

    def __init__(self, get_response):
        self.get_response, self.policy = get_response, policy()

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault(NAME, self.policy)
        return response
