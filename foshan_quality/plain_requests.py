"""What a request says about its own writing. Our pages are UTF-8 and so is what they send; nothing else is listened to.

Django reads addresses and fields in whatever character set a header names: one that is no writing at all (`hex`), or
one that makes half characters no database takes. Encoded parameters of the header stop it before any page could answer.
"""


def plain(application):
    """The WSGI application, told of each request's content only the kind, and what parts it is in."""

    def answer(environ, start_response):
        environ["CONTENT_TYPE"] = plain_type(environ.get("CONTENT_TYPE", ""))
        return application(environ, start_response)

    return answer


def plain_type(said: str) -> str:
    """A content type with its boundary, if it has one, and nothing besides."""
    kind, *parameters = (part.strip() for part in said.split(";"))
    boundary = [part for part in parameters if part.lower().startswith("boundary=")]
    return "; ".join([kind, *boundary[:1]])
