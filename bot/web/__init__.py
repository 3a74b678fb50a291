"""The bot's HTTP side: where Slack posts to, and whether the bot is healthy."""
