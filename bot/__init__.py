"""The bot: everything that talks, waits or remembers."""
