"""The fault storm: payments driven through real processes that are struck at named points, and judged afterwards.

    python -m tests.storm --runs 1000 --json var/fault_storm.json

Nothing here is in production: the code there has no hooks. The storm's own processes wrap the functions that
`points.py` names, in themselves only; no module of the portal imports `tests` (tests/test_architecture.py).
"""
