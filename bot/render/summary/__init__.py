"""A summary as messages: the post, one phone screen, and its details, which stand in its thread."""

from bot.render.summary.candidate_words import reasons
from bot.render.summary.details import details_message
from bot.render.summary.post import summary_message
from bot.render.summary.remarks import missed_remarks
from bot.render.summary.shortfall_message import shortfall_message

__all__ = ["details_message", "missed_remarks", "reasons", "shortfall_message", "summary_message"]
