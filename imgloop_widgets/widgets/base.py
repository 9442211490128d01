"""What the widgets that show a form share: the door through which a page's messages come, and what all of them take.

Page → kernel there are only messages; a trait that a page sets is ignored, and every message is taken as if a stranger
had written it. Nothing that goes wrong in here reaches the page but a sentence with an incident number.

| message | what comes of it |
| --- | --- |
| hello | the page is drawn again |
| ping | `pong` |
| draft | what was typed is kept |
| check | `checked`: a field's custom validators |
| trigger | the trait `changes`, `set`; `notice` where the author's function fails |
| file, file_get | see `uploads`; `file_data` with the content of one of the session's own files |
| command | `result`; what there is to do is the widget's own |

To add a message: a method, and its name in `_ON` (`file` alone brings bytes, and has a way of its own).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import anywidget
import traitlets

from imgloop_widgets.errors import Refused
from imgloop_widgets.forms import WORDS, FormModel, Sheet, check_field, run_trigger
from imgloop_widgets.forms.fields import File, Password
from imgloop_widgets.forms.triggers import call
from imgloop_widgets.plain import plain
from imgloop_widgets.widgets.uploads import Shelf, Uploads

MAX_DRAFT_CHARACTERS = 65_536
MAX_COMMAND_CHARACTERS = 262_144

BROKEN = "Something went wrong on our side; what you did so far is saved. Please try again. (Incident {})"
GO_ON = "Something went wrong on our side. Please go on; what you did so far is saved. (Incident {})"
OUT_OF_ORDER = "This page is out of order. Please reload it."
TOO_MUCH = "This is more text than can be saved. Please shorten it."


class FormWidget(anywidget.AnyWidget):
    """A widget that shows a form. form: what the page draws. changes: what triggers have added, shown and hidden.

    A subclass says what the methods without a body mean for it.
    """

    form = traitlets.Dict().tag(sync=True)
    changes = traitlets.Dict().tag(sync=True)

    def __init__(self, shelf: Shelf, **traits: Any) -> None:
        self._uploads = Uploads(shelf, self._record)
        super().__init__(changes=self._sheet.changes(), **traits)

    @property
    def _sheet(self) -> Sheet:
        """The form as this worker has it."""
        raise NotImplementedError

    def _keep_sheet(self, sheet: Sheet) -> None:
        """Take the sheet that a trigger has made. Raises: StoreError."""
        raise NotImplementedError

    def _can_be_filled(self) -> bool:
        """Whether the form waits for answers."""
        raise NotImplementedError

    def _save_draft(self, seq: object, values: dict[str, Any]) -> None:
        """Keep what stands in the page, if it is for the state as it is."""
        raise NotImplementedError

    def _obey(self, content: Mapping[str, Any]) -> None:
        """Do what a command says. Raises: Refused: nothing was changed, and why."""
        raise NotImplementedError

    def _render(self, *, again: bool = False) -> None:
        """Draw the state. again: also where the page was sent this very picture before; it may have missed it."""
        raise NotImplementedError

    def _record(self, error: BaseException) -> str:
        """Log an error under a new incident number and return the number."""
        raise NotImplementedError

    def _remaining_s(self) -> float | None:
        """Seconds until the time is over, ≥ 0; None: no limit."""
        return None

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Ignore what a page sets: the traits are a picture, and only the kernel draws it."""

    def _handle_msg(self, msg: Mapping[str, Any]) -> None:
        """Take a message of the page. Replaces ipywidgets' own, which would send a traceback to the page."""
        try:
            match msg:
                case {"content": {"data": {"method": "request_state"}}}:
                    self.send_state()
                case {"content": {"data": {"method": "custom", "content": {"kind": str(kind), **rest}}}}:
                    if kind == "file":
                        self._on_file(plain(rest), _one(msg.get("buffers")))
                    elif kind in self._ON:
                        self._ON[kind](self, plain(rest))
        except Exception as error:
            self._record(error)

    def _on_hello(self, content: Mapping[str, Any]) -> None:
        self._render(again=True)

    def _on_ping(self, content: Mapping[str, Any]) -> None:
        number = content.get("n")
        answer = number if isinstance(number, int) else None
        self.send({"kind": "pong", "n": answer, "remaining_s": self._remaining_s()})

    def _on_draft(self, content: Mapping[str, Any]) -> None:
        values = content.get("values")
        if isinstance(values, dict) and characters(values) <= MAX_DRAFT_CHARACTERS:
            self._save_draft(content.get("seq"), self._without_secrets(values))

    def _on_check(self, content: Mapping[str, Any]) -> None:
        name, values = content.get("name"), self._values(content)
        if values is None or not isinstance(name, str) or name not in {f.name for f in self._sheet.form.fields()}:
            return
        message = None
        try:
            message = check_field(self._sheet, name, values, has_file=self._uploads.has)
        except Exception as error:
            self.send({"kind": "notice", "message": GO_ON.format(self._record(error))})
        self.send({"kind": "checked", "name": name, "message": message})

    def _on_trigger(self, content: Mapping[str, Any]) -> None:
        path, event, values = content.get("path"), content.get("event"), self._values(content)
        if values is None or not self._can_be_filled() or not has_trigger(self._sheet, path, event):
            return
        try:
            sheet, given = run_trigger(self._sheet, str(path), str(event), values)
            sheet = replace(sheet, held=plain(sheet.held))  # half an emoji can't be sent
            if sheet != self._sheet:
                self._keep_sheet(sheet)
        except Exception as error:  # nothing has happened
            self.send({"kind": "notice", "message": GO_ON.format(self._record(error))})
            return
        self.changes = self._sheet.changes()  # first: a value may be for a field that was just added
        if given:
            self.send({"kind": "set", "values": plain(given)})

    def _on_file(self, content: Mapping[str, Any], chunk: bytes) -> None:
        fields = {field.name for field in self._sheet.form.fields() if isinstance(field, File)}
        answer = self._uploads.take(content, chunk, fields if self._can_be_filled() else set())
        if answer is not None:
            self.send({"kind": "file", **answer})

    def _on_file_get(self, content: Mapping[str, Any]) -> None:
        name = content.get("sha256")
        found = self._uploads.get(name)
        if found is not None:
            kind, data = found
            self.send({"kind": "file_data", "sha256": name, "type": kind}, [data])

    def _on_command(self, content: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"kind": "result", "id": str(content.get("id"))[:100], "ok": True}
        try:
            self._obey(content)
        except Refused as refused:
            answer |= {"ok": False, "message": str(refused), "problems": refused.problems}
        except Exception as error:
            answer |= {"ok": False, "message": BROKEN.format(self._record(error)), "problems": {}}
        self.send(answer)
        if not answer["ok"]:
            self._render(again=True)  # the true state, where the page had another

    _ON: ClassVar[dict[str, Callable[[Any, Mapping[str, Any]], None]]] = {
        "hello": _on_hello,
        "ping": _on_ping,
        "draft": _on_draft,
        "check": _on_check,
        "trigger": _on_trigger,
        "file_get": _on_file_get,
        "command": _on_command,
    }

    def _without_secrets(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values without passwords, which are kept where they are submitted and nowhere else."""
        secret = {field.name for field in self._sheet.form.fields() if isinstance(field, Password)}
        return {name: value for name, value in values.items() if name not in secret}

    def _values(self, content: Mapping[str, Any]) -> dict[str, Any] | None:
        values = content.get("values")
        small = isinstance(values, dict) and characters(values) <= MAX_COMMAND_CHARACTERS
        return self._uploads.true_values(values) if small and isinstance(values, dict) else None


def seq_of(content: Mapping[str, Any]) -> int:
    """Return the seq of the state that a command is for. Raises: Refused: it has none."""
    seq = content.get("seq")
    if isinstance(seq, bool) or not isinstance(seq, int):
        raise Refused(OUT_OF_ORDER)
    return seq


def has_trigger(sheet: Sheet, path: object, event: object) -> bool:
    """Whether an element has a trigger of its author's for an event."""
    if not isinstance(path, str) or not isinstance(event, str):
        return False
    try:
        triggers = getattr(sheet.element(path), "triggers", None)
    except KeyError:
        return False
    trigger = call(getattr(triggers, event)) if triggers is not None and event in triggers.events() else None
    return trigger is not None and trigger.name in sheet.form.functions.triggers


def drawn_form(form: FormModel) -> dict[str, Any]:
    """Return what the page draws of a form, with the words it says where an answer can't be taken."""
    return {"form": form.to_json(), "words": WORDS, "css": form.css, "language": form.language or None}


def characters(content: Any) -> int:
    """Return the length of JSON values as text."""
    return len(json.dumps(content, ensure_ascii=False))


def _one(buffers: Any) -> bytes:
    match buffers:
        case [bytes() | bytearray() | memoryview() as buffer]:
            return bytes(buffer)
    return b""
