"""The commands: one module each, with a `VERB`, a `PRESS_HANDLER` or both, found by `registry`."""
