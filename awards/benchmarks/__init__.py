"""Speeds, each measured beside a baseline in the same run, because machines differ and are noisy."""
