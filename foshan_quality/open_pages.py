from django.contrib.auth.middleware import LoginRequiredMiddleware


class middleware(LoginRequiredMiddleware):
    """Private by default, like Django's own; but of a page for everybody nobody asks first who is signed in.

    That is a question to the database, and some of those pages have an answer while it is away.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)
