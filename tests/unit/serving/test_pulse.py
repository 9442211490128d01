"""When the server answers a ping itself, as laws over any course of a page's conversation."""

from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.serving.frames import Message
from imgloop_widgets.serving.pulse import MOST_WIDGETS, VOUCHED_S, Pulse


def message(number: int, comm: str, kind: str = "ping") -> Message:
    return Message(id=str(number), kind="comm_msg", comm=comm, method="custom", content={"kind": kind}, parts=())


STEPS = st.lists(
    st.tuples(st.sampled_from(["ping", "hello", "pong", "done", "wait"]), st.sampled_from("ab"), st.integers(0, 9))
)


@given(steps=STEPS)
def test_it_vouches_only_for_what_the_kernel_has_shown(steps: list[tuple[str, str, int]]) -> None:
    """This widget's own ping was answered, not long ago, and nothing is under way."""
    pulse, now, sent, answered = Pulse(), 0.0, [], {"a": float("-inf"), "b": float("-inf")}
    last_ping: dict[str, str] = {}
    for what, comm, amount in steps:
        if what == "wait":
            now += 3.0 * amount
        elif what in ("ping", "hello"):
            one = message(len(sent), comm, what)
            sent.append(one.id)
            pulse.passed_on(one)
            last_ping |= {comm: one.id} if what == "ping" else {}
        elif what == "pong":
            answers = str(len(sent) - 1 - amount)
            pulse.ponged(comm, answers, now)
            answered[comm] = now if last_ping.get(comm) == answers else answered[comm]
        else:
            pulse.done(str(len(sent) - 1 - amount))
        for one_comm, at in answered.items():
            if pulse.vouches(one_comm, now):
                assert now < at + VOUCHED_S


def test_it_does_not_vouch_while_a_message_is_under_way() -> None:
    pulse = Pulse()
    pulse.passed_on(message(1, "a"))
    pulse.ponged("a", "1", 0.0)
    assert not pulse.vouches("a", 0.0)
    pulse.done("1")
    assert pulse.vouches("a", VOUCHED_S - 0.1)
    assert not pulse.vouches("a", VOUCHED_S)
    pulse.passed_on(message(2, "a", "command"))
    pulse.passed_on(message(3, "a", "command"))
    pulse.done("2")
    assert not pulse.vouches("a", 1.0)
    pulse.done("3")
    assert pulse.vouches("a", 1.0)


def test_a_page_that_pings_a_thousand_comms_fills_no_memory() -> None:
    pulse = Pulse()
    for number in range(1000):
        pulse.passed_on(message(number, f"c{number}"))
    assert len(pulse._pinged) == MOST_WIDGETS
