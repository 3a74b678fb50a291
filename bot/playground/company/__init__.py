"""The demo company: a generated Belgian firm that sells coffee machines, from 2023 to the day you ask.

docs/demo-company.md tells its tables and the story planted in them.
"""

from bot.playground.company.build import build
from bot.playground.company.cache import demo_database
from bot.playground.company.generate import DEFAULT_SEED, rows

__all__ = ["DEFAULT_SEED", "build", "demo_database", "rows"]
