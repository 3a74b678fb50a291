"""From answers to messages."""
