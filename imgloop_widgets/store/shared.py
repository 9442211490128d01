"""What generations share, as methods of the store; see `gates` and `generations`."""

from datetime import datetime

from imgloop_widgets.events import Generation
from imgloop_widgets.store import gates, generations
from imgloop_widgets.store.gates import Gate, Limits, Pause, Turn
from imgloop_widgets.store.transactions import Transactions


class SharedByGenerations(Transactions):
    """What was made already, whose turn it is, what it costs, and whether the study is paused."""

    def generation(self, idempotency_key: str) -> Generation | None:
        """Return what was made under this key already; None: nothing."""
        with self._transaction("look for a generation") as connection:
            return generations.by_key(connection, idempotency_key)

    def cached_generation(self, recipe: str) -> Generation | None:
        """Return the first that was made by this recipe; None: there is none. recipe: see `generators.generating`."""
        with self._transaction("look for a generation") as connection:
            return generations.by_recipe(connection, recipe)

    def keep_generation(
        self, idempotency_key: str, recipe: str, session_id: str | None, at: datetime, generation: Generation
    ) -> None:
        """Keep what was made before anything else is done with it; a second one under the key is dropped."""
        with self._transaction("keep a generation", writes=True) as connection:
            generations.keep(connection, idempotency_key, recipe, session_id, at, generation)

    def ask_turn(self, study: str, call_id: str, worker_id: str, limits: Limits, now: datetime, lease_s: float) -> Turn:
        """Ask for the turn of a call; whoever must wait asks again before the lease is over, and keeps the place.

        call_id: random, of one call. worker_id: between whom it is fair.
        """
        with self._transaction(f"ask for a turn in study {study}", writes=True) as connection:
            return gates.ask(connection, study, call_id, worker_id, limits, now, lease_s)

    def renew_turn(self, call_id: str, now: datetime, lease_s: float) -> None:
        """Keep the turn of a call that goes on."""
        with self._transaction("renew a turn", writes=True) as connection:
            gates.renew(connection, call_id, now, lease_s)

    def end_turn(self, study: str, call_id: str, *, reserved: float, cost: float) -> None:
        """Free the turn of a call that has begun, once. reserved: its price; cost: what it did cost, US dollars."""
        with self._transaction(f"end a turn in study {study}", writes=True) as connection:
            gates.end(connection, study, call_id, reserved, cost)

    def leave_queue(self, call_id: str) -> None:
        """Wait no longer for a turn; nothing happens where the call has begun."""
        with self._transaction("leave the queue", writes=True) as connection:
            gates.leave(connection, call_id)

    def gate(self, study: str, now: datetime) -> Gate:
        """Return how the study's generations stand: money, calls, pause."""
        with self._transaction(f"look at the generations of study {study}") as connection:
            return gates.read(connection, study, now)

    def paused(self, study: str) -> Pause | None:
        """Return the study's pause; None: it goes on."""
        with self._transaction(f"look at the generations of study {study}") as connection:
            return gates.paused(connection, study)

    def pause(self, study: str, at: datetime, why: str) -> None:
        """Stop new generations of the study for everybody, for no more can be made: for its researcher there is `hold`.

        why: for the researcher; the first reason stays.
        """
        with self._transaction(f"pause study {study}", writes=True) as connection:
            gates.pause(connection, study, at, why)

    def resume(self, study: str) -> Pause | None:
        """Let the study's generations go on; return the pause that was, None: there was none. See also `go_on`."""
        with self._transaction(f"resume study {study}", writes=True) as connection:
            return gates.resume(connection, study)
