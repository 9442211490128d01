"""The rules of the loop, pure: no clock, no chance, no input or output.

                 SubmitPrompt                 ReportImage                Score (last, perfect, Exit …)
    PROMPTING ───────────────▶ GENERATING ───────────────▶ SCORING ───────────────▶ FINISHED
        ▲                        │        ▲                    │
        └── ReportFailure, Cancel ┘        └──── Score + prompt ┘

Where an arm asks for several images of a prompt, GENERATING lasts until each of them has come or failed; SCORING then
takes the choice of one of them with the score (`ImagePicked`, `AttemptScored`). Where no score is asked for, the worker
goes on with `AttemptViewed`.

What stands before and after it are steps, in the order of the session's plan:

    ASKING ── SubmitStep ──▶ the next step (ASKING, PRACTISING, the loop) ──▶ … ──▶ FINISHED
    PRACTISING: the loop with one attempt that does not count

`decide(rules, state, command, now)` returns the events a command leads to, or raises `Refused` and nothing has
changed. `apply(state, event)` returns the next state. `fold(events)` applies all of them to the empty state.
`pending(state)` is the image that is owed, if any. The laws, each a property test:

1. A state is a fold over the session's own events and of nothing else.
2. An attempt is an image shown, or several of one prompt. Refused, repeated, cancelled and failed requests cost none.
3. Attempt k is one record: prompt k, image k, score k. Its image is one that came, the one that was picked if any.
4. A command names the state it acts on (`seq`, the number of events it has seen); any other is refused as stale.
5. A finished session never changes.
   What the researcher does meanwhile (`steering`) makes no command stale.
6. At `auto_submit_at` the work so far is submitted, whatever command comes; what was sent with it is kept.
7. Practice is no attempt, and what is answered before and after the loop leaves the loop as it is.
8. Of a gold unit its end says what was wrong, and nothing else is other in it.
9. While the study is paused the time stands still and no image is begun; after it a worker has as much time as before.
10. Where no image can be made for anybody any more (`quota`), or too many prompts were refused, the session ends with
   the work so far.
11. Of several images each is owed once: it comes or fails. What came is kept, whatever became of the others.
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
from imgloop_widgets.loop.known import WHICH, Known, Which, can_judge, says, wrong_in
from imgloop_widgets.loop.rules import (
    PICK,
    PROMPT,
    SCORE,
    Duplicates,
    Rules,
    Steer,
    attempts_left,
    band,
    check_prompt,
    check_score,
    ends_with,
    is_enough,
    perfect_now,
    refusals_left,
    writes,
)
from imgloop_widgets.loop.sets import image_key, image_seed
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
    owed,
    pending,
    seconds_left,
)
from imgloop_widgets.loop.steps import ONLY_TASK, OnFail, StepKind, StepRule, is_right

__all__ = [
    "EMPTY",
    "NEXT",
    "ONLY_TASK",
    "PAUSED",
    "PICK",
    "PROMPT",
    "SCORE",
    "STALE",
    "WHICH",
    "Attempt",
    "Cancel",
    "Command",
    "Controls",
    "Decline",
    "Duplicates",
    "Exit",
    "Expire",
    "IllegalEvent",
    "Known",
    "OnFail",
    "Phase",
    "ReportFailure",
    "ReportImage",
    "Rules",
    "Scale",
    "Score",
    "State",
    "Steer",
    "StepKind",
    "StepRule",
    "SubmitPrompt",
    "SubmitStep",
    "Which",
    "apply",
    "attempts_left",
    "band",
    "best",
    "can_judge",
    "check_prompt",
    "check_score",
    "decide",
    "ends_with",
    "fold",
    "image_key",
    "image_seed",
    "is_enough",
    "is_over",
    "is_right",
    "owed",
    "pending",
    "perfect_now",
    "practice_rules",
    "refusals_left",
    "says",
    "seconds_left",
    "writes",
    "wrong_in",
]
