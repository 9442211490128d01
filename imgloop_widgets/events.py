"""What happened in a session: the only truth of this package.

A session is a list of these records, in the order of `seq` (0, 1, 2, …; unique within a session: the lock
against a double submission). Everything else (state, page, frame, report) is computed from them.

    SessionOpened  FormSubmitted  PromptSubmitted  ImageGenerated  GenerationFailed  AttemptScored  SessionFinished
    ImagePicked  AttemptViewed
    StepSubmitted  LoopFinished   PracticeSubmitted  PracticeGenerated  PracticeFailed  PracticeScored
    PracticePicked PracticeViewed
    SessionPaused  SessionResumed  DeadlineExtended

The second line is of arms that ask for more than one image of a prompt, or for no score. What follows is of what stands
before and after the loop. What was done for practice has kinds of its own, so that whoever counts attempts, images or
scores can't count it by mistake. The last line is what a researcher has done to the session; who and why stands in
`store.steered`.

A rater's session is such a list too, with kinds of its own between the first and the last:

    SessionOpened  ItemsAllotted  ItemRated  ItemSkipped  SessionFinished

`to_record` and `from_record` turn an event into plain JSON values and back; what was written by an older
version must stay readable for ever (tests/unit/data/ keeps an old log).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, get_args

from imgloop_widgets.errors import Failure, StoreError
from imgloop_widgets.event_fields import as_json, values_of

Reason = Literal[
    "perfect", "attempts_used", "stopped", "exited", "expired", "withdrawn", "failed", "no_consent", "screened_out",
    "closed", "returned",
]  # fmt: skip
"""Why a session is finished. What came after the loop does not change for which reason the loop was over.

stopped: after as many attempts as are asked for at least, by the worker or as the time was over; exited, expired:
the same before that. closed, returned: a researcher has ended it, and its unit counts or is due again.
"""

REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """An image that was made, and all that is needed to make it again; but for the image, nothing a worker is shown.

    image_sha256: hex, of the stored file. width, height: pixels. generator, version, parameters: of what made it.
    model: its full name, as the service or the file calls it. seed: that was used; None: the prompt's. sent_prompt:
    what was sent instead of the worker's words; None: these. revised_prompt: what the service made of it. request_id:
    of the call at the service. duration_s: seconds of that call, ≥ 0. cost: US dollars, of that call. flags: of a
    safety filter. calls: how many were made, the failed ones too; 0: it was taken from the cache. None where it is not
    known, as in logs of earlier versions.
    """

    image_sha256: str
    width: int
    height: int
    generator: str
    version: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    seed: int | None = None
    sent_prompt: str | None = None
    revised_prompt: str | None = None
    request_id: str | None = None
    duration_s: float | None = None
    cost: float | None = None
    flags: tuple[str, ...] = ()
    calls: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """seq: position in the session's log, 0-based. at: when it was stored, UTC."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(Event):
    """A worker opened their unit for the first time; all that was allotted to them is decided here.

    session_id: random, 32 hex digits. study_hash: sha256 (hex) over the study file and its form. seed: 0 to
    2**31 - 1, all chance of the session comes from it. auto_submit_at: when the work so far is submitted; None: no
    limit. deadline: when the unit expires. steps: (name, kind) of what stands before and after the loop, and of the
    loop itself, in their order; empty: there is nothing but the loop. form_version: of the arm's form, 1-based.
    position: which of the worker's units it is, 1-based. stratum: within which the arm was drawn; "": none. None: not
    known, as in logs of earlier versions. gold: whether it is a unit with known answers, which never counts.
    """

    session_id: str
    study: str
    study_hash: str
    worker_id: str
    unit_id: str
    arm: str
    target_id: str
    target_sha256: str
    seed: int
    auto_submit_at: datetime | None = None
    deadline: datetime | None = None
    steps: tuple[tuple[str, str], ...] = ()
    form_version: int | None = None
    position: int | None = None
    stratum: str | None = None
    gold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmitted(Event):
    """The form's fields that are not part of the loop. answers: name of field → value."""

    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSubmitted(Event):
    """A prompt was accepted and its image is owed. attempt: 1-based. seed: of the generation.

    idempotency_key: the same for every try to make this very image, so that a service can tell a repeat. controls: what
    else the worker has set, by name (`loop.controls`). images: how many are owed; seed and key are the first one's,
    those of the others follow from them (`loop.sets`). variation_of: sha256 (hex) of the image that was picked instead
    of writing, whose variations are owed; the words are the same as before. None: the words were written.
    """

    attempt: int
    prompt: str
    seed: int
    idempotency_key: str
    controls: Mapping[str, Any] = field(default_factory=dict)
    images: int = 1
    variation_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageGenerated(Event):
    """The image of an attempt is there: the attempt counts from now on.

    wait_s: seconds from prompt to image, ≥ 0. place: which of the prompt's images, 1-based; they come in any order.
    The other fields are those of `Generation`.
    """

    attempt: int
    image_sha256: str
    width: int
    height: int
    wait_s: float
    generator: str
    version: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    seed: int | None = None
    sent_prompt: str | None = None
    revised_prompt: str | None = None
    request_id: str | None = None
    duration_s: float | None = None
    cost: float | None = None
    flags: tuple[str, ...] = ()
    calls: int | None = None
    place: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationFailed(Event):
    """No image came. It costs no attempt. incident: number under which the cause is logged; None if there is none.

    place: which of the prompt's images does not come, 1-based; None: all that are still owed.
    """

    attempt: int
    failure: Failure
    wait_s: float
    incident: str | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptScored(Event):
    """The worker's score of the image of this attempt (within the study's scale)."""

    attempt: int
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePicked(Event):
    """Of several images of an attempt the worker chose this one: it is the attempt's from now on. place: 1-based."""

    attempt: int
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptViewed(Event):
    """The worker has gone on from the image of this attempt, for which no score is asked."""

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFinished(Event):
    """The session is over. draft: what stood in the page and was not submitted, name of field → value.

    reason: of a rater's session: attempts_used (everything is rated), exited, expired. wrong: of a gold unit, the
    checks that it does not meet (`loop.known`); empty: it was passed. None: it is no gold, or could not be judged.
    """

    reason: Reason
    draft: Mapping[str, Any] = field(default_factory=dict)
    wrong: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSubmitted(Event):
    """A step before or after the loop was answered. step, step_kind: which; version: of its text, as the file says.

    answers: name of field → value. tries: which try it was, 1-based. passed: whether every answer is right, where there
    are right ones; False too where consent was not given. wrong: fields with another answer than the right one.
    done: whether the session goes on to what comes next; False: it is asked again, or the session ended with it.
    """

    step: str
    step_kind: str
    version: str
    answers: Mapping[str, Any]
    tries: int = 1
    passed: bool = True
    wrong: tuple[str, ...] = ()
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFinished(Event):
    """The loop is over, and steps after it are left. reason, draft: as in `SessionFinished`."""

    reason: Reason
    draft: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeSubmitted(Event):
    """As `PromptSubmitted`, for practice."""

    attempt: int
    prompt: str
    seed: int
    idempotency_key: str
    controls: Mapping[str, Any] = field(default_factory=dict)
    images: int = 1
    variation_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeGenerated(Event):
    """As `ImageGenerated`, for practice: it is no attempt."""

    attempt: int
    image_sha256: str
    width: int
    height: int
    wait_s: float
    generator: str
    version: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    seed: int | None = None
    sent_prompt: str | None = None
    revised_prompt: str | None = None
    request_id: str | None = None
    duration_s: float | None = None
    cost: float | None = None
    flags: tuple[str, ...] = ()
    calls: int | None = None
    place: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeFailed(Event):
    """As `GenerationFailed`, for practice."""

    attempt: int
    failure: Failure
    wait_s: float
    incident: str | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeScored(Event):
    """As `AttemptScored`, for practice: with it the practice is over."""

    attempt: int
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticePicked(Event):
    """As `ImagePicked`, for practice."""

    attempt: int
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeViewed(Event):
    """As `AttemptViewed`, for practice: with it the practice is over."""

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPaused(Event):
    """The researcher has paused the study: the worker's time stands still, and no prompt is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResumed(Event):
    """The study goes on. auto_submit_at, deadline: in place of the opening's, later by as long as it was paused."""

    auto_submit_at: datetime | None = None
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineExtended(Event):
    """The researcher has given more time. auto_submit_at, deadline: in place of the opening's."""

    auto_submit_at: datetime
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsAllotted(Event):
    """What a rater is to judge was decided, all of it, right after the session was opened.

    source: the study whose images are judged. questions: name → what is asked, with its kind. items: in the order in
    which they are shown; `ratings.Shown` says what stands in each.
    """

    source: str
    questions: Mapping[str, Mapping[str, Any]]
    items: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRated(Event):
    """A rater's answers about the item at this place (1-based); a later one about the same place stands for it.

    answers: name of question → answer, in words that don't depend on the order in which images were shown.
    """

    place: int
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSkipped(Event):
    """The item at this place (1-based) could not be shown: an image is gone, as a worker was forgotten."""

    place: int


KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        SessionOpened, FormSubmitted, PromptSubmitted, ImageGenerated, GenerationFailed, AttemptScored,
        SessionFinished, StepSubmitted, LoopFinished, PracticeSubmitted, PracticeGenerated, PracticeFailed,
        PracticeScored, ImagePicked, AttemptViewed, PracticePicked, PracticeViewed, SessionPaused,
        SessionResumed, DeadlineExtended,
    )
}  # fmt: skip


RATING_KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in (ItemsAllotted, ItemRated, ItemSkipped)}
"""Kinds that stand in raters' sessions alone."""

_ALL_KINDS = KINDS | RATING_KINDS


def to_record(event: Event) -> dict[str, Any]:
    """Return the event as JSON values: its kind, and its fields by name."""
    return {"kind": type(event).__name__, **{f.name: as_json(getattr(event, f.name)) for f in fields(event)}}


def from_record(record: Mapping[str, Any]) -> Event:
    """Return the event of a record.

    Raises:
        StoreError: the record is of no known kind, lacks a field, or has a moment that is none.
    """
    name = record.get("kind")
    kind = _ALL_KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise StoreError(f"event {record.get('seq')!r} is of the unknown kind {name!r}; use a newer version")
    return kind(**values_of(kind, record))
