"""The fault harness: real processes that deliver, and are killed and stopped at every named step."""
