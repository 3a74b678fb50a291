"""The demo company: a generated Belgian firm that sells coffee machines, from 2023 to the day you ask.

docs/demo-company.md tells its tables and the story planted in them.
"""

from bot.playground.company.cache import demo_database

__all__ = ["demo_database"]
