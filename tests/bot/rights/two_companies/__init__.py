"""Two companies that differ only in rows which an asker may not see, and random questions about both."""
