"""The bot's own tables: what was delivered, and what was already seen. `migrations/` makes them."""
