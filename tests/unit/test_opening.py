"""A study from its files to a worker's session: mistakes of all files at once, units, forms, and the end of time."""

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.errors import ConfigurationError, Conflict, Refused
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Exit, Score, SubmitPrompt, fold
from imgloop_widgets.opening import OpenStudy, load_files
from imgloop_widgets.store import open_store

Write = Callable[..., Path]
FORM = json.loads((Path(__file__).parent / "data" / "task_data.json").read_text())
ANSWERS = {"age": "34"}


def mistakes(folder: Path, **more: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        OpenStudy.load(folder, **more)
    return [str(problem) for problem in raised.value.problems]


def versions(count: int) -> Any:
    forms = [copy.deepcopy(FORM[0]) for _ in range(count)]
    for k, version in enumerate(forms):
        version["form"]["title"] = f"Version {k}"
    return forms


def opened(game: Any, folder: Path, **more: Any) -> OpenStudy:
    return OpenStudy.load(folder, generate=game.draw, store=game.store, **more)


def ana(unit: int = 1) -> Identity:
    return Identity(worker_id="ana", unit=unit)


def test_a_study_opens_and_a_session_is_played_to_its_end(quick_game: Any, study_files: Write) -> None:
    runner = opened(quick_game, study_files(loop="max_answer_loops = 1")).enter(ana())
    runner.dispatch(SubmitPrompt(seq=runner.state.seq, prompt="a brown bear", answers=ANSWERS))
    runner.perform_now()
    runner.dispatch(Score(seq=runner.state.seq, score=4))
    assert runner.state.finished is not None and runner.state.finished.reason == "attempts_used"


def test_mistakes_of_form_targets_bands_and_generator_are_told_together(quick_game: Any, study_files: Write) -> None:
    form = copy.deepcopy(FORM)
    form[0]["form"]["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0]["validators"]["reqired"] = True
    folder = study_files(study='targets = ["bear", "dog", "cat"]', form=form, arm='generator = "local_image"')
    file = folder.parent / "images" / "targets.toml"
    file.write_text(file.read_text().replace('alt = "A cub."', 'alt = ""'))
    found = "\n".join(mistakes(folder))
    for part in ("reqired", "alt"):
        assert part in found
    file.write_text(file.read_text().replace('alt = ""', 'alt = "A cub."'))
    found = "\n".join(mistakes(folder))
    for part in ("reqired", "study.targets[1]", "'dog'", "study.targets[2]", "'cat'", "did you mean 'local_images'?"):
        assert part in found
    assert found.count("'dog'") == 1


def test_a_band_without_a_template_in_the_form_is_named_once_for_all_versions(study_files: Write) -> None:
    bands = '[[loop.band]]\nfrom_score = 1\ntemplate = "lo"\n[[loop.band]]\nfrom_score = 5\ntemplate = "high"\n'
    folder = study_files(form=FORM * 3, arm=f'name = "a"\n{bands}')
    assert mistakes(folder) == [
        "study.toml: loop.band[0].template: the form has no dynamic fieldset 'lo'; possible: low, high"
    ]


def test_a_form_without_a_loop_is_refused(study_files: Write) -> None:
    form = copy.deepcopy(FORM)
    del form[0]["form"]["sections"][1]
    assert "requestNextFieldSet" in "\n".join(mistakes(study_files(form=form)))


@pytest.mark.parametrize("missing", ["form.json", "../images/targets.toml"])
def test_a_missing_file_is_told_with_its_name(missing: str, study_files: Write) -> None:
    folder = study_files()
    (folder / missing).unlink()
    assert Path(missing).name in "\n".join(mistakes(folder))


def test_a_wrong_study_file_is_told_alone(study_files: Write) -> None:
    folder = study_files(study="zebra = 1")
    (folder / "form.json").unlink()
    assert len(mistakes(folder)) == 1


def test_a_callback_goes_before_the_generator_in_the_file(quick_game: Any, study_files: Write) -> None:
    runner = opened(quick_game, study_files(arm='generator = "local_images"')).enter(ana())
    runner.dispatch(SubmitPrompt(seq=runner.state.seq, prompt="a brown bear", answers=ANSWERS))
    runner.perform_now()
    assert runner.state.attempts[0].image.generator == "draw"


def test_without_a_generator_nobody_enters_and_it_says_what_to_do(quick_game: Any, study_files: Write) -> None:
    study = OpenStudy.load(study_files(), store=quick_game.store)
    with pytest.raises(ConfigurationError, match="generate=draw"):
        study.enter(ana())
    assert quick_game.store.sessions() == []


@pytest.mark.parametrize("generate", ["scenes", 3, Image.new("RGB", (2, 2))])
def test_what_can_not_be_called_is_no_generator(quick_game: Any, study_files: Write, generate: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be a function"):
        OpenStudy.load(study_files(), store=quick_game.store, generate=generate)


def test_a_scale_that_is_not_the_form_s_is_told(study_files: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"the scale is 1 to 5, but the form's field .* offers 1 to 10"):
        load_files(study_files(loop="score_max = 5"))


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ("{ delay = 1 }", "delay"),
        ("{ delay_s = -1 }", "delay_s must be 0 or more"),
        ('{ delay_s = "3" }', "local_images"),
        ('{ name = "x" }', "name"),
        ('{ library = "x" }', "library"),
        ('{ images = "x" }', "images"),
    ],
)
def test_options_that_a_generator_does_not_take_are_told(options: str, what: str, study_files: Write) -> None:
    (found,) = mistakes(study_files(arm=f'generator = "local_images"\noptions = {options}'))
    assert found.startswith("study.toml: arm[0]")
    assert what in found


def test_a_generator_of_the_package_is_named_in_the_file(quick_game: Any, study_files: Write) -> None:
    runner = OpenStudy.load(study_files(arm='generator = "local_images"'), store=quick_game.store).enter(ana())
    runner.dispatch(SubmitPrompt(seq=runner.state.seq, prompt="a brown bear", answers=ANSWERS))
    runner.perform_now()
    assert runner.state.attempts[0].image.generator == "local_images"


def test_units_go_through_the_targets_and_a_unit_that_is_not_is_refused(quick_game: Any, study_files: Write) -> None:
    study = opened(quick_game, study_files(study="units_per_assignment = 2"))
    assert study.units == 4
    assert [study.enter(ana(unit)).part.target.id for unit in (1, 2, 3, 4)] == ["bear", "cub", "bear", "cub"]
    with pytest.raises(Refused, match="does not exist"):
        study.enter(ana(5))
    assert len(quick_game.store.sessions()) == 4


def test_the_targets_a_study_names_come_in_its_order(quick_game: Any, study_files: Write) -> None:
    study = opened(quick_game, study_files(study='targets = ["cub", "bear"]'))
    assert [target.id for target in study.targets] == ["cub", "bear"]
    assert study.enter(ana()).part.target.id == "cub"


def test_a_session_is_opened_once_with_all_that_is_allotted_to_it(quick_game: Any, study_files: Write) -> None:
    study = opened(quick_game, study_files())
    first = study.enter(ana(), clock=quick_game.clock)
    at = quick_game.clock.now
    quick_game.clock.move(600)
    again = study.enter(ana(), clock=quick_game.clock)
    event = again.state.opened
    assert event == first.state.opened and event is not None
    assert (event.at, event.deadline, event.auto_submit_at) == (
        at,
        at + timedelta(seconds=1800),
        at + timedelta(seconds=1790),
    )
    assert (event.study, event.worker_id, event.unit_id, event.arm) == ("small", "ana", "1", "default")
    assert event.target_sha256 == hashlib.sha256(again.part.target.file.read_bytes()).hexdigest()
    assert event.seed == study.study.session_seed("ana", "1", "default", event.target_id)
    assert event.study_hash == study.study_hash
    assert len(event.session_id) == 32


def test_without_a_time_limit_there_is_no_deadline(quick_game: Any, study_files: Write) -> None:
    event = opened(quick_game, study_files(loop="assignment_duration_in_seconds = 0")).enter(ana()).state.opened
    assert event is not None and event.deadline is None and event.auto_submit_at is None


def test_the_hash_covers_the_study_file_and_its_form(quick_game: Any, study_files: Write) -> None:
    hashes = {opened(quick_game, study_files()).study_hash, opened(quick_game, study_files()).study_hash}
    assert len(hashes) == 1
    hashes.add(opened(quick_game, study_files(loop="max_answer_loops = 4")).study_hash)
    form = copy.deepcopy(FORM)
    form[0]["form"]["title"] = "Other"
    hashes.add(opened(quick_game, study_files(form=form)).study_hash)
    assert len(hashes) == 3


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("targets", [("bear",), ("bear", "cub"), ("bear", "cub", "dog"), ("bear", "cub", "dog", "elk")])
def test_each_target_meets_each_version_of_the_form(
    quick_game: Any, study_files: Write, count: int, targets: tuple[str, ...]
) -> None:
    """Else target and form can't be told apart in the analysis."""
    folder = study_files(form=versions(count), targets=targets, study=f"units_per_assignment = {count}")
    study = opened(quick_game, folder)
    parts = [study.enter(ana(unit)).part for unit in range(1, study.units + 1)]
    assert len({(part.target.id, part.form.title) for part in parts}) == len(targets) * count


def test_a_worker_who_comes_back_gets_the_same_version_of_the_form(quick_game: Any, study_files: Write) -> None:
    study = opened(quick_game, study_files(form=versions(2)))
    assert study.enter(ana(2)).part.form.title == study.enter(ana(2)).part.form.title == "Version 1"


def test_sessions_whose_page_is_closed_are_submitted_when_their_time_is_over(game: Any, study_files: Write) -> None:
    study = opened(game, study_files())
    runners = {name: study.enter(Identity(worker_id=name, unit=1), clock=game.clock) for name in ("ana", "ben", "cy")}
    state = runners["ana"].state
    game.store.save_draft(runners["ana"].session_id, state.seq, {"prompt": "half a th"})
    game.store.save_draft(runners["ben"].session_id, state.seq, {"prompt": "old words"})
    runners["ben"].dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers=ANSWERS))
    game.clock.move(1000)
    runners["dee"] = study.enter(Identity(worker_id="dee", unit=1), clock=game.clock)

    assert study.expire_overdue(game.clock.now) == 0
    game.clock.move(790)
    assert study.expire_overdue(game.clock.now) == 3
    assert study.expire_overdue(game.clock.now) == 0

    ends = {name: fold(game.store.read(runner.session_id)).finished for name, runner in runners.items()}
    assert ends["dee"] is None
    assert {ends[name].reason for name in ("ana", "ben", "cy")} == {"expired"}
    assert ends["ana"].draft == {"prompt": "half a th"}
    assert ends["ben"].draft == {}, "a draft of an earlier state is not one of this"


def test_a_score_that_stands_in_a_closed_page_counts(game: Any, study_files: Write) -> None:
    study = opened(game, study_files())
    runner = study.enter(ana(), clock=game.clock)
    runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers=ANSWERS))
    runner.perform_now()
    game.store.save_draft(runner.session_id, runner.state.seq, {"score": 7, "prompt": "next"})
    game.clock.move(1790)
    study.expire_overdue(game.clock.now)
    state = fold(game.store.read(runner.session_id))
    assert [a.score for a in state.attempts] == [7]


def test_a_page_that_is_faster_than_the_sweep_is_no_error(quick_game: Any, study_files: Write) -> None:
    study = opened(quick_game, study_files())
    study.enter(ana(), clock=quick_game.clock)
    quick_game.clock.move(1790)

    class Faster:
        def __getattr__(self, name: str) -> Any:
            return getattr(quick_game.store, name)

        def append(self, session_id: str, events: Any, grants: Any) -> None:
            raise Conflict("the page was first")

    object.__setattr__(study, "store", Faster())
    assert study.expire_overdue(quick_game.clock.now) == 0


def test_other_studies_in_the_same_store_are_left_alone(quick_game: Any, study_files: Write) -> None:
    other = quick_game.runner(worker="else")
    quick_game.clock.move(100_000)
    opened(quick_game, study_files()).expire_overdue(quick_game.clock.now)
    assert fold(quick_game.store.read(other.session_id)).finished is None


def test_loading_files_opens_no_store(study_files: Write) -> None:
    folder = study_files()
    load_files(folder)
    assert not (folder.parent / "results").exists()


def test_the_store_is_the_study_s_own_where_none_is_given(
    quick_game: Any, study_files: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)
    folder = study_files()
    OpenStudy.load(folder, generate=quick_game.draw).enter(ana())
    assert len(open_store(folder.parent / "results").sessions("small")) == 1


def test_a_worker_who_comes_back_after_the_file_of_the_target_was_exchanged_is_not_shown_another(
    quick_game: Any, study_files: Write
) -> None:
    folder = study_files()
    opened(quick_game, folder).enter(ana())
    images = folder.parent / "images"
    (images / "targets" / "bear.webp").write_bytes((images / "targets" / "cub.webp").read_bytes())
    text = (images / "targets.toml").read_text()
    old, new = (hashlib.sha256((images / "targets" / f"{n}.webp").read_bytes()).hexdigest() for n in ("bear", "cub"))
    assert old == new
    rows = text.split("[[target]]")
    rows[1] = "\n".join(f'sha256 = "{new}"' if line.startswith("sha256") else line for line in rows[1].splitlines())
    (images / "targets.toml").write_text("[[target]]".join(rows))
    with pytest.raises(ConfigurationError, match="bear"):
        opened(quick_game, folder).enter(ana())


def test_a_worker_who_comes_back_after_a_target_was_taken_away_is_an_error_that_names_it(
    quick_game: Any, study_files: Write
) -> None:
    opened(quick_game, study_files()).enter(ana())
    study = opened(quick_game, study_files(targets=("cub",)))
    with pytest.raises(ConfigurationError, match="'bear'"):
        study.enter(ana())


def priced(price: Any = None, version: str = "") -> Any:
    """A generator of the notebook's own, with what it says of itself."""

    def draw(prompt: str, context: Any) -> Image.Image:
        return Image.new("RGB", (24, 16), "teal")

    draw.price, draw.version = price, version  # type: ignore[attr-defined]
    return draw


def test_the_limits_of_the_study_file_reach_the_sessions(quick_game: Any, study_files: Write) -> None:
    table = "[generation]\nat_once = 2\nper_minute = 30\nmax_cost = 5\nprice = 0.5\ncache = true\nmax_refusals = 4\n"
    folder = study_files(loop=f"generation_timeout_in_seconds = 20\n{table}")
    study = OpenStudy.load(folder, generate=priced(version="1"), store=quick_game.store)
    part = study.enter(ana(), clock=quick_game.clock).part
    limits = part.terms.limits
    assert (limits.at_once, limits.per_minute, limits.max_cost, limits.price) == (2, 30, 5.0, 0.5)
    assert (part.terms.cache, part.terms.timeout_s, part.rules.max_refusals) == (True, 20.0, 4)


def test_the_price_is_the_generator_s_unless_the_study_file_says_another(quick_game: Any, study_files: Write) -> None:
    for more, price in (("", 0.04), ("price = 0.1\n", 0.1)):
        folder = study_files(loop=f"[generation]\nmax_cost = 5\n{more}")
        study = OpenStudy.load(folder, generate=priced(0.04), store=quick_game.store)
        assert study.arm("default").terms.limits.price == price


def test_a_cap_without_a_price_and_a_cache_without_a_version_are_mistakes(study_files: Write) -> None:
    folder = study_files(loop="[generation]\nmax_cost = 5\ncache = true\n")
    cap, cache = mistakes(folder, generate=priced())
    assert cap.startswith("study.toml: generation.price: must be more than 0; max_cost needs it, as 'draw'")
    assert cache.startswith("study.toml: generation.cache: needs a version of 'draw'")


def test_the_same_mistakes_are_found_for_a_generator_that_the_file_names(study_files: Write) -> None:
    folder = study_files(loop="[generation]\nmax_cost = 5\n", arm='generator = "scenes"')
    with pytest.raises(ConfigurationError, match=r"generation\.price"):
        load_files(folder)


def test_the_arm_s_options_and_its_revision_reach_the_generator(quick_game: Any, study_files: Write) -> None:
    seen = []

    def draw(prompt: str, context: Any) -> Image.Image:
        seen.append((prompt, dict(context.options)))
        return Image.new("RGB", (24, 16), "teal")

    arm = 'options = { guidance = 7.5 }\nrevise = { with = "template", text = "{prompt}, in oil" }'
    study = OpenStudy.load(study_files(arm=arm), generate=draw, store=quick_game.store)
    runner = study.enter(ana(), clock=quick_game.clock)
    runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers=ANSWERS))
    runner.perform_now()
    assert seen == [("a brown bear, in oil", {"guidance": 7.5})]
    (attempt,) = runner.state.attempts
    assert (attempt.prompt.prompt, attempt.image.sent_prompt) == ("a brown bear", "a brown bear, in oil")


def test_the_notebook_s_own_revision_goes_before_the_arm_s(quick_game: Any, study_files: Write) -> None:
    folder = study_files(arm='revise = { with = "template", text = "{prompt}, in oil" }')

    def revise(prompt: str, context: Any) -> str:
        return prompt

    study = OpenStudy.load(folder, generate=priced(), revise=revise, store=quick_game.store)
    assert study.arm("default").revise is revise


def test_a_revision_that_is_none_is_a_mistake_of_the_file_or_of_the_notebook(study_files: Write) -> None:
    assert mistakes(study_files(), generate=priced(), revise=7)[0].startswith("revise: must be a function")
    folder = study_files(arm='revise = { with = "templat" }')
    with pytest.raises(ConfigurationError, match=r"arm\[0\].revise: .*did you mean 'template'"):
        load_files(folder)


def test_nobody_begins_a_study_that_is_paused_and_who_has_begun_goes_on(quick_game: Any, study_files: Write) -> None:
    study = opened(quick_game, study_files())
    begun = study.enter(ana(), clock=quick_game.clock)
    quick_game.store.pause("small", quick_game.clock(), "no money")
    with pytest.raises(Refused, match="paused"):
        study.enter(Identity(worker_id="ben", unit=1), clock=quick_game.clock)
    assert quick_game.store.find_session("small", "ben", "1") is None
    assert study.enter(ana(), clock=quick_game.clock).session_id == begun.session_id
    quick_game.store.resume("small")
    study.enter(Identity(worker_id="ben", unit=1), clock=quick_game.clock)


ARMS = """
[[arm]]
name = "other"
form = "other.json"
generator = "scenes"
options = { quality = "basic" }
revise = { with = "template", text = "{prompt}, in oil" }
loop = { max_answer_loops = 2 }
"""


def two_arms(study_files: Write, **more: Any) -> Path:
    folder = study_files(arm='name = "one"\ngenerator = "scenes"\n' + ARMS, **more)
    (folder / "other.json").write_text(json.dumps(versions(2)))
    return folder


def test_each_arm_has_its_form_its_rules_and_its_generator(quick_game: Any, study_files: Write) -> None:
    study = OpenStudy.load(two_arms(study_files), store=quick_game.store)
    assert study.units == 2 * 2 * 2, "two targets, two arms, and the form of one of them has two versions"
    runners = [study.enter(Identity(worker_id=f"w{k}"), clock=quick_game.clock) for k in range(8)]
    seen = {(r.state.opened.arm, r.part.form.title, r.part.rules.max_answer_loops) for r in runners if r.state.opened}
    assert seen == {
        ("one", FORM[0]["form"]["title"], 3),
        ("other", "Version 0", 2),
        ("other", "Version 1", 2),
    }
    assert {r.part.revise is None for r in runners if r.part.rules.max_answer_loops == 2} == {False}
    with pytest.raises(Refused, match="Every task is taken"):
        study.enter(Identity(worker_id="late"), clock=quick_game.clock)


def test_a_session_says_what_it_was_given_and_who_comes_back_has_the_same(quick_game: Any, study_files: Write) -> None:
    more = '[assignment]\nstratify_by = "hand"\nstrata = ["left"]\nunits_per_worker = 2\n'
    study = OpenStudy.load(two_arms(study_files, loop=more), store=quick_game.store)
    first = study.enter(Identity(worker_id="ana"), answer="left", clock=quick_game.clock).state.opened
    assert first is not None
    assert study.enter(Identity(worker_id="ana"), answer="right", clock=quick_game.clock).state.opened == first
    other = study.enter(Identity(worker_id="ben"), answer="right", clock=quick_game.clock).state.opened
    assert other is not None
    assert (first.position, first.stratum, other.stratum) == (1, "left", "")
    slot = study.plan.slot(int(first.unit_id))
    assert (slot.target_id, slot.form_version, slot.arm) == (first.target_id, first.form_version, first.arm)


def test_a_link_without_a_unit_gives_one_task_after_the_other(quick_game: Any, study_files: Write) -> None:
    study = OpenStudy.load(two_arms(study_files, loop="[assignment]\nunits_per_worker = 2\n"), store=quick_game.store)
    ana, clock = Identity(worker_id="ana"), quick_game.clock
    runners = []
    for _ in range(2):
        runner = study.enter(ana, clock=clock)
        assert not study.has_next("ana", clock()), "they are at one"
        runner.dispatch(Exit(seq=1))
        runners.append(runner)
        assert study.has_next("ana", clock()) is (len(runners) == 1)
    assert {runner.part.target.id for runner in runners} == {"bear", "cub"}
    assert study.enter(ana, clock=clock).session_id == runners[-1].session_id, "how it ended, with the code"


def test_a_session_that_an_earlier_version_opened_has_the_form_it_had(quick_game: Any, study_files: Write) -> None:
    study = opened(quick_game, study_files(form=versions(2), study="units_per_assignment = 2"))
    now = study.enter(ana(2)).state.opened
    assert now is not None
    before = replace(now, form_version=None, position=None, stratum=None)
    assert study.part(before).form.title == study.part(now).form.title == "Version 1"


def test_a_target_that_is_named_twice_is_a_mistake(study_files: Write) -> None:
    assert mistakes(study_files(study='targets = ["cub", "bear", "cub"]')) == [
        "study.toml: study.targets: 'cub' is there more than once; for more workers raise units_per_assignment"
    ]


def test_more_units_for_a_worker_than_there_are_targets_are_a_mistake(study_files: Write) -> None:
    folder = study_files(loop="[assignment]\nunits_per_worker = 3\n")
    assert mistakes(folder) == [
        "study.toml: assignment.units_per_worker: must be at most the number of targets, 2; not 3"
    ]
