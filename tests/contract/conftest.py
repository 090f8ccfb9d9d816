"""The real engine, for every test here that asks for it, and the sixty simulated days in it."""

from embedded import database, engine_path, migrated  # noqa: F401  fixtures
from stored import warehouse  # noqa: F401  fixture
from told import told  # noqa: F401  fixture
