from django.contrib.auth.hashers import Argon2PasswordHasher


class TunedArgon2(Argon2PasswordHasher):
    """Argon2id, 19 MiB, 2 passes, 1 lane (OWASP's small profile): about 40 ms, so a rush of sign-ins is served."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
