"""Ratings as a frame: what raters said of a study's images, from the logs of every rating study that judges it.

    logs of rating sessions  →  fold  →  a row for each item (of a ranking: for each of its images) and question

`judgements` and `raters` have the measures. How an answer becomes a number stands in `VALUES`.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from imgloop_widgets.analysis.codebook import RATINGS, empty, typed
from imgloop_widgets.errors import StoreError
from imgloop_widgets.events import Event, ItemRated
from imgloop_widgets.loop import IllegalEvent
from imgloop_widgets.ratings import SAME, RatingState, Shown, fold, is_right
from imgloop_widgets.ratings.items import item_id
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.store import Store

VALUES: dict[str, str] = {
    "scale": "the number that was chosen",
    "choice": "the number of the option, from 1",
    "closer": "1: the later attempt is closer, 0: the earlier one, 0.5: neither",
    "ranking": "how many of the item's images it was put before; the best has the highest",
}
"""Kind of question → what its value is."""


def ratings_frame(store: Store, study: str, sessions: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each answer about images of this study, with the columns of `RATINGS`.

    sessions: of the study, as they are analysed; images of other simulated sessions are left out. Simulated raters are
    in it only where there is no other. Where several rating studies judge the study, a question is called by both
    names, `study/question`.

    Raises:
        StoreError: a rater's log breaks the rules, or can't be read.
    """
    names = store.rating_studies(study)
    rows = [row for name in names for row in _of_study(store, name, many=len(names) > 1)]
    if not rows:  # as in most studies: then nobody looks through all of the sessions
        return empty("ratings")
    people = [row for row in rows if not row["simulated"]]
    machine = {o.session_id for o in store.sessions(study) if o.worker_id.startswith(SIMULATED)}
    left_out = machine - set(sessions["session_id"])
    kept = [row for row in people or rows if row["session_id"] not in left_out]
    raw = pd.DataFrame(kept, columns=list(RATINGS))
    return pd.DataFrame({name: typed(raw[name], column) for name, column in RATINGS.items()})


def _of_study(store: Store, name: str, *, many: bool) -> Iterator[dict[str, Any]]:
    for session_id, events in store.logs(name):
        try:
            yield from rating_rows(events, f"{name}/" if many else "")
        except IllegalEvent as error:
            raise StoreError(f"session {session_id}: its log breaks the rules ({error}); restore a backup") from error


def rating_rows(events: tuple[Event, ...], prefix: str = "") -> Iterator[dict[str, Any]]:
    """Yield the rows of one rater's log, by place. Of an item that was judged anew only the latest answer counts.

    Raises: IllegalEvent: the log breaks the rules.
    """
    state = fold(events)
    if state.opened is None or state.allotted is None:
        return
    before = {after.seq: event.at for event, after in pairwise(events)}
    for place, rating in sorted(state.rated.items()):
        shown = state.shown[place - 1]
        common = {
            **_about(state, shown, place, rating),
            "seconds": max(0.0, (rating.at - before[rating.seq]).total_seconds()),
            "rated_at": rating.at,
        }
        for question, asked in state.allotted.questions.items():
            if question in rating.answers:
                answer = rating.answers[question]
                right = shown.right.get(question)
                passed = None if right is None else int(is_right(answer, right))
                for row in _values(shown, asked["kind"], answer):
                    yield {**common, **row, "question": prefix + question, "kind": asked["kind"], "passed": passed}


def _about(state: RatingState, shown: Shown, place: int, rating: ItemRated) -> dict[str, Any]:
    assert state.opened is not None
    attempts = [picture.attempt for picture in shown.pictures]
    return {
        "rater_id": state.opened.worker_id,
        "simulated": state.opened.worker_id.startswith(SIMULATED),
        "rating_study": state.opened.study,
        "rating_session": state.opened.session_id,
        "item": shown.item,
        "session_id": shown.session_id,
        "arm": shown.arm,
        "target_id": shown.target_id,
        "attempts": "+".join(map(str, sorted(attempts))),
        "shown": "+".join(map(str, attempts)),
        "attempt": attempts[0] if len(attempts) == 1 and attempts[0] else None,
        "is_check": shown.is_check,
        "place": place,
        "seq": rating.seq,
    }


def _values(shown: Shown, kind: str, answer: Any) -> Iterator[Mapping[str, Any]]:
    """Yield what an answer says, as numbers: of a ranking a row for each image, of all else one."""
    match kind:
        case "closer":
            last = max(picture.attempt for picture in shown.pictures)
            yield {"value": 0.5 if answer == SAME else float(answer == last)}
        case "ranking" if shown.is_check:
            yield {"value": float(len(answer) - 1 - answer.index(0)) if 0 in answer else None}
        case "ranking":
            for rank, attempt in enumerate(answer):
                item = item_id(shown.session_id, [attempt])
                yield {"value": float(len(answer) - 1 - rank), "attempt": attempt, "item": item}
        case _:
            yield {"value": float(answer)}
