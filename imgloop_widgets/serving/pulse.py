"""Whether the server answers a page's ping in its kernel's place.

A page asks every two seconds whether its kernel is there. To wake hundreds of kernels for that is the greatest work of
a server that nobody works at. So the server answers, for a kernel of which it knows no worse than the page would:

- this widget's own last ping was answered by the kernel, `VOUCHED_S` ago at most; and
- the kernel has done all that this page has sent it.

All other pings go to the kernel, and it alone answers them. So a kernel that hangs is noticed as before once something
is asked of it, and else within `VOUCHED_S`; and a widget that answers no pings is never answered for.
"""

from imgloop_widgets.serving.frames import Message

VOUCHED_S = 20.0
"""Seconds for which the kernel's own answer stands. A kernel's answer also tells the time that is left."""

MOST_WIDGETS = 32
"""Of one page, whose pings are followed; a page has one."""


class Pulse:
    """What one page's connection knows of its kernel. Times are of one clock that never goes back."""

    def __init__(self) -> None:
        self._pinged: dict[str, str] = {}
        self._answered: dict[str, float] = {}
        self._under_way: str | None = None

    def vouches(self, comm: str, now: float) -> bool:
        """Whether the server may answer a ping of this comm."""
        answered = self._answered.get(comm)
        return answered is not None and now < answered + VOUCHED_S and self._under_way is None

    def passed_on(self, message: Message) -> None:
        """Note that the kernel was sent this. It does one message after the other, so the last one tells of all."""
        self._under_way = message.id
        if message.is_ping and (message.comm in self._pinged or len(self._pinged) < MOST_WIDGETS):
            self._pinged[message.comm] = message.id

    def ponged(self, comm: str, answers: str, now: float) -> None:
        """Note a pong of the kernel's. answers: the id of the message that it answers."""
        if self._pinged.get(comm) == answers:
            self._answered[comm] = now

    def done(self, answers: str) -> None:
        """Note that the kernel has done a message, by its id."""
        if self._under_way == answers:
            self._under_way = None
