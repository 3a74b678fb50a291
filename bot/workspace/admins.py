"""Who is told of troubles that nobody owns: the admins' channel, else each admin that access.yaml lists."""

from __future__ import annotations

from bot.workspace.services import Services


def admin_targets(services: Services) -> tuple[str, ...]:
    """Return where the admins are told something: their channel, else each of them in private."""
    return (
        (services.admin_channel,) if services.admin_channel else tuple(sorted(services.roles.listed.admins))
    )


def is_admin_target(target: str, services: Services) -> bool:
    """Whether a place is the admins' channel, or a person who is one of them."""
    return target in services.roles.listed.admins or (bool(target) and target == services.admin_channel)
