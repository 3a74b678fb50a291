"""Requests from Slack read as turns: who asks what, where, and how it is answered."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.conversation.answer_forms import is_direct
from bot.conversation.commands.build import OF_MESSAGE
from bot.conversation.dispatch import acts_once
from bot.render.question_form import EMPTY, OPEN
from bot.slack.answers import Answers
from bot.slack.attachments import AnswerPlace
from bot.slack.dropped_files import DroppedFile, dropped_in
from bot.slack.people import Identity
from bot.slack.question_window import BuiltQuestion, given_in
from bot.slack.turns import SendMessage, ShowForNow, is_cancelling
from bot.workspace.request import Press, Via

Body = dict[str, Any]

_REOPENED = timedelta(seconds=2)
"""Presses within this time of a button that opens a window count as one; it can be opened again later."""
_SLACKS_OWN = ("command", "event")
"""Kinds of keys that consist of ids that Slack gave."""
_DOUBLE_CLICK = timedelta(seconds=3)
"""Presses of one button by one person within this time count as one."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One request of one person: where it came from and how it is answered.

    `answer` sends a message to the person. `key` identifies the request: a second one with the same key
    within `hold` is dropped. After a press, `replace` replaces the message of the button and `trigger`
    opens a window; `window` is the id of the window that the button is in, which the next one replaces.
    `on_home`: it was pressed on the Home tab, which is then shown again. `show` says that a slow question
    is being worked on, in a message that the answer can replace; `is_announced`: that was said.
    `is_open`: everybody in the conversation sees the answer, in its `thread`. `is_shared`: Slack says
    that the channel is shared with another organisation, which it says only about mentions. `files` came
    with the message. `response_url` is the address at which Slack takes a private answer, "" for none.
    """

    user: str
    channel: str
    text: str
    via: Via
    answer: SendMessage
    key: str | None = None
    hold: timedelta | None = None
    press: Press | None = None
    replace: SendMessage | None = None
    trigger: str = ""
    on_home: bool = False
    window: str = ""
    show: ShowForNow | None = None
    is_announced: bool = False
    thread: str | None = None
    is_open: bool = False
    is_shared: bool = False
    files: tuple[DroppedFile, ...] = ()
    response_url: str = ""

    @property
    def place(self) -> AnswerPlace:
        """Where attachments of the answer go."""
        return AnswerPlace(self.user, self.channel, self.thread, self.is_open)


def traced(turn: Turn) -> str:
    """Return what the log says of a request: how it was asked, and Slack's id of the event or command.

    The key of a press isn't said: it may hold a question.
    """
    kind, _, event = (turn.key or "").partition(":")
    return f"{turn.via} {event}" if kind in _SLACKS_OWN else turn.via


class RequestReader:
    """Reads the requests of one workspace; calls nothing itself."""

    def __init__(self, answers: Answers, identity: Identity) -> None:
        """Take what sends answers, and who the bot is."""
        self._answers = answers
        self._identity = identity

    def command(self, body: Body) -> Turn:
        """A slash command."""
        user, channel = str(body["user_id"]), str(body["channel_id"])
        answer = self._privately(body, channel, user, None)
        text, key = str(body.get("text") or ""), _key("command", body.get("trigger_id"))
        return Turn(user, channel, text, "command", answer, key, response_url=_response_url(body))

    def mention(self, body: Body) -> Turn | None:
        """A message that mentions the bot; None if no person wrote it."""
        event = body["event"]
        if not _is_of_a_person(event):
            return None
        channel, thread = str(event["channel"]), str(event.get("thread_ts") or event["ts"])
        text = self._without_own_name(str(event.get("text") or ""))
        answer = functools.partial(self._answers.post, channel, thread=thread)
        show = functools.partial(self._answers.post_for_now, channel, thread=thread)
        return Turn(
            str(event["user"]),
            channel,
            text,
            "mention",
            answer,
            _event_key(event),
            show=show,
            thread=thread,
            is_open=True,
            is_shared=bool(body.get("is_ext_shared_channel")),
        )

    def _without_own_name(self, text: str) -> str:
        return re.sub(rf"<@{re.escape(self._identity.bot_user)}(\|[^>]*)?>", " ", text, count=1)

    def direct_message(self, body: Body) -> Turn | None:
        """A message in somebody's direct messages with the bot; None for any other."""
        event = body["event"]
        files = dropped_in(event)
        if event.get("channel_type") != "im" or not _is_of_a_person(event):
            return None
        if event.get("subtype") and not files:
            return None
        channel = str(event["channel"])
        user, text, thread = str(event["user"]), str(event.get("text") or ""), event.get("thread_ts")
        answer = functools.partial(self._answers.post, channel, thread=thread)
        show = functools.partial(self._answers.post_for_now, channel, thread=thread)
        return Turn(
            user,
            channel,
            text,
            "dm",
            answer,
            _event_key(event),
            show=show,
            thread=thread,
            is_open=True,
            files=files,
        )

    def home_opened(self, body: Body) -> Turn | None:
        """Somebody opened the Home tab; None for the Messages tab next to it."""
        event = body["event"]
        if event.get("tab") != "home":
            return None
        user = str(event["user"])
        answer = functools.partial(self._answers.post, user)
        return Turn(user, str(event.get("channel") or user), "", "home", answer)

    def ask(self, body: Body) -> Turn:
        """A press of a button that asks a whole line."""
        place, action = _place(body), body["actions"][0]
        answer = self._answer_to_press(body, place)
        key = _key("ask", place.ts, action.get("action_id"), place.user)
        show = functools.partial(self._answers.post_for_now, place.user) if place.on_home else None
        line = str(action.get("value") or "")
        return Turn(
            place.user,
            place.channel,
            line,
            "action",
            answer,
            key,
            _DOUBLE_CLICK,
            show=show,
            response_url=_response_url(body),
        )

    def show(self, body: Body) -> Turn:
        """A press that shows an answer in another form, replacing the answer.

        In public it is asked like a mention: narrowed to what the channel's readers may see.
        """
        turn, place = self.ask(body), _place(body)
        instead = self._in_place(body, place)
        is_alone = place.is_ephemeral or is_direct(place.channel)
        if not is_alone:
            return replace(turn, replace=instead, via="mention")
        # people switch to and fro quickly, and the same form twice does no harm
        return replace(turn, replace=instead, key=None)

    def share(self, body: Body) -> Turn:
        """A press of Share: shared in the channel of the answer; in direct messages a window asks where."""
        place = _place(body)
        if is_direct(place.channel):
            return self.press(body)
        turn = self.ask(body)
        return replace(turn, text=f"{turn.text} share", thread=place.thread)

    def share_to(self, body: Body) -> Turn:
        """The window that asks where to share: shared in the chosen channel, and confirmed to the person."""
        user, view = str(body["user"]["id"]), body["view"]
        return Turn(
            user,
            _first_given(view),
            f"{view['private_metadata']} share",
            "action",
            functools.partial(self._answers.post, user),
            _key("share_to", view.get("id")),
        )

    def _in_place(self, body: Body, place: _PressPlace) -> SendMessage:
        """Return the function that replaces the message of the button."""
        response_url = body.get("response_url")
        if place.is_ephemeral and response_url:
            return functools.partial(self._answers.respond, response_url, replace=True)
        return functools.partial(self._answers.update, place.channel, place.ts)

    def _answer_to_press(self, body: Body, place: _PressPlace) -> SendMessage:
        """Return how a press is answered; on the Home tab, which has no channel, by a direct message."""
        if place.on_home:
            return functools.partial(self._answers.post, place.user)
        return self._privately(body, place.channel, place.user, place.thread)

    def press(self, body: Body) -> Turn:
        """A press of a button that acts, instead of asking a question."""
        place, action = _place(body), body["actions"][0]
        view = body.get("view") or {}
        press = Press(
            str(action["action_id"]),
            str(action.get("value") or ""),
            place.ts,
            thread=place.thread or "",
            given=given_in(view),
            metadata=str(view.get("private_metadata") or ""),
            is_public=not (place.is_ephemeral or place.on_home or is_direct(place.channel)),
        )
        is_modal = view.get("type") == "modal"
        twice, hold = None, _DOUBLE_CLICK
        if is_cancelling(press):
            twice = _key("cancel", place.ts, place.user)
        elif press.action == OPEN:
            twice, hold = _key("open", place.ts, place.user), _REOPENED
        elif acts_once(press):
            twice = _key("press", place.ts, press.action, press.value, place.user)
        return Turn(
            place.user,
            place.channel,
            "",
            "action",
            self._answer_to_press(body, place),
            twice,
            hold,
            press=press,
            replace=self._in_place(body, place),
            trigger=str(body.get("trigger_id") or ""),
            window=str(view["id"]) if is_modal else "",
            on_home=place.on_home,
        )

    def shortcut(self, body: Body) -> Turn:
        """The global shortcut; it has no channel, so its question is answered in direct messages."""
        user = str(body["user"]["id"])
        answer = functools.partial(self._answers.post, user)
        return self._opening(body, Press(OPEN, EMPTY, ""), user, answer)

    def message_shortcut(self, body: Body) -> Turn:
        """The shortcut in the menu of a message, whose text may be a question."""
        user, channel, message = str(body["user"]["id"]), str(body["channel"]["id"]), body["message"]
        thread = message.get("thread_ts")
        text = self._without_own_name(str(message.get("text") or ""))
        press = Press(OF_MESSAGE, text, str(message["ts"]), thread=str(thread or ""))
        return self._opening(body, press, channel, self._privately(body, channel, user, thread))

    def _opening(self, body: Body, press: Press, channel: str, answer: SendMessage) -> Turn:
        trigger = str(body.get("trigger_id") or "")
        return Turn(
            str(body["user"]["id"]),
            channel,
            "",
            "action",
            answer,
            _key("shortcut", trigger),
            press=press,
            trigger=trigger,
        )

    def built(self, asked: BuiltQuestion) -> Turn:
        """A question that was built in the window: asked like a typed one, where the window was opened."""
        answer: SendMessage = functools.partial(self._answers.post, asked.user)
        if asked.channel != asked.user:
            privately = self._answers.answer_privately
            answer = functools.partial(privately, None, asked.channel, asked.user, thread=asked.thread)
        return Turn(asked.user, asked.channel, asked.line, "action", answer, _key("built", asked.view))

    def sent_modal(self, body: Body) -> Turn:
        """A modal that was submitted; its metadata ends in the channel and message it was opened from."""
        user, view = str(body["user"]["id"]), body["view"]
        value, channel, ts = str(view["private_metadata"]).rsplit(" ", 2)
        press = Press(str(view["callback_id"]), value, ts, _first_given(view), given=given_in(view))
        answer = (
            functools.partial(self._answers.post, channel)
            if is_direct(channel)
            else functools.partial(self._answers.answer_privately, None, channel, user)
        )
        return Turn(
            user,
            channel,
            "",
            "action",
            answer,
            press=press,
            replace=functools.partial(self._answers.update, channel, ts),
            on_home=ts.startswith("V"),
        )

    def _privately(self, body: Body, channel: str, user: str, thread: str | None) -> SendMessage:
        return functools.partial(
            self._answers.answer_privately, body.get("response_url"), channel, user, thread=thread
        )


@dataclass(frozen=True, slots=True)
class _PressPlace:
    """Who pressed a button, and in which message."""

    user: str
    channel: str
    ts: str
    thread: str | None
    is_ephemeral: bool
    on_home: bool


def _place(body: Body) -> _PressPlace:
    user, container = str(body["user"]["id"]), body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or user)
    thread = (body.get("message") or {}).get("thread_ts") or container.get("thread_ts")
    ts = str(container.get("message_ts") or container.get("view_id") or "")
    on_home = (body.get("view") or {}).get("type") == "home"
    return _PressPlace(user, channel, ts, thread, bool(container.get("is_ephemeral")), on_home)


def _first_given(view: Body) -> str:
    """Return the value of a modal's only input, "" if it has none."""
    return next((value for values in given_in(view).values() for value in values), "")


def _is_of_a_person(event: Body) -> bool:
    """Whether a person wrote it; workflows and other apps have no user, or a bot id."""
    return bool(event.get("user")) and not event.get("bot_id")


def _response_url(body: Body) -> str:
    return str(body.get("response_url") or "")


def _event_key(event: Body) -> str | None:
    return _key("event", event["channel"], event.get("event_ts") or event["ts"])


def _key(*parts: object) -> str | None:
    return ":".join(map(str, parts)) if all(parts) else None
