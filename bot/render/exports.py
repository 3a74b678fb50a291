"""Answers that leave as files: CSV, a workbook, the SQL; their names and what is said about them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from babel.numbers import get_decimal_symbol

from bot.render.document import Code, CodeBlock, Notes, Paragraph, Source
from bot.render.message import File, Files, Message
from bot.render.plain_text import cut_question
from bot.render.sentences import Sentences
from bot.render.words.comparisons import verdict_names
from bot.render.words.notes import doubts_said, note_sentence
from bot.slack_limits import shorten
from kpi_engine import (
    FIGURES,
    CsvForm,
    WorkbookLabels,
    canonical,
    count_rows,
    csv_text,
    dimensions_of,
    parts_csv,
    workbook,
)
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.query import Query

_NAME = 80
_TITLE = 150
_SQL_SHOWN = 3400
"""Characters of SQL that are shown; more leave as a file."""
_SQL_LINE = 2900
"""Characters of its longest line."""


def question_of(answers: Sequence[Answer]) -> Query:
    """Return the question that the answers are to, in absolute words, without what is done with them.

    Where they are of different periods it leaves the period to each metric; of a rep's own row with
    the team's total beside it, the line for which that rep gets both.
    """
    first = answers[0]
    periods = {answer.period for answer in answers}
    return replace(
        first.query,
        filters=tuple(
            entry for entry in first.query.filters if all(entry in answer.query.filters for answer in answers)
        ),
        metrics=tuple(dict.fromkeys(answer.metric for answer in answers)),
        period=first.query.period if len(periods) == 1 else None,
        flags=first.query.flags & {"chart", "table"},
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """What leaves: its question in absolute words, a title for readers, how far the data is loaded.

    `named` is the question in as few words as name a file.
    """

    question: str
    named: str
    title: str
    until: datetime | date | None


def subject_of(answers: Sequence[Answer], sentences: Sentences) -> Subject:
    """Return what answers to one question are, as they leave."""
    question = question_of(answers)
    return Subject(
        canonical(question),
        canonical(replace(question, compare=(), flags=frozenset())),
        _title(answers, sentences),
        data_until(answers),
    )


def subject_of_change(explanation: Explanation, sentences: Sentences) -> Subject:
    """Return what the parts of a change are, as they leave."""
    why, question = sentences.say("Why"), explanation.question
    return Subject(
        f"why {canonical(question)}",
        f"why {canonical(replace(question, compare=(), flags=frozenset()))}",
        shorten(f"{why}: {_title([explanation.answer], sentences)}", _TITLE),
        explanation.answer.data_until,
    )


def file_name(asked: str, ending: str) -> str:
    """Return a file's name that tells the question, in letters, digits and dashes that are safe anywhere."""
    plain = unicodedata.normalize("NFKD", asked).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "-", plain.replace("..", "-to-")).strip("-").lower()
    return f"{name[:_NAME].rstrip('-') or 'answer'}.{ending}"


def files_message(
    answers: Sequence[Answer], forms: Sequence[str], sentences: Sentences, about: Sequence[str] = ()
) -> Message:
    """Return the answers as files (csv, xlsx) with what is said beside them, and who reads it where.

    `about` are lines of the workbook's second sheet that hold for all of it. Raises QueryError.
    """
    made = tuple(
        csv_file(answers, sentences) if form == "csv" else xlsx_file(answers, sentences, about)
        for form in forms
    )
    count = count_rows(answers)
    sent = _sent(subject_of(answers, sentences), made, _rows_said(count, sentences), sentences)
    doubts = doubts_said(answers, sentences)  # a CSV file has no room for them
    if not doubts or sent.files is None:
        return sent
    files = replace(sent.files, comment=(*sent.files.comment, *doubts))
    return replace(sent, parts=(*sent.parts, Notes(tuple(doubts))), files=files)


def parts_message(explanation: Explanation, sentences: Sentences) -> Message:
    """Return every part of a change as a CSV file, with what is said beside it, and who reads it where."""
    count = sum(len(entry.parts) for entry in explanation.breakdowns)
    subject = subject_of_change(explanation, sentences)
    made = _csv_file(subject, parts_csv(explanation, _csv_form(sentences)))
    return _sent(subject, (made,), _rows_said(count, sentences), sentences)


def csv_file(answers: Sequence[Answer], sentences: Sentences) -> File:
    """Return every figure of the answers as CSV; its mark says UTF-8 to the spreadsheets that ask for it."""
    return _csv_file(subject_of(answers, sentences), csv_text(answers, _csv_form(sentences)))


def _csv_file(subject: Subject, text: str) -> File:
    return File(file_name(subject.named, "csv"), subject.title, text.encode("utf-8-sig"))


def _csv_form(sentences: Sentences) -> CsvForm:
    """Return how the spreadsheets of a language's countries read CSV.

    There is no line such as "sep=;": behind one, Excel ignores the mark of UTF-8 and garbles each "é".
    """
    has_comma = get_decimal_symbol(sentences.formats.locale) == ","
    return CsvForm(";", ",") if has_comma else CsvForm()


def xlsx_file(answers: Sequence[Answer], sentences: Sentences, about: Sequence[str] = ()) -> File:
    """Return every figure of the answers as a workbook. Raises QueryError."""
    content, subject = workbook(answers, _labels(answers, sentences, about)), subject_of(answers, sentences)
    return File(file_name(subject.named, "xlsx"), subject.title, content)


def sql_message(subject: Subject, run: Iterable[str], sentences: Sentences) -> Message:
    """Return the statements that were run: shown where they fit, else as a file."""
    statements = ";\n\n".join(dict.fromkeys(run)) + ";"
    longest = max(map(len, statements.split("\n")))
    if len(statements) > _SQL_SHOWN or "```" in statements or longest > _SQL_LINE:
        made = File(file_name(subject.named, "sql"), subject.title, statements.encode())
        return _sent(subject, (made,), "SQL", sentences)
    return Message((Source(subject.question), CodeBlock(statements)), sentences.language)


def _sent(subject: Subject, made: tuple[File, ...], what: str, sentences: Sentences) -> Message:
    names = ", ".join(file.name for file in made)
    asked = Code(cut_question(subject.question))
    comment = (asked, "  ·  ", sentences.data_until(subject.until), "  ·  ", what)
    told = sentences.say("In your direct messages with me: {names} ({what}).").format(names=names, what=what)
    return Message((Paragraph((told,)),), sentences.language, files=Files(made, (comment,)))


def data_until(answers: Sequence[Answer]) -> datetime | date | None:
    """Return how far the data of all answers is loaded, None if none of them says."""
    return min((answer.data_until for answer in answers if answer.data_until), default=None)


def _rows_said(count: int, sentences: Sentences) -> str:
    if count == 1:
        return sentences.say("1 row")
    return sentences.say("{count} rows").format(count=sentences.formats.number(count))


def _title(answers: Sequence[Answer], sentences: Sentences) -> str:
    """Return what a file is of: "Sales, Leads by customer, October 2026"."""
    first = answers[0]
    metrics = ", ".join(dict.fromkeys(sentences.metric(answer.metric) for answer in answers))
    split = [sentences.dimension(name).lower() for name in first.query.by]
    of = sentences.say("{metric} by {dimension}").format(metric=metrics, dimension=", ".join(split))
    named = (of if split else metrics, sentences.filters(first.filters), sentences.period(first.period))
    return shorten(", ".join(part for part in named if part), _TITLE)


def _labels(answers: Sequence[Answer], sentences: Sentences, about: Sequence[str]) -> WorkbookLabels:
    say, by = sentences.say, dimensions_of(answers)
    titles = {
        "metric": say("Metric"),
        "from": say("From"),
        "through": say("Through"),
        "with": say("with"),
        "value": say("Value"),
        "numerator": say("Numerator"),
        "denominator": say("Denominator"),
        "low": say("Likely from"),
        "high": say("Likely to"),
        "currency": say("Currency"),
        "verdict": say("Verdict"),
        "usual_low": say("Usual from"),
        "usual_high": say("Usual to"),
        "unusual": say("Unusual"),
        "target": say("Target"),
        "landing": say("Expected end"),
        "landing_low": say("Expected from"),
        "landing_high": say("Expected to"),
    }
    columns = {name: titles[name] for name in ("metric", "from", "through", *FIGURES)}
    columns |= {name: titles.get(name) or sentences.dimension(name) for name in by}
    metrics = {answer.metric: sentences.metric(answer.metric) for answer in answers}
    until = data_until(answers)
    lines = [(say("Question"), canonical(question_of(answers)))]
    lines.append((say("Data until"), sentences.formats.reached(until) if until else say("no data yet")))
    for name, title in metrics.items():
        meaning = sentences.catalogue.metrics[name].description.in_language(sentences.language)
        lines.append((title, meaning))
    notes = dict.fromkeys(
        note_sentence(note, answer, sentences) for answer in answers for note in answer.notes
    )
    lines += [("", line) for line in (*notes, *about)]
    remarks = {answer.metric: sentences.no_yield(answer) for answer in answers}
    sheets = say("Figures"), say("About"), say("key"), say("Remark")
    return WorkbookLabels(columns, metrics, lines, *sheets, verdict_names(sentences), remarks)
