"""Where the present request comes from, for the trail. Set by the middleware, empty in tasks."""

from contextvars import ContextVar

address: ContextVar[str] = ContextVar("address", default="")
