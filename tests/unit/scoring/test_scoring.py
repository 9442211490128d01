"""Every image of a study is scored once beside its target, and a run that was interrupted goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from imgloop_widgets.engines import engine
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.identity import Identity
from imgloop_widgets.library import Library
from imgloop_widgets.loop import Score, SubmitPrompt
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.replay import Plan, Spec, items_of_store, replay
from imgloop_widgets.scorers import build
from imgloop_widgets.scoring import Asked, Summary, score_attempts, score_replays

ANSWERS = {"age": "34", "hand": "r", "tools": {"pen": True, "brush": False}, "note": ""}
TWO = {"mse": Asked(name="mse"), "hues": Asked(name="colours")}


@pytest.fixture
def played(study_files: Callable[..., Path]) -> Iterator[OpenStudy]:
    """Ana and bo have seen two images each."""
    opened = OpenStudy.load(study_files(arm='generator = "scenes"\noptions = { size = 32 }'))
    for unit, (worker, what) in enumerate([("ana", "a bear"), ("bo", "three foxes")], 1):
        runner = opened.enter(Identity(worker_id=worker, unit=unit))
        runner.dispatch(SubmitPrompt(seq=1, prompt=f"{what} in snow", answers=ANSWERS))
        runner.perform_now()
        runner.dispatch(Score(seq=runner.state.seq, score=4, prompt=f"{what} at night, two red houses"))
        runner.perform_now()
    yield opened
    opened.store.close()


def scored(study: OpenStudy, asked: dict[str, Asked] | None = None, library: Library | None = None) -> Summary:
    asked = TWO if asked is None else asked
    one = engine("threads", 2)
    return score_attempts(study.store, study.study.name, asked, one, library=library or study.library)


def test_every_attempt_has_the_value_of_each_scorer(played: OpenStudy) -> None:
    done = scored(played)

    assert (done.images, done.values, done.before, dict(done.troubles)) == (4, 8, 0, {})
    found = {(m.session_id, m.attempt, m.metric): (m.value, m.version) for m in played.store.metrics("small")}
    assert len(found) == 8
    for metric, name in (("mse", "mse"), ("hues", "colours")):
        for session_id, events in played.store.logs("small"):
            target = played.library.target(events[0].target_id).file  # type: ignore[attr-defined]
            for event in events:
                if type(event).__name__ == "ImageGenerated":
                    image = played.store.get_image(event.image_sha256)  # type: ignore[attr-defined]
                    key = (session_id, event.attempt, metric)  # type: ignore[attr-defined]
                    assert found[key] == (build(name)(image, target), "1")


def test_what_was_scored_is_left_alone_and_a_new_version_of_the_scorer_is_not(played: OpenStudy) -> None:
    calls: list[str] = []

    def counted(image: Image.Image, target: Image.Image) -> float:
        calls.append("called")
        return 1.0

    asked = {"own": Asked(name="own", call=counted)}
    scored(played, asked)
    assert (scored(played, asked).before, len(calls)) == (4, 4)
    counted.version = "2"  # type: ignore[attr-defined]
    again = scored(played, asked)
    assert (again.values, len(calls)) == (4, 8)
    assert {m.version for m in played.store.metrics("small")} == {"2"}


def test_an_image_that_a_scorer_cannot_take_has_no_value_and_is_tried_again(played: OpenStudy) -> None:
    broken = [True]

    def picky(image: Image.Image, target: Image.Image) -> float:
        if broken[0]:
            raise ZeroDivisionError("too plain")
        return 2.0

    asked = {"picky": Asked(name="picky", call=picky)}
    done = scored(played, asked)
    assert (done.values, dict(done.troubles)) == (0, {"picky: too plain": 4})
    assert [m.value for m in played.store.metrics("small")] == [None] * 4
    broken[0] = False
    assert scored(played, asked).values == 4
    assert [m.value for m in played.store.metrics("small")] == [2.0] * 4


def test_images_and_targets_that_are_gone_are_counted_and_not_scored(played: OpenStudy, tmp_path: Path) -> None:
    assert scored(played, library=Library(folder=tmp_path, targets=())).no_target == 4
    file = next((played.study.results / "images").rglob("*.webp"))
    file.unlink()
    done = scored(played)
    assert (done.no_image, done.images) == (1, 3)


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"s": Asked(name="sism")}, "did you mean 'ssim'"), ({"c": Asked(name="clip")}, "'clip' needs path =")],
)
def test_a_scorer_that_there_is_not_is_told_before_anything_is_begun(
    asked: dict[str, Asked], said: str, played: OpenStudy
) -> None:
    with pytest.raises(ImgloopError, match=said):
        scored(played, asked)
    assert played.store.metrics("small") == []


def test_replays_are_scored_in_processes_of_their_own(played: OpenStudy) -> None:
    items = items_of_store(played.store, "small", first=True)
    models = {"small": Spec(name="scenes", options={"size": 32})}
    plan = Plan(study="small", source="small", items=items, generators=models, draws=2, seed=1)
    one = engine("threads", 1)
    replay(plan, played.store, one, library=played.library, folder=played.study.path.parent)

    done = score_replays(
        played.store, "small", TWO, engine("processes", 1), library=played.library, results=played.study.results
    )

    assert (done.images, done.values) == (4, 8)
    rows = {row.replay_id: row for row in played.store.replays("small")}
    for metric in played.store.replay_metrics("small"):
        row = rows[metric.replay_id]
        image, target = played.store.get_image(row.image_sha256 or ""), played.library.target(row.target_id).file
        assert metric.value == build(TWO[metric.metric].name)(image, target)
