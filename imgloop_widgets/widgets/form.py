"""`Form`: a form alone as one ipywidgets component, for consent, questionnaires and ratings.

    form = Form("consent.json")                 # a file, JSON or TOML, or a folder; or in Python:
    form = Form(title="About you", fields=[{"type": "number", "name": "age", "label": "Your age"}])
    form                                        # shows it
    form.value                                  # {"age": 34}; None where there is no answer
    form.on_submit(lambda form: save(form.value))

What is typed is kept here and in the worker's browser. In a notebook it lives as long as the kernel does; on a page
that Voilà serves, where each reload makes a new kernel, the browser brings it back. The rest (uploaded files, and what
triggers did) our server keeps meanwhile, see `kept`.
"""

import hashlib
import html
import json
import os
import re
import secrets
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import traitlets

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms import FormModel, Sheet, answer_fields, check_answers, load_form, make_form
from imgloop_widgets.forms.fields import AnyField, Date, File, Hidden, Password, first_values
from imgloop_widgets.forms.read import Wrong, read
from imgloop_widgets.incidents import report
from imgloop_widgets.plain import plain
from imgloop_widgets.widgets.base import (
    MAX_COMMAND_CHARACTERS,
    OUT_OF_ORDER,
    TOO_MUCH,
    FormWidget,
    characters,
    drawn_form,
    seq_of,
)
from imgloop_widgets.widgets.bundle import page_script, page_style
from imgloop_widgets.widgets.kept import Kept, kept_of
from imgloop_widgets.widgets.uploads import MemoryShelf, Uploads

DONE = "This form is submitted already; nothing was changed."
STALE = "This page was not up to date; nothing was changed. Please look at it again and go on from here."

MOST_LINES = 20
"""Answers that `repr` lists."""

_made: Counter[str] = Counter()  # forms of this process by their content: equal ones on a page have drafts of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file that a worker has given. name, type (MIME, or ""): as the browser says. size: bytes. sha256: hex."""

    name: str
    type: str
    size: int
    sha256: str
    data: bytes = field(repr=False)


class Form(FormWidget):
    """A form that one person fills in and submits once.

    source: a file (JSON, TOML), a folder of form configuration, or a mapping of the same shape; left out: the parts of
    the form are given by name, as `title`, `sections` or `fields`. version: which of the file's versions, 0-based.
    tokens: values of the file's tokens. value: name of field → its answer as it stands, typed (a day is a
    `datetime.date`, a file an `UploadedFile`), None where there is none, it can't be read or is not in sight. errors:
    name of field → what is wrong now; empty where the form could be submitted. submitted: whether it was.

    `value`, `errors` and `submitted` can be observed, as any trait.

    Raises:
        ConfigurationError: every mistake in the form.
    """

    _esm = page_script("form.js")
    _css = page_style()
    view = traitlets.Dict().tag(sync=True)
    value = traitlets.Dict(read_only=True)
    errors = traitlets.Dict(read_only=True)
    submitted = traitlets.Bool(False, read_only=True)

    def __init__(
        self,
        source: Path | str | Mapping[str, Any] | FormModel | None = None,
        *,
        version: int = 0,
        tokens: Mapping[str, str] | None = None,
        **form: Any,
    ) -> None:
        self._model = _model(source, version, tokens, form)
        self._session = _session(self._model)
        self._seq = 1
        self._kept: Kept | None = None
        self._callbacks: list[Callable[[Form], object]] = []
        self._failures: set[str] = set()
        self._begin()
        super().__init__(MemoryShelf(), form=drawn_form(self._model), view=self._picture())
        self._look()

    def on_submit(self, callback: Callable[["Form"], object]) -> None:
        """Call `callback(form)` each time the form is submitted. An error in it is logged; the answers stay."""
        self._callbacks.append(callback)

    def reset(self) -> None:
        """Empty the form, so that it can be filled in and submitted again."""
        self._seq += 1
        self._begin()
        if self._kept:
            self._kept.forget()
        self._uploads = Uploads(self._kept or MemoryShelf(), self._record)
        self._render()
        self._look()

    def __repr__(self) -> str:
        title = html.unescape(re.sub(r"<[^>]*>", " ", self._model.title)).strip()
        secret = {one.name for one in self._model.fields() if isinstance(one, Password)}
        lines = [f"Form {' '.join(title.split())!r} ({'submitted' if self.submitted else 'not submitted'})"]
        for name, answer in list(self.value.items())[:MOST_LINES]:
            shown = "…" if answer and name in secret else repr(answer)
            wrong = f"  ({self.errors[name]})" if name in self.errors else ""
            lines.append(f"  {name}: {shown if len(shown) <= 80 else shown[:79] + '…'}{wrong}")
        if len(self.value) > MOST_LINES:
            lines.append(f"  and {len(self.value) - MOST_LINES} more")
        return "\n".join(lines)

    def _begin(self) -> None:
        self._now = Sheet(form=self._model)
        self._draft: dict[str, Any] = {}
        self._answers: dict[str, Any] | None = None
        self._problems: dict[str, str] = {}

    @property
    def _sheet(self) -> Sheet:
        return self._now

    def _keep_sheet(self, sheet: Sheet) -> None:
        if self._kept:
            self._kept.keep_sheet(sheet.to_json())
        self._now = sheet
        self._look()

    def _can_be_filled(self) -> bool:
        return self._answers is None

    def _record(self, error: BaseException) -> str:
        return report("an error in a form", "".join(traceback.format_exception(error)))

    def _on_hello(self, content: Mapping[str, Any]) -> None:
        if self._kept is None and self._answers is None and (kept := kept_of(self._session, content.get("ticket"))):
            self._kept, self._uploads = kept, Uploads(kept, self._record)
            self._now = Sheet.from_json(self._model, kept.sheet())
            self._look()
        super()._on_hello(content)

    def _save_draft(self, seq: object, values: dict[str, Any]) -> None:
        if seq == self._seq and self._answers is None:
            self._draft, self._problems = values, {}
            self._look()

    def _obey(self, content: Mapping[str, Any]) -> None:
        seq, values = seq_of(content), content.get("values")
        if self._answers is not None:
            raise Refused(DONE)
        if seq != self._seq:
            raise Refused(STALE)
        if content.get("name") != "submit" or not isinstance(values, dict):
            raise Refused(OUT_OF_ORDER)
        if characters(content) > MAX_COMMAND_CHARACTERS:
            raise Refused(TOO_MUCH)
        values = self._uploads.true_values(values)
        try:
            answers = check_answers(self._now, values, has_file=self._uploads.has)
        except Refused as refused:
            self._draft, self._problems = self._without_secrets(values), refused.problems
            self._look()
            raise
        self._seq += 1
        self._answers, self._draft, self._problems = answers, {}, {}
        self._render()
        self._look()
        if self._kept:
            self._kept.forget()
        for callback in list(self._callbacks):
            try:
                callback(self)
            except Exception as error:  # the researcher's own; the answers stay
                self._record(error)

    _ON: ClassVar[dict[str, Callable[[Any, Mapping[str, Any]], None]]] = {**FormWidget._ON, "hello": _on_hello}

    def _render(self, *, again: bool = False) -> None:
        before = self.view
        with self.hold_sync():
            self.changes = self._now.changes()
            self.view = self._picture()
        if again and self.view == before:
            self.send_state(("changes", "view"))

    def _picture(self) -> dict[str, Any]:
        done = self._answers is not None
        return {
            "session": self._session,
            "seq": self._seq,
            "phase": "submitted" if done else "open",
            "draft": dict(self._draft),
            "answers": plain(self._without_secrets(self._answers or {})) if done else None,
            "problems": dict(self._problems),
        }

    def _look(self) -> None:
        """Bring `value`, `errors` and `submitted` up to date."""
        fields = answer_fields(self._now.form)
        if self._answers is not None:
            answers, errors = self._answers, {}
        else:
            values = {one.name: self._draft.get(one.name, first_values(one)) for one in fields}
            answers, errors = answers_so_far(self._now, values), self._errors_of(values)
        typed = {one.name: self._typed(one, answers.get(one.name)) for one in fields}
        for name, now in (("value", typed), ("errors", errors), ("submitted", self._answers is not None)):
            try:
                self.set_trait(name, now)
            except Exception as error:  # of somebody who observes it
                self._record(error)

    def _errors_of(self, values: Mapping[str, Any]) -> dict[str, str]:
        try:
            check_answers(self._now, values, has_file=self._uploads.has)
        except Refused as refused:
            return refused.problems
        except Exception as error:  # in a validator of the form's author, which is asked again with each key
            if repr(error) not in self._failures:
                self._failures.add(repr(error))
                self._record(error)
            return dict(self.errors)
        return {}

    def _typed(self, one: AnyField, answer: Any) -> Any:
        match one:
            case Date():
                return date.fromisoformat(answer) if answer else None
            case File() if answer:
                found = self._uploads.get(answer["sha256"])
                return UploadedFile(**answer, data=found[1]) if found else None
        return answer


def answers_so_far(sheet: Sheet, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as `check_answers` would; None where one can't be read or its field is not in sight."""
    shown = sheet.visible(values)
    answers: dict[str, Any] = {}
    for one in answer_fields(sheet.form):
        answers[one.name] = None
        if isinstance(one, Hidden) and one.name in shown:
            answers[one.name] = sheet.held.get(one.name, one.value)
        elif one.name in shown:
            try:
                answers[one.name] = read(one, values.get(one.name))
            except Wrong:
                continue
    return answers


def _model(source: object, version: int, tokens: Mapping[str, str] | None, form: Mapping[str, Any]) -> FormModel:
    if (source is None) == (not form):
        raise TypeError("Form needs a file, a folder or a mapping, or else the form's parts: title=…, fields=[…]")
    if isinstance(source, str | Path):
        versions = load_form(Path(source), supplied=tuple(tokens or ())).versions
        if not 0 <= version < len(versions):
            raise ValueError(f"version must be from 0 to {len(versions) - 1}; not {version}")
        return versions[version].form(tokens)
    if version:
        raise TypeError("version is for forms in files; a form in Python has one version")
    if isinstance(source, FormModel):
        return source
    return make_form(source if isinstance(source, Mapping) else form, tokens)


def _session(model: FormModel) -> str:
    """Return the name of the draft in the browser. It is found again after a reload where there is a link."""
    query = os.environ.get("QUERY_STRING")
    if query is None:
        return secrets.token_hex(8)
    text = json.dumps([model.to_json(), query], sort_keys=True)
    _made[text] += 1
    return hashlib.sha256(f"{_made[text]} {text}".encode()).hexdigest()[:16]
