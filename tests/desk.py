"""Where workers come: allots and keeps the units, as the store does, with a clock that is moved by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from imgloop_widgets.assignment import Comer, Given, Nothing, Resume, Unit, allot, settled
from imgloop_widgets.plans import Condition, Plan

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
LIMIT = timedelta(minutes=30)


class Desk:
    """Where workers come: allots and keeps the units, as the store does."""

    def __init__(self, arms: str | tuple[Condition, ...] = "a", targets: str = "p", **more: Any) -> None:
        made = arms if isinstance(arms, tuple) else tuple(Condition(name=name) for name in arms)
        self.plan = Plan(study="s", seed=3, targets=tuple(targets), arms=made, **more)
        self.units: list[Unit] = []
        self.now = T0

    def come(self, worker: str, unit: int | None = None, **more: Any) -> Unit | str:
        """Return the unit that the worker is at; or why there is none."""
        after, answer = allot(self.plan, self.units, Comer(worker_id=worker, unit=unit, **more), self.now)
        self.units = list(after)
        match answer:
            case Nothing():
                return answer.why
            case Resume():
                return answer.unit
            case Given():
                slot = answer.slot
                self.units.append(
                    Unit(
                        session_id=f"{worker}/{slot.unit}",
                        worker_id=worker,
                        unit=slot.unit,
                        target_id=slot.target_id,
                        arm=slot.arm,
                        form_version=slot.form_version,
                        position=answer.position,
                        given_at=self.now,
                        seen_at=self.now,
                        stratum=answer.stratum,
                        place=answer.place,
                        turn=answer.turn,
                        until=self.now + LIMIT,
                        state=answer.state,
                    )
                )
                return self.units[-1]
        raise AssertionError

    def given(self, worker: str, unit: int | None = None, **more: Any) -> Unit:
        found = self.come(worker, unit, **more)
        assert isinstance(found, Unit), found
        return found

    def finish(self, unit: Unit, reason: Any = "attempts_used") -> None:
        self.units = [replace(u, finished=reason) if u.session_id == unit.session_id else u for u in self.units]

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def states(self) -> dict[str, str]:
        return {unit.session_id: unit.state for unit in settled(self.plan, self.units, self.now)}
