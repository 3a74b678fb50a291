"""What people are told if Slack doesn't take a file or a shared answer."""

from __future__ import annotations

from bot.runtime.errors import DeliveryError
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.translatable import said

_NOT_THERE = ("not_in_channel", "channel_not_found")


def file_undelivered(refused: DeliveryError) -> KpiError:
    """Return the error that says why a file wasn't sent, and what to do."""
    if refused.reason == "missing_scope":
        return KpiError(
            said(
                "I can't send files here: my Slack app doesn't have the scope {scope}.", scope=_scope(refused)
            ),
            hint="The person who runs this bot can add it as in config/slack-manifest.yaml and "
            "reinstall the app.",
        )
    if refused.reason.startswith("file_") and "disabled" in refused.reason:
        return KpiError(
            "This workspace doesn't accept files.",
            hint="An admin of this Slack workspace can allow them in its settings.",
        )
    if refused.outcome == "unknown":
        return KpiError(
            "Slack didn't confirm that it received the file.",
            hint="Check whether it is there before you ask again.",
        )
    if refused.reason in _NOT_THERE:
        return KpiError(
            "The file was not sent: I'm not in this channel.", hint="Invite me with /invite, then ask again."
        )
    hint = (
        "The person who runs this bot can find the reason in the log."
        if refused.permanent
        else "Ask again in a minute."
    )
    return KpiError("The file was not sent: Slack didn't accept it.", hint=hint)


def share_undelivered(refused: DeliveryError, bot: str) -> KpiError:
    """Return the error that says why an answer wasn't shared; `bot` is the name that people mention."""
    if refused.reason in _NOT_THERE:
        return KpiError(
            "I'm not in that channel, so I can't post there.",
            hint=said("Type /invite @{bot} there, then share it again.", bot=bot),
        )
    if refused.reason == "is_archived":
        return KpiError("That channel is archived.", hint="Unarchive it, or share it in another one.")
    if refused.reason == "missing_scope":
        return KpiError(
            said("I can't post there: my Slack app doesn't have the scope {scope}.", scope=_scope(refused)),
            hint="The person who runs this bot can add it as in config/slack-manifest.yaml and "
            "reinstall the app.",
        )
    if refused.outcome == "unknown":
        return KpiError(
            "Slack didn't confirm that it received the message.",
            hint="Check whether it is there before you share it again.",
        )
    if refused.permanent:
        return KpiError(
            "I'm not allowed to post in that channel.",
            hint="Ask a manager of the channel, or share it in another one.",
        )
    return KpiError("It was not shared: Slack didn't accept the message.", hint="Share it again in a minute.")


def _scope(refused: DeliveryError) -> str:
    return refused.needed or "chat:write"
