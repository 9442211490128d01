"""The pictures that a reviewer's page draws: plain JSON values. Moments are seconds since 1970, UTC."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from imgloop_widgets.decisions import UNREVIEWED, VERDICTS, Standing, code_of
from imgloop_widgets.events import StepSubmitted
from imgloop_widgets.loop import State, fold
from imgloop_widgets.reviewing import SIGNALS, SORTS, Choice, Desk, Histogram, Labels, Unit, Work, histograms, timeline
from imgloop_widgets.reviewing.choosing import STANDS
from imgloop_widgets.rows import attempt_rows
from imgloop_widgets.signals import SIGNALS as NOTED
from imgloop_widgets.signals import Noted
from imgloop_widgets.widgets.monitor_view import ENDED

PAGE = 25
"""Units that the page lists at once."""

MOST_OTHERS = 24
"""Other units of a worker that are shown beside one."""

OPINION = "opinion"
"""The kind of the step that asks what a worker thinks of the task."""

GIVEN_BY_RULES = ("strikes.", "gold_passed.", "gold_failed.")
"""How the names of qualifications begin that follow from what a worker did."""


def list_json(
    desk: Desk, choice: Choice, found: Sequence[Work], page: int, labels: Labels, title: str, currency: str
) -> dict[str, Any]:
    """Return what the page draws of all units. found: those that are chosen. page: of them, 0-based."""
    works = list(desk.works.values())
    verdicts = [desk.standing(work.session_id).verdict for work in works]
    scores, answers = histograms(found)
    pages = max(1, -(-len(found) // PAGE))
    page = min(page, pages - 1)
    return {
        "title": title,
        "currency": currency,
        "of_simulated": desk.of_simulated,
        "counts": {
            "units": len(works),
            "reviewed": sum(verdict is not None for verdict in verdicts),
            **{verdict: verdicts.count(verdict) for verdict in VERDICTS},
        },
        "choice": asdict(choice),
        "stands": list(STANDS),
        "sorts": list(SORTS),
        "arms": sorted({work.arm for work in works}),
        "targets": sorted({work.target for work in works}),
        "signals": [[name, says] for name, says in SIGNALS.items() if any(name in work.signals for work in works)],
        "found": len(found),
        "page": page,
        "pages": pages,
        "rows": [
            row_json(work, desk.standing(work.session_id)) for work in found[page * PAGE : (page + 1) * PAGE]
        ],
        "scores": [histogram_json(one, one.name, labels) for one in scores],
        "answers": [histogram_json(one, labels.of(one.name), labels) for one in answers],
    }  # fmt: skip


def row_json(work: Work, standing: Standing = UNREVIEWED) -> dict[str, Any]:
    """Return a unit as a list shows it."""
    return {
        "id": work.session_id,
        "code": code_of(work.session_id),
        "worker": work.worker_id,
        "unit": work.unit,
        "arm": work.arm,
        "target": work.target,
        "gold": work.gold,
        "gold_passed": work.gold_passed,
        "scores": list(work.scores),
        "best": work.best,
        "ended": ENDED[work.reason],
        "at": work.finished_at.timestamp(),
        "duration_s": work.duration_s,
        "signals": dict(work.signals),
        "verdict": standing.verdict,
        "who": standing.decision.who if standing.decision else None,
    }


def histogram_json(one: Histogram, label: str, labels: Labels) -> dict[str, Any]:
    """Return a histogram, its choices by their labels."""
    bars = [[labels.said(one.name, name) if one.what == "values" else name, number] for name, number in one.bars]
    return {"name": label, "what": one.what, "bars": bars, "missing": one.missing}


def unit_json(
    unit: Unit, desk: Desk, labels: Labels, target: Mapping[str, Any] | None, order: Sequence[str]
) -> dict[str, Any]:
    """Return what the page draws of one unit. target: its image. order: the units among which one goes on and back."""
    work, state = unit.work, fold(unit.events)
    assert state.opened is not None
    place = order.index(work.session_id) if work.session_id in order else None
    steps = [_step(one, labels) for one in state.submitted]
    form = [_answer(name, value, labels) for name, value in (state.answers or {}).items()]
    return {
        **row_json(work, unit.standing),
        "opened": state.opened.at.timestamp(),
        "target_image": target,
        "attempts": _attempts(unit, state),
        "form": form,
        "steps": [one for one in steps if one["kind"] != OPINION],
        "opinion": [one for one in steps if one["kind"] == OPINION],
        "files": [{"type": one.type, "size": one.size} for one in unit.uploads.values()],
        "told": [[SIGNALS[name], number] for name, number in work.signals.items()],
        "noted": noted_totals(unit.noted),
        "timeline": [asdict(one) | {"at": one.at.timestamp()} for one in timeline(unit.events, unit.standing.rows)],
        "version": unit.standing.version,
        "decision": decision_json(unit.standing),
        "latest": _row(unit.standing.rows[-1]) if unit.standing.rows else None,
        "has": [[name, value] for name, value in unit.has.items()],
        "by_rules": [name for name in unit.has if name.startswith(GIVEN_BY_RULES)],
        "others": [
            row_json(one, desk.standing(one.session_id))
            | {"before": one.opened_at < work.opened_at, "image": f"i-{one.images[-1]}" if one.images else None}
            for one in unit.others[:MOST_OTHERS]
        ],
        "more_others": max(0, len(unit.others) - MOST_OTHERS),
        "following": [
            {"id": one.session_id, "code": code_of(one.session_id), "version": desk.standing(one.session_id).version}
            for one in desk.following(work.session_id)
        ],
        "place": None if place is None else place + 1,
        "of": len(order),
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place is not None and place + 1 < len(order) else None,
        "unreviewed": _unreviewed(desk, order, place),
    }


def decision_json(standing: Standing) -> dict[str, Any] | None:
    """Return the decision that counts; None: the unit is not reviewed."""
    return _row(standing.decision) if standing.decision else None


def noted_totals(noted: Iterable[Noted]) -> list[list[Any]]:
    """Return (meaning, total) of what the unit's pages have noted, all phases together; what is 0 is left out."""
    totals: dict[str, float] = defaultdict(float)
    for one in noted:
        for name, value in one.values.items():
            totals[name] += value
    return [[NOTED[name].meaning, round(totals[name], 1)] for name in NOTED if totals.get(name)]


def images_of(unit: Unit) -> set[str]:
    """Return the sha256 of all images that a reviewer may see with a unit."""
    attempts = fold(unit.events).attempts
    own = {image.image_sha256 for attempt in attempts for image in attempt.images}
    return own | {work.images[-1] for work in unit.others[:MOST_OTHERS] if work.images}


def _row(row: Any) -> dict[str, Any]:
    return {
        "act": row.act,
        "number": row.number,
        "at": row.at.timestamp(),
        "who": row.who,
        "what": row.what,
        "note": row.note,
        "message": row.message,
        "bonus": f"{row.bonus:.2f}" if row.bonus else "",
    }


def _attempts(unit: Unit, state: State) -> list[dict[str, Any]]:
    measured: dict[int, list[list[Any]]] = defaultdict(list)
    for metric in unit.metrics:
        measured[metric.attempt].append([metric.metric, metric.value])
    rows = attempt_rows(state)
    return [
        {
            "number": attempt.number,
            "prompt": attempt.prompt.prompt,
            "controls": {name: str(value) for name, value in attempt.prompt.controls.items()},
            "score": attempt.score,
            "write_s": row["write_s"],
            "wait_s": row["wait_s"],
            "judge_s": row["judge_s"],
            "metrics": measured[attempt.number],
            "made_by": attempt.image.model or attempt.image.generator,
            "sent_prompt": attempt.image.sent_prompt or attempt.image.revised_prompt,
            "images": [
                {
                    "image": f"i-{image.image_sha256}",
                    "alt": f"Image {attempt.number} for: {attempt.prompt.prompt}",
                    "width": image.width,
                    "height": image.height,
                    "picked": attempt.picked is not None and attempt.picked.place == image.place,
                }
                for image in attempt.images
            ],
        }
        for attempt, row in zip(state.attempts, rows, strict=True)
    ]


def _step(one: StepSubmitted, labels: Labels) -> dict[str, Any]:
    return {
        "name": one.step,
        "kind": one.step_kind,
        "tries": one.tries,
        "passed": one.passed,
        "answers": [_answer(name, value, labels) | {"wrong": name in one.wrong} for name, value in one.answers.items()],
    }


def _answer(name: str, value: Any, labels: Labels) -> dict[str, Any]:
    empty = value in (None, "", [], {})
    return {"name": name, "label": labels.of(name), "value": "" if empty else labels.said(name, value)}


def _unreviewed(desk: Desk, order: Sequence[str], place: int | None) -> str | None:
    """Return the next unit that is not reviewed: behind this one, else from the first on."""
    if place is None:
        return None
    rest = (*order[place + 1 :], *order[:place])
    return next((name for name in rest if desk.standing(name).decision is None), None)
