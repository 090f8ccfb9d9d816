"""What one reader, and all readers together, may take of the warehouse."""

from __future__ import annotations

import os
from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Defaults suit a small machine that also runs the sink. A reader may ask for less, never for more."""

    seconds: float = 60.0
    """Run time of one query."""
    memory_bytes: int = 1024 * _MIB
    """Memory of one query; sorting and grouping go to disk at half of it."""
    result_rows: int = 10_000_000
    result_bytes: int = 1024 * _MIB
    """Of one answer, before compression."""
    concurrent: int = 4
    """Queries that run at the same time; more wait."""
    waiting: int = 64
    """Queries that may wait for their turn; more are refused at once."""
    wait_seconds: float = 10.0
    """How long a query waits for its turn before it is refused."""
    stall_seconds: float = 60.0
    """How long a client may take none of its answer before the query is given up."""
    query_bytes: int = 256 * 1024
    """Of one statement with its parameters."""
    threads: int = max(1, (os.cpu_count() or 2) // 2)
    """Of one query. Not all cores: the sink writes beside it."""

    def engine_settings(self) -> dict[str, str]:
        """The same as settings of the engine, which stand behind what the endpoint itself checks."""
        return {
            "max_execution_time": str(self.seconds),
            "timeout_overflow_mode": "throw",
            "max_memory_usage": str(self.memory_bytes),
            "max_bytes_before_external_group_by": str(self.memory_bytes // 2),
            "max_bytes_before_external_sort": str(self.memory_bytes // 2),
            "max_temporary_data_on_disk_size_for_query": str(4 * self.memory_bytes),
            "max_result_rows": str(self.result_rows),
            "max_result_bytes": str(self.result_bytes),
            "result_overflow_mode": "throw",
            "max_threads": str(self.threads),
            # The text travels inside a statement of ours, every character escaped at worst.
            "max_query_size": str(16 * self.query_bytes),
            "max_recursive_cte_evaluation_depth": "100",
            "allow_introspection_functions": "0",
            "allow_ddl": "0",
        }
