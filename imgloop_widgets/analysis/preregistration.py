"""What was decided before data came in, frozen in a file, and whether it still holds.

    imgloop freeze STUDY --analysis params.toml  →  preregistration.json beside the study file
    check(…)  →  which parts differ now: settings of the study, files of the form, targets, parameters of the analysis

The record holds the study file's text, a hash of each file of the form and of each target, the parameters, the moment,
how many real sessions there were by then, and a hash over all of it: a record that was edited says so.
"""

import hashlib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imgloop_widgets.errors import ConfigurationError, ImgloopError
from imgloop_widgets.study import Study

if TYPE_CHECKING:
    from imgloop_widgets.opening import Files

FILE = "preregistration.json"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """frozen_at: when. sessions_before: real sessions that there were by then. sha256: of the record, hex.

    differences: what is not as it was frozen, a sentence each; none: all matches.
    """

    frozen_at: str
    sessions_before: int
    sha256: str
    differences: tuple[str, ...]

    @property
    def matches(self) -> bool:
        """Whether everything is as it was frozen."""
        return not self.differences

    def sentence(self) -> str:
        """Return what a report says of it."""
        late = (
            f", when {self.sessions_before:,} sessions had come in" if self.sessions_before else ", before any session"
        )
        head = f"Preregistered on {self.frozen_at[:10]}{late} (record {self.sha256[:12]})."
        if self.matches:
            return f"{head} The study and the analysis are as they were frozen."
        return f"{head} Not as it was frozen: {'; '.join(self.differences)}."


def freeze(study: Study, analysis: Mapping[str, Any], *, now: datetime, sessions: int) -> dict[str, Any]:
    """Return the record. analysis: parameters of the analysis, JSON values. sessions: real ones that there are now.

    Raises:
        ConfigurationError: the form or the targets have mistakes.
        ImgloopError: a parameter is no JSON value (a date, say).
    """
    record = {**current(study), "format": FORMAT, "analysis": dict(analysis)}
    record |= {"frozen_at": now.isoformat(timespec="seconds"), "sessions_before": sessions}
    try:
        return {**record, "sha256": _digest(record)}
    except TypeError as error:
        raise ImgloopError(f"the analysis parameters must be text, numbers, lists and tables ({error})") from None


def current(study: Study) -> dict[str, Any]:
    """Return what can be frozen of a study as it is now. Raises: ConfigurationError."""
    from imgloop_widgets.opening import load_files  # a report of what nobody froze need not load it

    files = load_files(study.path)
    return {
        "study": {"name": study.name, "text": study.path.read_text(encoding="utf-8-sig"), "sha256": study.digest},
        "form": dict(_form_hashes(study, files)),
        "targets": {target.id: target.sha256 for target in files.targets},
        "study_hash": files.digest,
    }


def _form_hashes(study: Study, files: "Files") -> Iterator[tuple[str, str]]:
    """Yield the name and sha256 (hex) of each file of the forms; those of an arm's own form with the form's name."""
    for path, form in files.forms.items():
        home = path if path.is_dir() else path.parent
        before = "" if path == study.file(study.about.form) else f"{os.path.relpath(path, study.path.parent)}/"
        for file in form.files:
            yield before + file.relative_to(home).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest()


def read_parameters(file: Path) -> dict[str, Any]:
    """Return the parameters of an analysis from a TOML file. Raises: ImgloopError: it can't be read."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ImgloopError(f"{file}: can't be read ({error.strerror}); look at its name") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImgloopError(f"{file}: is no TOML ({error})") from None


def load(study: Study) -> dict[str, Any] | None:
    """Return the record beside the study file; None: nothing was frozen. Raises: ImgloopError: it can't be read."""
    file = study.path.parent / FILE
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        known = record["format"] == FORMAT
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImgloopError(f"{file}: can't be read ({error}); restore it from where it was registered") from None
    if not known:
        raise ImgloopError(f"{file}: was made by another version of imgloop; use that one")
    return dict(record)


def check(record: Mapping[str, Any], study: Study, analysis: Mapping[str, Any] | None = None) -> Check:
    """Compare a record with the study as it is now. analysis: parameters that are used now; None: as frozen."""
    differences = []
    if _digest({name: value for name, value in record.items() if name != "sha256"}) != record.get("sha256"):
        differences.append("the record itself was edited (its hash is another)")
    try:
        differences += _changes(record, current(study))
    except ConfigurationError as error:  # a report of what happened must not depend on them
        differences.append(f"the form or the targets can't be read any more ({error.problems[0]})")
    if analysis is not None:
        differences += _differences(record["analysis"], json.loads(json.dumps(analysis)), "analysis: ")
    return Check(
        frozen_at=record["frozen_at"],
        sessions_before=record["sessions_before"],
        sha256=str(record.get("sha256", "")),
        differences=tuple(differences),
    )


def stated(check: Check | None) -> dict[str, Any] | None:
    """Return a check as a result's provenance states it; None: nothing was frozen."""
    if check is None:
        return None
    return {
        "sha256": check.sha256,
        "frozen_at": check.frozen_at,
        "sessions_before": check.sessions_before,
        "matches": check.matches,
        "differences": list(check.differences),
    }


def _changes(record: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs in the study file, the form and the targets."""
    before, after = tomllib.loads(record["study"]["text"]), tomllib.loads(now["study"]["text"])
    settings = list(_differences(before, after, "study file: "))
    if not settings and now["study"]["sha256"] != record["study"]["sha256"]:
        settings = ["study file: comments or spaces were changed, no setting"]
    yield from settings
    yield from _differences(record["form"], now["form"], "form: ", shown=False)
    yield from _differences(record["targets"], now["targets"], "target ", shown=False)


def _differences(before: Any, after: Any, where: str, *, shown: bool = True) -> Iterator[str]:
    """Yield each place where two JSON values differ. shown: whether the values are said."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            place = f"{where}{'' if where.endswith(' ') else '.'}{name}"
            if name not in after:
                yield f"{place} was removed"
            elif name not in before:
                yield f"{place} was added" + (f" ({after[name]!r})" if shown else "")
            else:
                yield from _differences(before[name], after[name], place, shown=shown)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{where}[{number}]", shown=shown)
    elif before != after or type(before) is not type(after):
        yield f"{where} was {before!r}, is {after!r}" if shown else f"{where} was changed"


def _digest(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
