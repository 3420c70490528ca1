"""Hundreds of payments prepared or approved in one act, each line judged as if it stood alone."""
