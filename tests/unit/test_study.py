"""The study file: what is read, and what is said about every mistake, all at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from imgloop_widgets import study as study_module
from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.loop import Controls, Scale
from imgloop_widgets.study import Study, load_study
from imgloop_widgets.study_tables import Assignment

ABOUT = '[study]\nname = "s"\nform = "form"\nimages = "images"\n'
ARM = '[[arm]]\ngenerator = "scenes"\n'
GOOD = ABOUT + ARM


def load(folder: Path, text: str | bytes) -> Study:
    file = folder / "study.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_study(file)


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        load(folder, text)
    return [str(problem) for problem in raised.value.problems]


def test_a_short_file_takes_the_defaults_of_the_task(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD)
    rules = study.rules_of("default")
    assert rules.max_answer_loops == 3
    assert (rules.score_min, rules.score_max, rules.perfect_score) == (1, 10, 10)
    assert rules.duplicates == "exact"
    assert study.duration_of("default") == timedelta(minutes=30)
    assert (study.name, study.arms[0].name, study.about.units_per_assignment) == ("s", "default", 1)
    assert study.file("form") == (tmp_path / "form").resolve()


def test_a_folder_stands_for_the_study_file_in_it(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    assert load_study(tmp_path).path == load_study(str(tmp_path / "study.toml")).path


def test_zero_means_no_limit(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD + "[loop]\nmax_answer_loops = 0\nassignment_duration_in_seconds = 0\n")
    assert study.rules_of("default").max_answer_loops is None
    assert study.duration_of("default") is None


def test_what_ends_a_session_and_what_is_scored_is_set_for_each_arm(tmp_path: Path) -> None:
    arms = (
        '[[arm]]\nname = "own"\nloop = { self_rating = false, min_answer_loops = 1, max_answer_loops = 0 }\n'
        '[[arm]]\nname = "wide"\nloop = { score_min = 0, score_max = 100, score_labels = ["apart", "one"] }\n'
    )
    study = load(tmp_path, ABOUT + "[loop]\nperfect_score = false\n" + arms)
    own, wide = study.rules_of("own"), study.rules_of("wide")
    assert (own.self_rating, own.min_answer_loops, own.max_answer_loops, own.perfect_score) == (False, 1, None, None)
    assert (wide.score_min, wide.score_max, wide.perfect_score, wide.self_rating) == (0, 100, None, True)
    assert study.loop_of("wide").score_labels == ("apart", "one")
    assert load(tmp_path, GOOD).rules_of("default").min_answer_loops == 0


def test_an_arm_says_how_many_images_a_prompt_gets_and_how_one_is_picked(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD + 'images_per_prompt = 4\npick = true\nsteer = "pick"\n')
    rules = study.rules_of("default")
    assert (rules.images, rules.pick, rules.steer) == (4, True, "pick")
    rules = load(tmp_path, GOOD).rules_of("default")
    assert (rules.images, rules.pick, rules.steer) == (1, False, "prompt")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "pick = true\n", "arm[0]: pick needs images to choose from; set images_per_prompt to 2 or more"),
        (GOOD + 'images_per_prompt = 2\nsteer = "pick"\n', 'arm[0]: steer = "pick" needs pick = true'),
        (GOOD + "images_per_prompt = 13\n", "arm[0].images_per_prompt: must be 12 or less; not 13"),
        (
            GOOD + 'images_per_prompt = 2\npick = true\nsteer = "pick"\nseed = "chosen"\n',
            'arm[0]: steer = "pick" needs another seed than "chosen"',
        ),
        (GOOD + "[loop]\nmin_answer_loops = 4\n", "loop: min_answer_loops must be at most max_answer_loops, 3; not 4"),
        (
            GOOD + "[loop]\nself_rating = false\nperfect_score = 9\n",
            "loop: perfect_score needs self_rating = true; leave it out",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_told(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = mistakes(tmp_path, text)
    assert f"study.toml: {said}" in problem


def test_zero_means_no_limit_for_generations_too(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD + "[generation]\nmax_refusals = 0\nmax_cost = 50\n")
    assert study.rules_of("default").max_refusals is None
    assert (study.generation.at_once, study.generation.per_minute, study.generation.max_cost) == (0, 0, 50)


def test_a_file_of_before_has_no_limits_no_cache_and_ten_refusals(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD)
    assert (study.generation.at_once, study.generation.max_cost, study.generation.cache) == (0, None, False)
    assert study.rules_of("default").max_refusals == 10


def test_the_bands_reach_the_rules(tmp_path: Path) -> None:
    bands = '[[loop.band]]\nfrom_score = 1\ntemplate = "low"\n[[loop.band]]\nfrom_score = 5\ntemplate = "high"\n'
    assert load(tmp_path, GOOD + bands).rules_of("default").bands == ((1, "low"), (5, "high"))


def test_a_file_that_a_windows_editor_saved_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()).name == "s"


def test_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    first = load(tmp_path, GOOD).digest
    assert load(tmp_path, GOOD).digest == first
    assert load(tmp_path, GOOD + "# a note\n").digest != first


def test_the_environment_names_the_results_folder_before_the_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)
    study = load(tmp_path, GOOD)
    assert study.results == (tmp_path / "results").resolve()
    monkeypatch.setenv("IMGLOOP_RESULTS", str(tmp_path / "elsewhere"))
    assert study.results == tmp_path / "elsewhere"


def test_each_worker_and_unit_has_a_seed_of_its_own_and_always_the_same(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD)
    seeds = {
        (w, u): study.session_seed(w, u, "default", "bear") for w in ("ana", "ben", "ana1") for u in ("1", "11", "2")
    }
    assert len(set(seeds.values())) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds.values())
    assert load(tmp_path, GOOD).session_seed("ana", "1", "default", "bear") == seeds["ana", "1"]
    assert study.session_seed("ana", "1", "default", "bear") == 821452377, (
        "seeds must stay what they were: sessions are replayed"
    )
    assert (
        load(tmp_path, GOOD.replace("[[arm]]", "seed = 2\n[[arm]]")).session_seed("ana", "1", "default", "bear")
        != seeds["ana", "1"]
    )


def test_a_target_may_have_one_seed_for_everybody(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD + 'seed = "target"\n')
    seeds = {study.session_seed(worker, unit, "default", "bear") for worker in ("ana", "ben") for unit in ("1", "2")}
    assert len(seeds) == 1 and seeds != {study.session_seed("ana", "1", "default", "cub")}


def test_a_target_may_have_the_seed_that_was_found_for_it(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD + 'seed = "target"\ntarget_seeds = { bear = 17 }\n')
    assert study.session_seed("ana", "1", "default", "bear") == 17
    other = load(tmp_path, GOOD + 'seed = "target"\n').session_seed("ana", "1", "default", "cub")
    assert study.session_seed("ana", "1", "default", "cub") == other


def test_a_study_may_have_no_score_that_ends_a_session(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD + "[loop]\nperfect_score = false\n")
    assert study.rules_of("default").perfect_score is None
    assert load(tmp_path, GOOD + "[loop]\nscore_max = 7\n").rules_of("default").perfect_score == 7


def test_what_a_worker_may_set_follows_from_the_arm(tmp_path: Path) -> None:
    more = 'negative_prompt = true\nseed = "chosen"\nseeds = [1, 2]\nguidance = { low = 2, high = 4, start = 3 }\n'
    rules = load(tmp_path, GOOD + more).rules_of("default")
    assert rules.controls == Controls(negative=True, seeds=(1, 2), guidance=Scale(low=2, high=4, start=3, step=0.5))
    assert load(tmp_path, GOOD + 'seed = "chosen"\n').rules_of("default").controls == Controls(seeds=())
    assert load(tmp_path, GOOD + 'seed = "attempt"\n').rules_of("default").seeds == "attempt"


WRONG: dict[str, tuple[str, list[str]]] = {
    "seeds that nobody chooses from": (GOOD + "seeds = [1, 2]\n", ['arm[0]: seeds are for seed = "chosen"']),
    "seeds of targets that are not used": (
        GOOD + "target_seeds = { bear = 1 }\n",
        ['arm[0]: target_seeds are for seed = "target"'],
    ),
    "a range of nothing": (
        GOOD + 'scorer = "ssim"\nshow_metric = true\nmetric_range = [0.5, 0.5]\n',
        ["arm[0]: metric_range must be two different numbers; not 0.5 and 0.5"],
    ),
    "a range that nobody sees": (
        GOOD + 'scorer = "ssim"\nmetric_range = [0.1, 0.5]\n',
        ["arm[0]: metric_range is for what the worker sees"],
    ),
    "a choice of one seed": (GOOD + 'seed = "chosen"\nseeds = [1]\n', ["arm[0]: seeds must be two different numbers"]),
    "a scale that falls": (
        GOOD + "guidance = { low = 9, high = 4, start = 5 }\n",
        ["arm[0].guidance: low, start and high must rise; not 9, 5 and 4"],
    ),
    "an unknown key": (
        GOOD + "[loop]\nmax_answer_loop = 4\n",
        ["loop.max_answer_loop: is not known; did you mean 'max_answer_loops'?"],
    ),
    "an unknown key that is like no other": (
        ABOUT + "zebra = 1\n" + ARM,
        ["study.zebra: is not known; possible: name, title, form, images, results, access, units_per_assignment"],
    ),
    "an unknown key in a band": (
        GOOD + '[[loop.band]]\nfrom_score = 1\ntemplate = "a"\nscore = 3\n',
        ["loop.band[0].score: is not known; did you mean 'from_score'?"],
    ),
    "an unknown table": (GOOD + "[loops]\n", ["loops: is not known; did you mean 'loop'?"]),
    "a missing name": ('[study]\nform = "f"\nimages = "i"\n' + ARM, ["study.name: is missing; it is required"]),
    "no [study]": (ARM, ["study: is missing; it is required"]),
    "no [[arm]]": (ABOUT, ["arm: is missing; it is required"]),
    "two arms of one name": (
        GOOD + ARM,
        ["arm[1].name: 'default' is there more than once; name each arm differently"],
    ),
    "a block that the arms don't fill": (
        GOOD + '[[arm]]\nname = "b"\nweight = 2\n[assignment]\nblock_size = 4\n',
        ["assignment.block_size: must be a multiple of the sum of the arms' weights, 3; not 4"],
    ),
    "strata without a question": (
        GOOD + '[assignment]\nstrata = ["left"]\n',
        ["assignment: stratify_by and strata go together: a question, and the answers that are told apart"],
    ),
    "a silence that a hidden page would not keep": (
        GOOD + "[assignment]\nsilence_in_seconds = 60\n",
        [
            "assignment: silence_in_seconds must be 0, or 120 or more: a page in the background is heard of once a "
            "minute; not 60"
        ],
    ),
    "a block without blocks": (
        GOOD + '[assignment]\nrandomisation = "simple"\nblock_size = 1\n',
        ['assignment: block_size is for randomisation = "blocked"; leave it out'],
    ),
    "an order that there is not": (
        GOOD + '[assignment]\norder = "latin"\n',
        ["assignment.order: must be 'fixed', 'random' or 'latin_square'; not 'latin'"],
    ),
    "a weight of nothing": (GOOD + '[[arm]]\nname = "b"\nweight = 0\n', ["arm[1].weight: must be 1 or more; not 0"]),
    "one bracket for the arm": (
        ABOUT + '[arm]\ngenerator = "scenes"\n',
        ["arm: must be written with two brackets: [[arm]]"],
    ),
    "one bracket for a band": (
        GOOD + '[loop.band]\nfrom_score = 1\ntemplate = "a"\n',
        ["loop.band: must be written with two brackets: [[loop.band]]"],
    ),
    "no arm in the list": ("arm = []\n" + ABOUT, ["arm: is missing; it is required"]),
    "study is no table": ("study = 5\n" + ARM, ["study: must be a table, written [study]; not 5"]),
    "loop is no table": ("loop = 'x'\n" + GOOD, ["loop: must be a table, written [loop]; not 'x'"]),
    "a name with a space": (
        GOOD.replace('"s"', '"my study"'),
        ["study.name: may have up to 64 letters, digits, '_', '.' and '-', no sign first; not 'my study'"],
    ),
    "a name that is a path": (GOOD.replace('"s"', '"../x"'), ["study.name: may have"]),
    "a name that ends a line": (GOOD.replace('"s"', '"s\\n"'), ["study.name: may have"]),
    "an arm's name that is empty": (GOOD + 'name = ""\n', ["arm[0].name: may have"]),
    "a text for a number": (
        GOOD + '[loop]\nmax_answer_loops = "3"\n',
        ["loop.max_answer_loops: must be a whole number; not '3'"],
    ),
    "a fraction for a number": (
        GOOD + "[loop]\nmax_answer_loops = 2.5\n",
        ["loop.max_answer_loops: must be a whole number; not 2.5"],
    ),
    "true for a number": (
        GOOD + "[loop]\nperfect_score = true\n",
        ["loop.perfect_score: must be a whole number, or false; not True"],
    ),
    "a number for a text": (GOOD.replace('"form"', "7"), ["study.form: must be a text in quotes; not 7"]),
    "an unknown key of the generations": (
        GOOD + "[generation]\nper_minut = 4\n",
        ["generation.per_minut: is not known; did you mean 'per_minute'?"],
    ),
    "a limit below 0": (GOOD + "[generation]\nat_once = -1\n", ["generation.at_once: must be 0 or more; not -1"]),
    "a cap of nothing": (
        GOOD + "[generation]\nmax_cost = 0.0\n",
        ["generation.max_cost: must be greater than 0; not 0.0"],
    ),
    "a word for true": (
        GOOD.replace("[study]\n", '[study]\nsignals = "yes"\n', 1),
        ["study.signals: must be true or false; not 'yes'"],
    ),
    "another word for true": (
        GOOD + '[generation]\ncache = "yes"\n',
        ["generation.cache: must be true or false; not 'yes'"],
    ),
    "a text for a revision": (
        GOOD + 'revise = "template"\n',
        ["arm[0].revise: must be a table, written { … }; not 'template'"],
    ),
    "a text for seconds": (
        GOOD + '[loop]\ngeneration_timeout_in_seconds = "180"\n',
        ["loop.generation_timeout_in_seconds: must be a number; not '180'"],
    ),
    "endless seconds": (
        GOOD + "[loop]\ngeneration_timeout_in_seconds = inf\n",
        ["loop.generation_timeout_in_seconds: must be a finite number; not inf"],
    ),
    "no seconds": (
        GOOD + "[loop]\ngeneration_timeout_in_seconds = 0\n",
        ["loop.generation_timeout_in_seconds: must be greater than 0; not 0"],
    ),
    "a negative limit": (
        GOOD + "[loop]\nmax_answer_loops = -1\n",
        ["loop.max_answer_loops: must be 0 or more; not -1"],
    ),
    "too large a limit": (
        GOOD + "[loop]\nmax_answer_loops = 1001\n",
        ["loop.max_answer_loops: must be 1000 or less; not 1001"],
    ),
    "no units": (
        GOOD.replace("[[arm]]", "units_per_assignment = 0\n[[arm]]"),
        ["study.units_per_assignment: must be 1 or more; not 0"],
    ),
    "a rule for repeats that there is not": (
        GOOD + '[loop]\nduplicate_prompts = "never"\n',
        ["loop.duplicate_prompts: must be 'exact', 'normalized' or 'allow'; not 'never'"],
    ),
    "an access that there is not": (
        GOOD.replace("[[arm]]", 'access = "singed"\n[[arm]]'),
        [
            "study.access: must be 'signed', 'open', 'prolific', 'mturk', 'connect', 'sona' or 'generic'; not 'singed'",
        ],
    ),
    "an outcome that there is not": (
        GOOD + '[panel]\ncodes = { complete = "C1234" }\n',
        ["panel.codes.complete: must be 'completed', 'partial', 'screened_out'"],
    ),
    "targets that are no list": (
        GOOD.replace("[[arm]]", 'targets = "bear"\n[[arm]]'),
        ["study.targets: must be a list, written [ … ]; not 'bear'"],
    ),
    "a target that is no text": (
        GOOD.replace("[[arm]]", 'targets = ["a", 1]\n[[arm]]'),
        ["study.targets[1]: must be a text in quotes; not 1"],
    ),
    "a scale upside down": (
        GOOD + "[loop]\nscore_min = 5\nscore_max = 3\nperfect_score = 3\n",
        ["loop: score_min must be below score_max; not 5 and 3"],
    ),
    "a perfect score off the scale": (
        GOOD + "[loop]\nperfect_score = 11\n",
        ["loop: perfect_score must be from 1 to 10; not 11"],
    ),
    "bands that fall": (
        GOOD + '[[loop.band]]\nfrom_score = 5\ntemplate = "a"\n[[loop.band]]\nfrom_score = 5\ntemplate = "b"\n',
        ["loop: the bands' from_score must rise; not 5, 5"],
    ),
    "submitted before it begins": (
        GOOD + "[loop]\nassignment_duration_in_seconds = 10\n",
        ["loop: auto_submit_before_expiration_sec must be below assignment_duration_in_seconds"],
    ),
    "no TOML": ("[study\n", ["is no TOML: "]),
    "a key twice": (ABOUT + 'name = "t"\n' + ARM, ["is no TOML: "]),
    "no UTF-8": (b"[study]\nname = '\xff'\n", ["is not UTF-8 text; save it as UTF-8"]),
    "an empty file": ("", ["study: is missing; it is required", "arm: is missing; it is required"]),
}


@pytest.mark.parametrize("case", list(WRONG))
def test_a_mistake_is_named_with_its_place_and_what_to_do(case: str, tmp_path: Path) -> None:
    text, expected = WRONG[case]
    found = mistakes(tmp_path, text)
    assert len(found) == len(expected), found
    for line, end in zip(found, expected, strict=True):
        assert "study.toml: " in line
        assert line.split("study.toml: ", 1)[1].startswith(end), line


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    text = """
        [study]
        name = "a b"
        form = 3
        sead = 1
        [loop]
        max_answer_loops = -3
        perfect_score = 99
        score_min = "1"
        [[loop.band]]
        from_score = 1
        [[arm]]
        name = "-x"
        optoins = {}
    """
    found = "\n".join(mistakes(tmp_path, text))
    places = ["study.name", "study.form", "study.images", "study.sead", "loop.max_answer_loops", "loop.score_min"]
    for place in [*places, "loop.band[0].template", "arm[0].name", "arm[0].optoins"]:
        assert f"study.toml: {place}: " in found
    assert "did you mean 'seed'?" in found
    assert "did you mean 'options'?" in found


def test_several_rules_of_the_loop_that_don_t_fit_are_named_at_once(tmp_path: Path) -> None:
    text = GOOD + "[loop]\nperfect_score = 11\nassignment_duration_in_seconds = 5\n"
    text += '[[loop.band]]\nfrom_score = 5\ntemplate = "a"\n[[loop.band]]\nfrom_score = 1\ntemplate = "b"\n'
    assert len(mistakes(tmp_path, text)) == 3


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"study\.toml: can't be read \(No such file.*\); name a study file"):
        load_study(tmp_path)


def test_no_message_speaks_of_python_or_of_the_library_that_checks(tmp_path: Path) -> None:
    for text, _ in WRONG.values():
        for line in mistakes(tmp_path, text):
            for word in ("pydantic", "dict", "tuple", "instance", "Input", "input should", "valid", "None"):
                assert word not in line, line


@pytest.mark.parametrize("setting", ["weight", *Assignment.model_fields])
def test_every_setting_of_who_is_given_what_is_described_where_a_researcher_looks(setting: str) -> None:
    assert f"{setting} = " in (study_module.__doc__ or "")


def test_a_file_of_before_gives_each_worker_one_unit_and_limits_nothing(tmp_path: Path) -> None:
    wanted = load(tmp_path, GOOD).assignment
    assert (wanted.units_per_worker, wanted.concurrent_units, wanted.concurrent_units_per_worker) == (1, 0, 0)
    assert (wanted.order, wanted.randomisation, wanted.silence_in_seconds) == ("fixed", "blocked", 0)
