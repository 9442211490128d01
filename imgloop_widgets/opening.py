"""A study ready to be played: its files loaded, its store open. `enter` opens or resumes a worker's session.

study = OpenStudy.load("notebooks/look_alike")
runner = study.enter(Identity(worker_id="ana"))            # the unit that is due; the arm by chance
runner = study.enter(Identity(worker_id="ana", unit=1))    # this one
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from imgloop_widgets.arms import Brought, ReadyArm, arm_problems, form_problems, load_forms, ready_arms
from imgloop_widgets.assignment import Comer, Given, Nothing, Unit, Why, allot, is_due
from imgloop_widgets.decisions import code_of
from imgloop_widgets.entrance import check_entrance, missing_of, nothing_for
from imgloop_widgets.errors import ConfigurationError, Conflict, Problem, Refused, TurnedAway
from imgloop_widgets.events import Event, SessionOpened
from imgloop_widgets.forms import FormFile
from imgloop_widgets.generators.contract import Generator, Reviser
from imgloop_widgets.giving import ENOUGH, MEANT, TOLD, plan_of, plan_problems, shared_targets
from imgloop_widgets.gold_units import gold_part, gold_problems, gold_rules
from imgloop_widgets.identity import Identity
from imgloop_widgets.library import Library, Target, load_library
from imgloop_widgets.loop import Expire, decide, fold, is_over
from imgloop_widgets.panels import panel_problems
from imgloop_widgets.part import Part
from imgloop_widgets.plans import Plan
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.runner import STORING_S, Runner, utc_now
from imgloop_widgets.stage import gold_grants
from imgloop_widgets.steps import StepForms, check_plan, load_steps, step_parts, steps_of
from imgloop_widgets.store import Store, open_results
from imgloop_widgets.study import Study, load_study

log = logging.getLogger("imgloop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a study is made of. forms: path → form, of all arms. steps: name → form, of what is before and after."""

    study: Study
    library: Library
    forms: Mapping[Path, FormFile]
    steps: StepForms = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """sha256 (hex) over the study file and all files of its forms."""
        forms = b"".join(form.digest() for form in (*self.forms.values(), *self.steps.values()))
        return hashlib.sha256(self.study.digest.encode() + forms).hexdigest()

    @property
    def plan(self) -> Plan:
        """Who is given what."""
        versions = {arm.name: len(self.forms[self.study.form_of(arm.name)].versions) for arm in self.study.arms}
        return plan_of(self.study, shared_targets(self.study, [t.id for t in self.library.targets]), versions)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets of all arms, each once: those that arms share first, in the order of the units."""
        plan = self.plan
        ids = dict.fromkeys((*plan.targets, *(name for arm in plan.arms for name in arm.targets)))
        return tuple(self.library.target(i) for i in ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStudy:
    """study_hash: sha256 (hex) over the study file and all files of its forms; recorded in every session.

    arms: name → arm, in the order of the file. targets: of all arms, each once. plan: who is given what. steps:
    name → form, of what stands before and after the loop. said: the sessions of which the log was told something.
    """

    study: Study
    library: Library
    targets: tuple[Target, ...]
    arms: Mapping[str, ReadyArm]
    store: Store
    study_hash: str
    plan: Plan
    steps: StepForms = field(default_factory=dict)
    said: set[str] = field(default_factory=set, compare=False, repr=False)

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        generate: Generator | None = None,
        revise: Reviser | None = None,
        scorer: Callable[..., float] | None = None,
        store: Store | None = None,
        verify: bool = False,
    ) -> "OpenStudy":
        """Load a study and open its store.

        generate: the researcher's own callback; it goes before the generators that the study file names. revise:
        rewrites prompts before they are sent, and goes before the arms'. scorer: measures each image,
        `(image, target) → number`, as `scorers.as_scorer` takes it; it goes before the arms', and is shown where
        theirs would be. store: None: the study's own, under its results folder. verify: also read every image and
        compare its hash (slow; `imgloop check` does).

        Raises:
            ConfigurationError: every mistake in the study file, the forms and targets.toml.
            StoreError: the store can't be opened.
        """
        files = load_files(path, verify=verify)
        brought = Brought(generate=generate, revise=revise, scorer=scorer)
        arms = ready_arms(files.study, files.library, files.forms, brought)
        return cls(
            study=files.study,
            library=files.library,
            targets=files.targets,
            arms={arm.name: arm for arm in arms},
            store=open_results(files.study.results) if store is None else store,
            study_hash=files.digest,
            plan=files.plan,
            steps=files.steps,
        )

    @property
    def units(self) -> int:
        """How many units there are, numbered from 1."""
        return self.plan.units

    @property
    def stays_s(self) -> float:
        """Seconds that a process may stay for an image that is being paid for when it is told to end."""
        paid = [arm.terms.timeout_s + STORING_S for arm in self.arms.values() if not arm.terms.free]
        return max(paid, default=0.0)

    @property
    def instruction(self) -> str:
        """The instruction of the first arm, HTML: for somebody who only looks."""
        arm = next(iter(self.arms.values()))
        return arm.part(self.targets[0], 0).form.instruction or ""

    def arm(self, name: str) -> ReadyArm:
        """Return the arm of this name. Raises: ConfigurationError: the study file has it no more."""
        self.study.arm(name)
        return self.arms[name]

    def enter(
        self,
        identity: Identity,
        *,
        answer: str = "",
        begins: bool = True,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], object] | None = None,
    ) -> Runner:
        """Open the session of this worker and unit, or go on with it.

        Without a unit: the one that the worker is at, else the next that is due for them, else their last one, which is
        over. answer: to the question `stratify_by`, as far as it is known. begins: False: nothing new is opened.
        clock, pause: see `Runner`.

        Raises:
            Refused: there is no such unit.
            TurnedAway: there is none at the moment; or the session is not begun, and the study is paused or not for
                this worker.
            ConfigurationError: the target or the arm of a session under way was exchanged or removed; or an arm lacks
                what the notebook must bring.
            StoreError: the session can't be read or written.
        """
        for arm in self.arms.values():
            arm.check_complete()
        now = clock()
        asks = self._comer(identity, answer, may_begin=False, only_asks=True)
        _, looked = allot(self.plan, self._units(identity.worker_id, now), asks, now)  # nobody waits for this look
        found = None if _is_new(looked) else self._allotted(asks, now)
        if found is None or _is_new(found):  # may they begin?
            found = self._begun(identity, answer, now, begins=begins)
        if isinstance(found, Nothing):
            raise self._refusal(identity, found.why, now)
        session_id, events = found
        opened = events[0]
        assert isinstance(opened, SessionOpened)
        part = self.part(opened)
        check_plan(self.study, fold(events), part)
        runner = Runner(part, self.store, session_id, events, clock=clock, pause=pause)
        if runner.part.target.sha256 != opened.target_sha256 and not runner.state.finished:
            what = f"is not the image that session {session_id} began with; restore it, or give the new one a new id"
            raise ConfigurationError([Problem(f"target {opened.target_id!r}", what)])
        return runner

    def has_next(self, worker_id: str, now: datetime) -> bool:
        """Whether a link without a unit would give this worker something new now."""
        may_begin = not self.store.paused(self.study.name) and missing_of(self.study, self.store, worker_id) is None
        return is_due(self.plan, self._units(worker_id, now), Comer(worker_id=worker_id, may_begin=may_begin), now)

    def last_of(self, worker_id: str, now: datetime) -> Unit | None:
        """Return the unit that this worker was given last; None: they had none."""
        return next((unit for unit in reversed(self._units(worker_id, now)) if unit.worker_id == worker_id), None)

    def _units(self, worker_id: str, now: datetime) -> tuple[Unit, ...]:
        return self.store.units(self.plan, now, simulated=worker_id.startswith(SIMULATED))

    def _refusal(self, identity: Identity, why: Why, now: datetime) -> Refused:
        """How a worker is told that they are given nothing."""
        if why == "unknown":
            return Refused(TOLD[why])
        later = why not in ("over", "struck")
        return nothing_for(self.study, self.store, identity, now, why=MEANT[why], text=TOLD[why], later=later)

    def dismissed(self, worker_id: str, now: datetime) -> str:
        """What a worker reads who would be given something new, and may not begin it; "": that is not so."""
        missing = missing_of(self.study, self.store, worker_id)
        if missing is None:
            return ""
        due = is_due(self.plan, self._units(worker_id, now), Comer(worker_id=worker_id), now)
        return (missing.say or ENOUGH) if due else ""

    def part(self, opened: SessionOpened) -> Part:
        """What the session plays with."""
        if opened.form_version is not None:
            version = opened.form_version - 1
        else:  # opened by an earlier version
            version = sum(divmod(int(opened.unit_id) - 1, len(self.plan.targets)))
        part = self.arm(opened.arm).part(self.library.target(opened.target_id), version)
        part = gold_part(self.study, self.library, part, opened)
        return replace(part, steps=step_parts(self.study, self.library, self.steps, part))

    def opening(self, identity: Identity, now: datetime) -> SessionOpened:
        """Return how the session of a unit begins that this worker opens now; nothing is stored."""
        assert identity.unit is not None
        given = Given(slot=self.plan.slot(identity.unit), position=1, state="running")
        return self._opening(identity.worker_id, given, now, self._plan(identity.worker_id))

    def _begun(
        self, identity: Identity, answer: str, now: datetime, *, begins: bool
    ) -> tuple[str, tuple[Event, ...]] | Nothing:
        """Begin something new, or show whoever may not how their last unit ended. Raises: TurnedAway: there is none."""
        refused: Refused | None = None
        if begins and not self.store.paused(self.study.name):
            try:
                check_entrance(self.study, self.store, identity, now)
                return self._allotted(self._comer(identity, answer), now)
            except TurnedAway as error:
                refused = error
        last = self._allotted(self._comer(identity, answer, may_begin=False), now)
        if isinstance(last, Nothing):
            raise refused or self._refusal(identity, "paused" if begins else "over", now)
        return last

    def _comer(self, identity: Identity, answer: str, *, may_begin: bool = True, only_asks: bool = False) -> Comer:
        return Comer(
            worker_id=identity.worker_id,
            unit=identity.unit,
            stratum=answer if answer in self.study.assignment.strata else "",
            may_begin=may_begin,
            only_asks=only_asks,
        )

    def _allotted(self, comer: Comer, now: datetime) -> tuple[str, tuple[Event, ...]] | Nothing:
        # before the transaction, which may hold the only connection there is; nothing is opened where it may not begin
        steps = self._plan(comer.worker_id) if comer.may_begin else ()
        return self.store.allot(self.plan, comer, now, lambda given: self._opening(comer.worker_id, given, now, steps))

    def _opening(
        self, worker_id: str, given: Given, now: datetime, steps: tuple[tuple[str, str], ...]
    ) -> SessionOpened:
        target, arm = self.library.target(given.slot.target_id), self.arms[given.slot.arm]
        unit = given.slot.unit
        unit_id = str(unit) if unit > 0 else f"gold{unit}"
        deadline = now + arm.duration if arm.duration else None
        return SessionOpened(
            seq=0,
            at=now,
            session_id=secrets.token_hex(16),
            study=self.study.name,
            study_hash=self.study_hash,
            worker_id=worker_id,
            unit_id=unit_id,
            arm=arm.name,
            target_id=target.id,
            target_sha256=target.sha256,
            seed=self.study.session_seed(worker_id, unit_id, arm.name, target.id),
            auto_submit_at=deadline - arm.early if deadline else None,
            deadline=deadline,
            steps=steps,
            form_version=given.slot.form_version,
            position=given.position,
            stratum=given.stratum,
            gold=unit < 0,
        )

    def _plan(self, worker_id: str) -> tuple[tuple[str, str], ...]:
        """The steps that this worker has before them; what they were asked once is not asked again."""
        if not self.study.steps:
            return ()
        return steps_of(self.study, self.store.passed_steps(self.study.name, worker_id))

    def expire_overdue(self, now: datetime) -> int:
        """Submit the work so far of every session whose time is over and whose page is closed; return how many.

        One whose arm the study file has no more is left as it is, and the log says so, once.
        """
        count = 0
        for opened in self.store.sessions(self.study.name, finished=False):
            if opened.auto_submit_at is None or now < opened.auto_submit_at:
                continue
            session_id = opened.session_id
            state = fold(self.store.read(session_id))
            if state.finished or not is_over(state, now):  # more time was given, or the study is paused
                continue
            if opened.arm not in self.arms:
                self._say_once(session_id, opened.arm)
                continue
            draft = self.store.draft(session_id)
            values = draft[1] if draft and draft[0] >= state.since else {}
            try:
                rules = gold_rules(self.study, self.arm(opened.arm).rules, opened)
                events = decide(rules, state, Expire(seq=state.seq, draft=values), now)
                self.store.append(session_id, events, gold_grants(opened, events))
                count += 1
            except Conflict:  # the worker's own page was first
                continue
        return count

    def _say_once(self, session_id: str, arm: str) -> None:
        if session_id not in self.said:
            self.said.add(session_id)
            log.warning(
                "session %s is over and can't be submitted: %s has no arm %r; name it so again, or end the session "
                "with imgloop units close %s",
                session_id, self.study.path.name, arm, code_of(session_id),
            )  # fmt: skip


def _is_new(answer: object) -> bool:
    """Whether it is something new that a worker comes for who only asked."""
    return isinstance(answer, Nothing) and answer.why in ("paused", "struck")


def load_files(path: Path | str, *, verify: bool = False) -> Files:
    """Load a study's files: the study file, then all that it names.

    Raises:
        ConfigurationError: every mistake in them; where the study file itself is wrong, its mistakes alone.
    """
    study = load_study(path)
    problems: list[Problem] = []
    library = forms = None
    try:
        library = load_library(study.file(study.about.images), verify=verify)
    except ConfigurationError as error:
        problems += error.problems
    try:
        forms = load_forms(study)
    except ConfigurationError as error:
        problems += error.problems
    if library:
        for place, ids in (
            ("study", study.about.targets),
            *((f"arm[{k}]", a.targets) for k, a in enumerate(study.arms)),
        ):
            for index, target_id in enumerate(ids):
                try:
                    library.target(target_id)
                except ConfigurationError as error:
                    where = f"{study.path.name}: {place}.targets[{index}]"
                    problems += [Problem(where, p.what) for p in error.problems]
    steps: StepForms = {}
    try:
        steps = load_steps(study, library)
    except ConfigurationError as error:
        problems += error.problems
    if library:
        problems += plan_problems(study, [target.id for target in library.targets])
    problems += arm_problems(study, library, verify=verify)
    problems += panel_problems(study.path.name, study.about.access, study.panel)
    if forms:
        problems += form_problems(study, forms)
    problems += gold_problems(study, library, forms or {})
    if problems or not library or not forms:
        raise ConfigurationError(problems)
    return Files(study=study, library=library, forms=forms, steps=steps)
