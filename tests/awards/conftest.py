from tests.committed import committed, swept
from tests.workers import broker, redis_number, running_worker, worker

__all__ = ["broker", "committed", "redis_number", "running_worker", "swept", "worker"]
