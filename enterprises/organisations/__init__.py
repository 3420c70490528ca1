"""Organisations: names exactly as registered, credit codes, districts, and their bank accounts."""
