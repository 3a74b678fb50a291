"""Summary and survey files to what is posted and who is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kpi_engine.definitions.config_files import ConfigFiles, did_you_mean
from kpi_engine.definitions.model_files import WEEKDAYS, ScheduleFile, SummaryFile, SurveyFile
from kpi_engine.definitions.yaml_with_lines import Document
from kpi_engine.domain.posts import Contact, PostTemplate, Schedule, SummarySection, SummarySpec, SurveyList
from kpi_engine.domain.titles import Place


def load_summaries(files: ConfigFiles) -> dict[str, SummarySpec]:
    """Return the summaries by name.

    A shipped summary that the operator's directory lacks can be asked for, but is posted nowhere.
    """
    specs: dict[str, SummarySpec] = {}
    for base in files.bases:
        for document in files.documents(base, "summaries"):
            file = files.parse(document, SummaryFile)
            if file is not None:
                spec = _summary(file, Place(document.file, document.line(("name",))))
                _require_place(files, spec, document)
                spec = replace(spec, template=_template(files, file.name))
                is_own = base == files.own or files.own.resolve() == files.shipped.resolve()
                specs[file.name] = spec if is_own else replace(spec, channels=())
    _unused_templates(files, specs)
    return specs


def load_surveys(files: ConfigFiles) -> dict[str, SurveyList]:
    """Return the operator's lists of whom to survey, by name; the shipped directory has none."""
    lists: dict[str, SurveyList] = {}
    for document in files.documents(files.own, "surveys"):
        file = files.parse(document, SurveyFile)
        if file is None:
            continue
        place = Place(document.file, document.line(("name",)))
        if file.name in lists:
            files.add_problem(place, f'defines "{file.name}" a second time.', "Rename one.")
        contacts = tuple(
            Contact(entry.user, entry.customer, entry.rep, entry.segment, entry.region)
            for entry in file.contacts
        )
        lists[file.name] = SurveyList(file.name, file.title.title(), file.company, contacts, place)
    return lists


def _template(files: ConfigFiles, name: str) -> PostTemplate | None:
    """Return the operator's template of a summary, `templates/<name>.j2`."""
    path = files.own / "templates" / f"{name}.j2"
    if not path.is_file():
        return None
    shown_as = f"{files.own.name}/templates/{path.name}"
    try:
        return PostTemplate(path.read_text(encoding="utf-8"), Place(shown_as, 1))
    except (OSError, UnicodeDecodeError):
        files.add_problem(Place(shown_as, 1), "can't be read as text.", "Save it as UTF-8.")
        return None


def _unused_templates(files: ConfigFiles, known: Iterable[str]) -> None:
    """Note templates of summaries that don't exist as problems."""
    for path in sorted((files.own / "templates").glob("*.j2")):
        if path.stem not in known:
            place = Place(f"{files.own.name}/templates/{path.name}", 1)
            files.add_problem(
                place,
                f'belongs to no summary: there is none named "{path.stem}".',
                did_you_mean(path.stem, known),
            )


def _schedule(file: ScheduleFile) -> Schedule:
    match file.every:
        case "day" | "workday" | "month" | "quarter" | "year" as every:
            return Schedule(every, file.at, working_day=file.working_day)
        case weekday:
            return Schedule("week", file.at, weekday=WEEKDAYS.index(weekday))


def _require_place(files: ConfigFiles, spec: SummarySpec, document: Document) -> None:
    """Note it as a problem if what is written for one person has channels, or tells others' shortfalls."""
    if not spec.is_private:
        return
    if spec.channels:
        files.add_problem(
            Place(document.file, document.line(("channels",))),
            f"can't be posted in a channel: it is written for one {spec.audience}.",
            "Remove the channels; people subscribe to it themselves.",
        )
    if spec.shortfalls:
        files.add_problem(
            Place(document.file, document.line(("shortfalls",))),
            "belongs to a summary that is posted in a channel.",
            "Remove it.",
        )


def _tells_shortfalls(file: SummaryFile) -> bool:
    if file.shortfalls is None:
        return file.audience == "channel" and file.schedule.every == "month"
    return file.shortfalls


def _summary(file: SummaryFile, place: Place) -> SummarySpec:
    sections = tuple(
        SummarySection(part.name, part.title.title(), part.period, part.style, part.questions)
        for part in file.sections
    )
    return SummarySpec(
        name=file.name,
        title=file.title.title(),
        schedule=_schedule(file.schedule),
        channels=file.channels,
        sections=sections,
        grace_hours=file.grace_hours,
        if_unclear=file.if_unclear,
        language=file.language,
        place=place,
        look_at=file.look_at,
        exceptions=file.exceptions,
        audience=file.audience,
        shortfalls=_tells_shortfalls(file),
        wait_hours=file.wait_hours,
        look_again_minutes=file.look_again_minutes,
    )
