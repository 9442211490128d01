"""A session as flat rows of plain values: one for the session, one for each attempt.

Both the widget's `task.attempts` and the reports' frames are made of these, so that a column means the same everywhere.
"""

from typing import Any

from imgloop_widgets.loop import State, best, image_seed

SIMULATED = "sim-"
"""Every simulated worker's id begins with it."""

MACHINES: tuple[str, ...] = ("blind", "hill-climb", "script")
"""What a machine worker's id goes on with: its policy."""


def session_row(state: State) -> dict[str, Any]:
    """Return the session's row.

    finished_at, reason: None while it goes on. attempts: images shown. first_score, last_score, best_score: None
    without a score. duration_s: seconds from opening to the end. answers: the form's fields by name. simulated: whether
    the worker was a program, by their id. form_version, position, stratum: None where an earlier version opened it.
    gold: whether its answers are known; gold_passed: whether they were right, None where that was not judged.
    """
    opened, finished = state.opened, state.finished
    assert opened is not None
    scores = [a.score for a in state.attempts if a.score is not None]
    top = best(state)
    return {
        "session_id": opened.session_id,
        "study": opened.study,
        "study_hash": opened.study_hash,
        "arm": opened.arm,
        "worker_id": opened.worker_id,
        "simulated": opened.worker_id.startswith(SIMULATED),
        "unit_id": opened.unit_id,
        "form_version": opened.form_version,
        "position": opened.position,
        "stratum": opened.stratum,
        "gold": opened.gold,
        "gold_passed": None if finished is None or finished.wrong is None else not finished.wrong,
        "target_id": opened.target_id,
        "seed": opened.seed,
        "opened_at": opened.at,
        "started": state.prompt is not None,
        "finished_at": finished.at if finished else None,
        "reason": finished.reason if finished else None,
        "duration_s": max(0.0, (finished.at - opened.at).total_seconds()) if finished else None,
        "attempts": len(state.attempts),
        "first_score": scores[0] if scores else None,
        "last_score": scores[-1] if scores else None,
        "best_score": top.score if top else None,
        "answers": dict(state.answers or {}),
    }


ATTEMPT_COLUMNS = (
    "session_id",
    "worker_id",
    "simulated",
    "arm",
    "target_id",
    "attempt",
    "prompt",
    "score",
    "write_s",
    "wait_s",
    "judge_s",
    "image_sha256",
    "images",
    "picked",
    "generator",
    "generator_version",
    "seed",
    "submitted_at",
)
"""The columns of an attempt's row, also where there is no row yet."""


def attempt_rows(state: State) -> list[dict[str, Any]]:
    """Return one row for each attempt: the image shown, or the one that was picked of several.

    attempt: 1-based. score: None where it was not given. write_s: seconds from the page (or the image before) to the
    prompt; wait_s: from the prompt to the image, or the last of several; judge_s: from there to the score, None without
    one. images: how many were shown. picked: which of them was chosen, 1-based; None: none, and the image is the first.
    seed: of the image. simulated: as in the session's row.
    """
    opened = state.opened
    assert opened is not None
    rows = []
    before = state.began_at or opened.at
    for a in state.attempts:
        rows.append(
            {
                "session_id": opened.session_id,
                "worker_id": opened.worker_id,
                "simulated": opened.worker_id.startswith(SIMULATED),
                "arm": opened.arm,
                "target_id": opened.target_id,
                "attempt": a.number,
                "prompt": a.prompt.prompt,
                "score": a.score,
                "write_s": max(0.0, (a.prompt.at - before).total_seconds()),
                "wait_s": max(image.wait_s for image in a.images),
                "judge_s": max(0.0, (a.scored.at - a.shown_at).total_seconds()) if a.scored else None,
                "image_sha256": a.image.image_sha256,
                "images": len(a.images),
                "picked": a.picked.place if a.picked else None,
                "generator": a.image.generator,
                "generator_version": a.image.version,
                "seed": image_seed(a.prompt.seed, a.image.place),
                "submitted_at": a.prompt.at,
            }
        )
        before = a.shown_at
    return rows
