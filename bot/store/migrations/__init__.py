"""Migrations of the bot's own store (Alembic)."""
