from tests.committed import committed, swept
from tests.workers import broker, redis_number

__all__ = ["broker", "committed", "redis_number", "swept"]
