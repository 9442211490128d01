"""What follows for a worker whose session is over: the next task by the same link, or a word for whom there is none."""

from collections.abc import Callable


class Onward:
    """Asks once. next_is_due: whether the same link gives another task; None: it does not. dismissed: asked where it
    does not, what they read who may begin no other one. record: keeps an error, and the page ends as usual.
    """

    def __init__(
        self,
        next_is_due: Callable[[], bool] | None,
        dismissed: Callable[[], str] | None,
        record: Callable[[BaseException], str],
    ) -> None:
        self._next_is_due, self._dismissed, self._record = next_is_due, dismissed, record
        self._found: tuple[bool, str] | None = None

    def stop(self) -> None:
        """Nothing follows: the panel that sent the worker is told of this end."""
        self._found = False, ""

    def look(self, *, finished: bool) -> tuple[bool, str]:
        """Return whether there is a next task, and what the worker reads who may begin no other ("": they may)."""
        if not finished:
            return False, ""
        if self._found is None:
            try:
                due = self._next_is_due is not None and self._next_is_due()
                self._found = due, "" if due or self._dismissed is None else self._dismissed()
            except Exception as error:  # they can open their link again
                self._record(error)
                self._found = False, ""
        return self._found
