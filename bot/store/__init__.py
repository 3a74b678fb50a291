"""The bot's own tables, which `migrations/` creates: deliveries, subscriptions, targets, the audit."""
