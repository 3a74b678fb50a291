"""The reduced summary with other tools, each in a process of its own."""
