"""All tables of a study, from its store or from a folder of files, each with the columns of the codebook."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from imgloop_widgets.analysis.allotments import allotments_frame
from imgloop_widgets.analysis.codebook import EVENTS, PARTICIPANTS, SESSIONS, TABLES, UNKNOWN, Tables, empty
from imgloop_widgets.analysis.columns import joined, read_generations, read_pages
from imgloop_widgets.analysis.decision_frames import decisions_frame
from imgloop_widgets.analysis.frames import Frames, events_frame
from imgloop_widgets.analysis.rating_frames import ratings_frame
from imgloop_widgets.analysis.replay_frames import metrics_frame, of_people, replay_metrics_frame, replays_frame
from imgloop_widgets.analysis.step_frames import steps_frame
from imgloop_widgets.analysis.telemetry import telemetry_frame
from imgloop_widgets.analysis.tidy import among
from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.opening import load_files
from imgloop_widgets.plans import Plan
from imgloop_widgets.store import Store
from imgloop_widgets.study import Study


def store_tables(
    store: Store, study: str, *, simulated: bool | None = None, plan: Callable[[], Plan | None] = lambda: None
) -> Tables:
    """Return every table of a study. simulated: as in `frames.read_frames`. plan: says who is given what; None: that is
    not known, and nothing is said of units.

    Raises:
        StoreError: a session's log breaks the rules of the loop, or can't be read.
    """
    frames = read_pages(store.pages(study), simulated=simulated)
    tables = {name: make() for name, make in store_makers(store, study, frames, plan).items()}
    names = ("generations", "steps", "metrics", "events", "allotments", "telemetry", "decisions")
    kept = {name: ("session_id", frames.sessions) for name in names}
    for name, (key, known) in {**kept, "replay_metrics": ("replay_id", tables["replays"])}.items():
        tables[name] = tables[name][among(tables[name][key], known[key])].reset_index(drop=True)
    return whole({"participants": participants_of(frames.sessions), **tables})


def store_makers(
    store: Store, study: str, frames: Frames, plan: Callable[[], Plan | None] = lambda: None
) -> dict[str, Callable[[], pd.DataFrame]]:
    """Return what makes each table of a study, but for the participants. frames: as they were read of it.

    Those that are not in `frames` have rows of all its sessions, also of simulated ones that are left out; `replays`
    alone is without these.
    """
    return {
        "sessions": lambda: frames.sessions,
        "attempts": lambda: frames.attempts,
        "generations": lambda: read_generations(store.pages(study)),
        "steps": lambda: steps_frame(store.rows(study)),
        "metrics": lambda: metrics_frame(store, study),
        "ratings": lambda: ratings_frame(store, study, frames.sessions),
        "events": lambda: joined([events_frame(page) for page in store.rows(study)], EVENTS),
        "allotments": lambda: allotments_frame(store, plan(), frames.sessions),
        "telemetry": lambda: telemetry_frame(store, study),
        "decisions": lambda: decisions_frame(store, study),
        "replays": lambda: of_people(replays_frame(store, study), frames.sessions["session_id"]),
        "replay_metrics": lambda: replay_metrics_frame(store, study),
    }


def plan_of(study: Study) -> Plan | None:
    """Return who is given what in the study; None: its files have mistakes."""
    try:
        return load_files(study.path).plan
    except ConfigurationError:
        return None


def whole(tables: Tables) -> Tables:
    """Return the tables, all of them: those that are not there are empty."""
    return {name: tables[name] if name in tables else empty(name) for name in TABLES}


def participants_of(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each worker, in the order they came, with the columns of `PARTICIPANTS`. In: of `SESSIONS`."""
    finished = sessions.assign(finished=sessions["finished_at"].notna() | sessions["reason"].notna())
    groups = finished.groupby("worker_id", sort=False)
    found = pd.DataFrame(
        {
            "simulated": groups["simulated"].first(),
            "arrived_at": groups["opened_at"].min(),
            "sessions": groups.size(),
            **{name: groups[name].sum() for name in ("started", "finished", "attempts")},
        }
    ).reset_index()
    return found.astype({name: column.dtype for name, column in PARTICIPANTS.items()})[list(PARTICIPANTS)]


def sessions_of(attempts: pd.DataFrame, study: str) -> pd.DataFrame:
    """Return a row for each session of attempts that are imported, in the order of their first attempts.

    In: of `ATTEMPTS`. Out: of `SESSIONS`; what attempts can't tell is missing: how and when a session began and ended.
    """
    groups = attempts.sort_values(["session_id", "attempt"], kind="stable").groupby("session_id", sort=False)
    scores = groups["score"]
    found = pd.DataFrame(
        {
            **{name: groups[name].first() for name in ("arm", "worker_id", "simulated", "target_id")},
            "attempts": groups.size(),
            "first_score": scores.first(),
            "last_score": scores.last(),
            "best_score": scores.max(),
        }
    ).loc[attempts["session_id"].unique()]
    found = found.reset_index(names="session_id").assign(
        study=study, study_hash="", unit_id="", target_sha256="", started=True, status=UNKNOWN, gold=False
    )
    unknown = ("seed", "opened_at", "finished_at", "reason", "duration_s", "form_version", "position", "stratum")
    for name in (*unknown, "gold_passed"):
        found[name] = None
    found["answers"] = pd.Series([{} for _ in range(len(found))], index=found.index, dtype="object")
    return found.astype({name: column.dtype for name, column in SESSIONS.items()})[list(SESSIONS)]


def session_ids(worker: pd.Series, target: pd.Series, session: pd.Series | None = None) -> pd.Series:
    """Return an id for each worker and target (and session, where a file has one): never for a target alone.

    The same ones give the same id, whatever else is in the file.
    """
    if session is not None:
        pairs = pd.DataFrame({"session": session, "worker": worker, "target": target}).drop_duplicates()
        if pairs["session"].is_unique:
            return session  # it names one worker's work on one target already
    parts = [worker, target, *([] if session is None else [session])]
    texts = ["\0".join(map(str, values)) for values in zip(*parts, strict=True)]
    made = {text: hashlib.sha256(text.encode()).hexdigest()[:32] for text in dict.fromkeys(texts)}
    return pd.Series([made[text] for text in texts], index=worker.index, dtype="str")


def best_of(attempts: pd.DataFrame) -> pd.Series:
    """Return whether each attempt has its session's highest score, the earliest of several. In: of `ATTEMPTS`."""
    order = attempts.sort_values(["session_id", "score", "attempt"], ascending=[True, False, True], na_position="last")
    first = order.drop_duplicates("session_id")
    return pd.Series(attempts.index.isin(first.index[first["score"].notna()]), index=attempts.index, dtype="bool")


def sha256_of(file: Path) -> str:
    """Return the sha256 (hex) of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
