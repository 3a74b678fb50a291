"""`python -m bot` is `kpi-bot`."""

from bot.cli import main

main()
