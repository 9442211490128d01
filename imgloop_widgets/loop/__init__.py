"""The rules of the loop, pure: no clock, no chance, no input or output.

                 SubmitPrompt                 ReportImage                Score (last, perfect, Exit …)
    PROMPTING ───────────────▶ GENERATING ───────────────▶ SCORING ───────────────▶ FINISHED
        ▲                        │        ▲                    │
        └── ReportFailure, Cancel ┘        └──── Score + prompt ┘

What stands before and after it are steps, in the order of the session's plan:

    ASKING ── SubmitStep ──▶ the next step (ASKING, PRACTISING, the loop) ──▶ … ──▶ FINISHED
    PRACTISING: the loop with one attempt that does not count

`decide(rules, state, command, now)` returns the events a command leads to, or raises `Refused` and nothing has
changed. `apply(state, event)` returns the next state. `fold(events)` applies all of them to the empty state.
`pending(state)` is the image that is owed, if any. The laws, each a property test:

1. A state is a fold over the session's own events and of nothing else.
2. An attempt is an image shown. Refused, repeated, cancelled and failed requests cost none.
3. Attempt k is one record: prompt k, image k, score k.
4. A command names the state it acts on (`seq`, the number of events it has seen); any other is refused as stale.
5. A finished session never changes.
   What the researcher does meanwhile (`steering`) makes no command stale.
6. At `auto_submit_at` the work so far is submitted, whatever command comes; what was sent with it is kept.
7. Practice is no attempt, and what is answered before and after the loop leaves the loop as it is.
8. While the study is paused the time stands still and no image is begun; after it a worker has as much time as before.
9. Where no image can be made for anybody any more (`quota`), or too many prompts were refused, the session ends with
   the work so far.
"""

from imgloop_widgets.loop.commands import (
    Cancel,
    Command,
    Decline,
    Exit,
    Expire,
    ReportFailure,
    ReportImage,
    Score,
    SubmitPrompt,
    SubmitStep,
)
from imgloop_widgets.loop.controls import Controls, Scale
from imgloop_widgets.loop.decide import PAUSED, STALE, decide, practice_rules
from imgloop_widgets.loop.rules import (
    PROMPT,
    SCORE,
    Duplicates,
    Rules,
    attempts_left,
    band,
    check_prompt,
    check_score,
    ends_with,
    refusals_left,
)
from imgloop_widgets.loop.state import (
    EMPTY,
    NEXT,
    Attempt,
    IllegalEvent,
    Phase,
    State,
    apply,
    best,
    fold,
    is_over,
    pending,
    seconds_left,
)
from imgloop_widgets.loop.steps import ONLY_TASK, OnFail, StepKind, StepRule, is_right

__all__ = [
    "EMPTY",
    "NEXT",
    "ONLY_TASK",
    "PAUSED",
    "PROMPT",
    "SCORE",
    "STALE",
    "Attempt",
    "Cancel",
    "Command",
    "Controls",
    "Decline",
    "Duplicates",
    "Exit",
    "Expire",
    "IllegalEvent",
    "OnFail",
    "Phase",
    "ReportFailure",
    "ReportImage",
    "Rules",
    "Scale",
    "Score",
    "State",
    "StepKind",
    "StepRule",
    "SubmitPrompt",
    "SubmitStep",
    "apply",
    "attempts_left",
    "band",
    "best",
    "check_prompt",
    "check_score",
    "decide",
    "ends_with",
    "fold",
    "is_over",
    "is_right",
    "pending",
    "practice_rules",
    "refusals_left",
    "seconds_left",
]
