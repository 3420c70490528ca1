"""A booking is never changed: two people reverse it by another."""
