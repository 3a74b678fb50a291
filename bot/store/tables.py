"""The tables of the store after the newest migration, and `metadata` of them all. Every row has its workspace.

Those of what is posted are in `post_tables`.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.post_tables import Moment
from bot.store.post_tables import metadata as metadata  # noqa: PLC0414 - complete here

seen = Table(
    "seen",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("until", Moment, nullable=False, index=True),
)
"""Events and clicks that were handled, so that copies are dropped."""

survey_responses = Table(
    "survey_responses",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("wave", String(40), nullable=False),
    Column("person", String(40), nullable=False),
    Column("company", String(200), nullable=False),
    Column("language", String(10)),
    Column("customer", String(200)),
    Column("rep", String(200)),
    Column("segment", String(200)),
    Column("region", String(200)),
    Column("asked_by", String(40), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Column("score", Integer),
    Column("answered_at", Moment, index=True),
    Column("changed_at", Moment),
    Column("reason", Text),
    Column("reason_at", Moment),
    UniqueConstraint("workspace", "wave", "person", name="uq_survey_responses_once"),
    CheckConstraint("score between 0 and 10", name="ck_survey_responses_score"),
)
"""What one person was asked in one wave and answered, with their company and owner at that time."""

survey_contacts = Table(
    "survey_contacts",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("person", String(40), primary_key=True),
    Column("asked_at", Moment),
)
"""When a person was last asked by any survey; claimed by a conditional write before anything is sent."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("person", String(40), nullable=False, index=True),
    Column("channel", String(40), nullable=False),
    Column("via", String(20), nullable=False),
    Column("question", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("asked_at", Moment, nullable=False, index=True),
    Column("reference", String(16), nullable=False, server_default=""),
)
"""The questions that were asked, without their figures."""

targets = Table(
    "targets",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("metric", String(100), nullable=False),
    Column("month", Date, nullable=False),
    Column("level", Text, nullable=False),
    Column("value", Double),
    Column("set_by", String(40), nullable=False),
    Column("set_at", Moment, nullable=False),
    Index("ix_targets_of", "workspace", "metric", "month"),
)
"""Each time that a target was set: rows are only added, and the newest is valid. `level` is JSON.

A row without a value takes the target back."""

target_files = Table(
    "target_files",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("token", String(40), primary_key=True),
    Column("person", String(40), nullable=False),
    Column("name", String(200), nullable=False),
    Column("metric", String(100), nullable=False),
    Column("content", LargeBinary(2**24), nullable=False),
    Column("until", Moment, nullable=False, index=True),
)
"""Files of targets that wait for a press of their person; each is deleted then, or when its time is over."""

preferences = Table(
    "preferences",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("person", String(40), primary_key=True),
    Column("language", String(10)),
    Column("changed_at", Moment, nullable=False),
)
"""People's own settings; without a language they use the language of Slack."""

missing_days = Table(
    "missing_days",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("model", String(100), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Column("arrived_at", Moment),
)
"""Days on which rows of a model were missing in an answer: when that was seen, and when they had arrived."""

arrivals_told = Table(
    "arrivals_told",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("place", String(40), primary_key=True),
    Column("model", String(100), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("told_at", Moment, nullable=False),
)
"""Where it was said that the rows of a missing day have arrived: a channel, or in private a person."""

proofs = Table(
    "proofs",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("holds", Boolean, nullable=False),
    Column("day", Date, nullable=False, index=True),
)
"""Whether what figures rest on held on a day.

A key stands for the definitions, the database and the declaration of its tables, so that a change of any of
these is a proof of its own.
"""

mistakes = Table(
    "mistakes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("message", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("mended_at", Moment),
    Index("ix_mistakes_of", "workspace", "subject"),
    sqlite_autoincrement=True,
)
"""Mistakes in the rows, each from when it was found until it was mended; `subject` is a place in a file."""

team_totals = Table(
    "team_totals",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("team", String(200), primary_key=True),
    Column("metric", String(100), primary_key=True),
    Column("definition", String(40), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("value", Double),
    Column("numerator", Double),
    Column("denominator", Double),
    Column("target", Double),
    Column("contributors", Text, nullable=False),
    Column("shown_to", Text, nullable=False),
    Column("kept_at", Moment, nullable=False),
)
"""A team's figure of a closed month as it was first shown to somebody who may not see its members.

`contributors` and `shown_to` are JSON lists of the members' keys as texts; null in `shown_to` is whoever
isn't a member.
"""

team_members = Table(
    "team_members",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("team", String(200), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("members", Text, nullable=False),
    Column("kept_at", Moment, nullable=False),
)
"""Who belonged to a team when a total of the month was first shown: a JSON list of keys."""

open_questions = Table(
    "open_questions",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("token", String(40), primary_key=True),
    Column("person", String(40), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("thread", String(40)),
    Column("is_open", Boolean, nullable=False),
    Column("response_url", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("file", String(200), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("alive_until", Moment, nullable=False, index=True),
)
"""Questions that aren't answered yet, and how to reach whoever asked; deleted once they are answered.

The process `owner` puts off `alive_until` while it works on one. What is left after that moment is of a
process that was killed.
"""

store_about = Table(
    "store_about",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)
"""What is known of the store as a whole, with an empty workspace, such as which version wrote its tables."""
