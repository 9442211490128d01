"""What a report says of its data: what it is about, in a sentence; and where its numbers come from, as plain values."""

from collections.abc import Mapping
from typing import Any

from imgloop_widgets.analysis.bootstrap import DRAWS
from imgloop_widgets.analysis.data import Data
from imgloop_widgets.analysis.preregistration import Check, check, load, stated
from imgloop_widgets.analysis.provenance import provenance
from imgloop_widgets.analysis.words import NONE, count


def sentence(data: Data) -> str:
    """Return what a report is about, and what is left out."""
    sessions, after = data.sessions, _simulated(data) + _left_out(data) + _scale(data)
    if sessions.empty:
        return f"{_nobody(data)}{after}"
    parts = [
        count(len(sessions), "session"),
        count(sessions["worker_id"].nunique(), "worker"),
        count(sessions["target_id"].nunique(), "target"),
        count(len(data.attempts), "picture"),
    ]
    return f"{_called(data)}: {', '.join(parts)}{_opened(data)}.{after}"


def origin(data: Data, *, seed: int, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return where all of it comes from: what somebody needs to get the same numbers again.

    seed: of all chance. parameters: of the report, beside those that `data` was read with.

    Raises:
        ImgloopError: the record of a preregistration can't be read.
    """
    scale = list(data.scale_asked) if data.scale_asked else None
    used = {
        "where": data.where,
        "exclude": dict(data.exclude),
        "scale": scale,
        "simulated": data.simulated,
        **parameters,
    }
    found = provenance(
        data.sessions,
        study=data.name,
        data_hash=data.data_hash,
        seed=seed,
        exclusions=data.left_out,
        preregistration=_preregistered(data, {"seed": seed, **used}),
    )
    return {**found, **read(data), "parameters": used, "bootstrap_draws": DRAWS}


def read(data: Data) -> dict[str, Any]:
    """Return what was read so far, of what `origin` says: data_hash, and files (name → sha256)."""
    return {"data_hash": data.data_hash, "files": {**data.files, **data.beside}}


def _preregistered(data: Data, used: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how the study and the parameters that are used compare with what was frozen; None: nothing was.

    Parameters of the record that this report has none of are another report's; `compared` names those it has.
    """
    record = load(data.study) if data.study else None
    if record is None or data.study is None:
        return None
    frozen = record["analysis"]
    found = stated(check(record, data.study, {name: used.get(name, value) for name, value in frozen.items()}))
    return {**(found or {}), "compared": [name for name in frozen if name in used]}


def facts(about: Mapping[str, Any]) -> dict[str, str]:
    """Return what `origin` has found, as names and values that people read."""
    out = {name: number for name, number in about["exclusions"].items() if number or name != "where"}
    named = {name: value for name, value in about["parameters"].items() if value not in ("", None, {}, [])}
    hashes = [f"{digest} ({count(number, 'session')})" for digest, number in about["study_hashes"].items() if digest]
    return {
        "Files" if about["files"] and not hashes else "Study": about["study"],
        **({"Study hash": ", ".join(hashes) or NONE} if hashes or not about["files"] else {}),
        **({"Files' hashes": ", ".join(f"{name} {digest}" for name, digest in about["files"].items())}
           if about["files"] else {}),
        "Data hash": about["data_hash"],
        "Sessions": f"{about['sessions']:,} ({about['simulated']:,} simulated)",
        "Left out": ", ".join(f"{name} {number:,}" for name, number in out.items()),
        "Parameters": ", ".join(f"{name} = {value!r}" for name, value in named.items()) or NONE,
        "Preregistration": _sentence(about["preregistration"]) if about["preregistration"] else NONE,
        "Seed": f"{about['seed']} ({about['bootstrap_draws']:,} draws)",
        "Versions": ", ".join(f"{name} {number}" for name, number in about["versions"].items()),
    }  # fmt: skip


def _sentence(stated: Mapping[str, Any]) -> str:
    found = Check(
        frozen_at=stated["frozen_at"],
        sessions_before=stated["sessions_before"],
        sha256=stated["sha256"],
        differences=tuple(stated["differences"]),
    )
    compared = ", ".join(stated["compared"]) or "none of the parameters"
    return f"{found.sentence()} Compared: the study, its form and targets; of the analysis {compared}."


def _called(data: Data) -> str:
    return f"{'Files' if data.files else 'Study'} “{data.name}”"


def _nobody(data: Data) -> str:
    if any(data.left_out.values()) and (data.where or data.exclude):
        return f"{_called(data)}: no session is left to look at."
    if data.files:
        return f"{_called(data)}: there is no session in them."
    return (
        f"There is no session of the study “{data.name}” yet. Looked in: {data.folder}. Serve the study "
        "(imgloop serve) or let simulated workers play it (imgloop simulate), then run the report again."
    )


def _opened(data: Data) -> str:
    moments = data.sessions["opened_at"].dropna()
    if moments.empty:
        return ""
    days = [f"{moment.day} {moment:%B %Y}" for moment in (moments.min(), moments.max())]
    return f", opened {f'on {days[0]}' if days[0] == days[1] else f'from {days[0]} to {days[1]}'} (UTC)"


def _simulated(data: Data) -> str:
    """Return what there is to say of simulated sessions, after a sentence; nothing where there are none."""
    left_out, shown, known = data.left_out["simulated"], len(data.sessions), int(data.sessions["simulated"].sum())
    if left_out:
        return f" {count(left_out, 'simulated session')} {_are(left_out)} left out."
    if not known:
        return ""
    if known == shown:
        return f" {'All of them are' if shown > 1 else 'It is'} simulated: nobody has played yet."
    return f" {known:,} of the {shown:,} sessions {_are(known)} simulated."


def _left_out(data: Data) -> str:
    """Return who is left out by a condition of the researcher's, and by which."""
    parts = []
    if data.where:
        number = data.left_out["where"]
        parts.append(f" Only sessions with {data.where} are looked at ({number:,} {_are(number)} left out).")
    if data.rules:
        rules = ", ".join(f"{name} {data.left_out[name]:,}" for name in data.rules)
        parts.append(f" Left out by the rules of exclusion: {rules}.")
    return "".join(parts)


def _scale(data: Data) -> str:
    """Return which scale was taken, where nobody has named one."""
    value = data.value("score")
    if value.given or value.attempts["score"].isna().all():
        return ""
    low, high = value.scale
    return f" No scale is named: it is taken to run from {low:g} to {high:g}, the lowest and the highest score."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
