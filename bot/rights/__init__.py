"""Who may see what. Other packages import these names from here, and none of the modules inside.

A rep sees their own figures, and their team's totals where these hide each colleague; a lead
sees the people of their teams; an admin sees everything.
"""

from bot.rights.channels import posting_viewer, private_splits, require_no_worst, require_several_people
from bot.rights.disclosure import OTHERS_NEEDED
from bot.rights.private_summaries import Hearer, hearers, only_rep, reader_of
from bot.rights.remembered_totals import RememberedTotals
from bot.rights.rights import Rights
from bot.rights.roles import Account, DefaultRole, Membership, Roles, Staff, unknown_names, viewer_of
from bot.rights.scoping import require_visible, scope, without_flags
from bot.rights.target_rights import may_see_target, require_may_set_target
from bot.rights.team_totals import answers_for
from bot.rights.viewer import (
    EVERYTHING,
    NOTHING,
    REP,
    TEAM,
    Viewer,
    hidden_members,
    may_leave_out,
    visible_members,
    visible_metrics,
)

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "OTHERS_NEEDED",
    "REP",
    "TEAM",
    "Account",
    "DefaultRole",
    "Hearer",
    "Membership",
    "RememberedTotals",
    "Rights",
    "Roles",
    "Staff",
    "Viewer",
    "answers_for",
    "hearers",
    "hidden_members",
    "may_leave_out",
    "may_see_target",
    "only_rep",
    "posting_viewer",
    "private_splits",
    "reader_of",
    "require_may_set_target",
    "require_no_worst",
    "require_several_people",
    "require_visible",
    "scope",
    "unknown_names",
    "viewer_of",
    "visible_members",
    "visible_metrics",
    "without_flags",
]
