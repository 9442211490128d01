"""Strips: all of a session in one look, and never a report that fails for one picture."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from imgloop_widgets.analysis import strip_page, strip_picture
from imgloop_widgets.analysis.data import Data, read_data
from imgloop_widgets.analysis.frames import sessions_frame
from imgloop_widgets.analysis.imports import read_files, save
from imgloop_widgets.analysis.strips import CHANGED, MISSING, Strip, Tile, choose, strips
from imgloop_widgets.store import open_store

Study = Callable[[int], Data]


def one(data: Data) -> Strip:
    return strips(data, choose(data.sessions, most=1, seed=1))[0]


def filled(made: ModuleType, folder: Path, *, digest: str | None = None, **how: object) -> Data:
    """A study with one session."""
    target = made.study_folder(folder)
    with open_store(folder / "results") as store:
        image = lambda n, a: store.put_image(made.picture(n, a))  # noqa: E731  # as `made.session` wants it
        made.fill(store, [made.session(1, image=image, target_sha256=digest or target, **how)])
    return read_data(folder)


def test_all_sessions_are_shown_where_there_are_few_in_the_order_they_came(made: ModuleType) -> None:
    sessions = sessions_frame([made.session(1, scores=[3]), made.session(2), made.session(3, scores=[4])])
    choice = choose(sessions, most=24, seed=1)
    assert list(choice.sessions.index) == [0, 2]
    assert (choice.left_out, choice.without) == (0, 1)


def test_of_many_sessions_a_fair_choice_is_shown_and_the_rest_is_counted(made: ModuleType) -> None:
    sessions = sessions_frame(made.session(n, scores=[3]) for n in range(1, 41))
    choice = choose(sessions, most=10, seed=1)
    assert list(choice.sessions.index) == sorted(choice.sessions.index) and len(choice.sessions) == 10
    assert choice.left_out == 30
    assert choose(sessions, most=10, seed=1).sessions.equals(choice.sessions)
    drawn = [i for seed in range(400) for i in choose(sessions, most=10, seed=seed).sessions.index]
    counts = [drawn.count(i) for i in range(40)]  # 100 expected, standard deviation 8.7
    assert min(counts) > 60 and max(counts) < 140


def test_a_negative_number_of_strips_is_refused(made: ModuleType) -> None:
    with pytest.raises(ValueError, match="must be 0 or more; not -1"):
        choose(sessions_frame([]), most=-1, seed=1)


def test_a_strip_has_the_target_and_every_attempt_with_prompt_and_score(made: ModuleType, tmp_path: Path) -> None:
    strip = one(filled(made, tmp_path, scores=[4, 8, None], prompts=["a", "b", "c"], reason="expired"))
    assert strip.title == "Session 1"
    assert strip.about.startswith("target bear-01 · 3 attempts · time was over · ")
    assert strip.target.picture == (tmp_path / "images/targets/bear-01.webp").read_bytes()
    assert strip.target.alt == "Target: Coloured circles on olive green."
    assert [(t.label, t.prompt, t.score, t.best) for t in strip.attempts] == [
        ("Attempt 1", "a", "4 / 10", False),
        ("Attempt 2", "b", "8 / 10", True),
        ("Attempt 3", "c", None, False),
    ]
    assert all(t.picture == made.picture(1, k) for k, t in enumerate(strip.attempts, 1))


def test_of_a_single_score_none_is_called_the_best(made: ModuleType, tmp_path: Path) -> None:
    strip = one(filled(made, tmp_path, scores=[4, None], reason="expired"))
    assert [tile.best for tile in strip.attempts] == [False, False]


def test_a_target_that_is_not_the_one_that_was_shown_is_not_shown(made: ModuleType, tmp_path: Path) -> None:
    strip = one(filled(made, tmp_path, digest="1" * 64, scores=[4]))
    assert strip.target.picture is None and strip.target.note == CHANGED


def test_pictures_that_are_gone_leave_a_note(made: ModuleType, tmp_path: Path) -> None:
    data = filled(made, tmp_path, scores=[4])
    (tmp_path / "images/targets.toml").unlink()
    for file in (tmp_path / "results/images").rglob("*.webp"):
        file.unlink()
    data = read_data(tmp_path)
    strip = one(data)
    assert strip.target.note == MISSING and strip.attempts[0].note == MISSING
    assert "targets.toml" in data.trouble
    assert strip_page.page([strip]).html.count(MISSING) == 2
    assert strip_picture.draw(strip).width > 0


def a_strip(prompts: list[str], made: ModuleType, *, best: int = 0) -> Strip:
    tiles = tuple(
        Tile(label=f"Attempt {k}", picture=made.picture(1, k), alt=f"Attempt {k}", prompt=prompt, score="4 / 10",
             best=k == best)
        for k, prompt in enumerate(prompts, 1)
    )  # fmt: skip
    target = Tile(label="Target", picture=made.picture(0, 0), alt="Target: a bear")
    return Strip(number=1, name="session-0001-aaaaaaaa", about="target bear-01", target=target, attempts=tiles)


def test_a_prompt_is_text_and_never_markup(made: ModuleType) -> None:
    html = strip_page.page([a_strip(["<script>alert(1)</script>", "x" * 5000], made)]).html
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "x" * 5000 in html and "… 4,760 more characters" in html  # folded, and all of it is there


def test_in_the_page_every_picture_has_a_text_and_comes_from_the_page_itself(made: ModuleType) -> None:
    html = strip_page.page([a_strip(["a", "b"], made, best=2)]).html
    assert html.count("<img ") == 3 == html.count(' alt="') == html.count('src="data:image/webp;base64,')
    assert html.count("★ best") == 1
    assert "http" not in html


def test_a_picture_grows_with_its_attempts(made: ModuleType) -> None:
    one_row, two_rows = (strip_picture.draw(a_strip(["a bear"] * n, made)) for n in (3, 4))
    assert one_row.width == two_rows.width == 2160  # 7.2 inches at 300 dots
    assert two_rows.height > one_row.height + strip_picture.SIDE
    assert strip_picture.draw(a_strip(["a bear"], made)).width < 2160


def test_a_prompt_of_any_length_and_script_keeps_the_picture_in_bounds(made: ModuleType) -> None:
    short = strip_picture.draw(a_strip(["a"], made))
    long = strip_picture.draw(a_strip([p * 40 for p in made.PROMPTS[:3]], made))
    assert long.height - short.height <= 11 * 42  # nine lines, and one that counts the rest


def test_the_best_attempt_has_a_frame_of_its_own(made: ModuleType) -> None:
    plain, marked = (strip_picture.draw(a_strip(["a", "b"], made, best=best)) for best in (0, 2))
    assert plain.size == marked.size and plain.tobytes() != marked.tobytes()


def test_a_damaged_picture_leaves_a_note(made: ModuleType) -> None:
    tile = Tile(label="Target", picture=b"not an image", alt="")
    strip = Strip(number=1, name="session-0001", about="", target=tile, attempts=())
    assert MISSING in strip_page.page([strip]).html
    assert strip_picture.draw(strip).height > 0


def test_no_session_no_strip(study: Study) -> None:
    data = study(0)
    assert strips(data, choose(data.sessions, most=24, seed=1)) == []
    assert strip_page.page([]).html == ""


def test_of_files_the_prompts_and_values_are_shown_and_no_room_is_left_for_pictures(tmp_path: Path) -> None:
    rows = {"worker_id": "ana", "target_id": "t", "prompt": ["a bear", "a big bear"], "metric.near": [0.25, 0.5]}
    pd.DataFrame(rows).to_csv(tmp_path / "attempts.csv", index=False)
    save(read_files([tmp_path / "attempts.csv"], {"metric.near": "metric.near"}, study="x"), tmp_path / "x")
    data = read_data(files=tmp_path / "x")
    (found,) = strips(data, choose(data.sessions, most=3, seed=1))
    assert [(tile.prompt, tile.score, tile.best) for tile in found.attempts] == [
        ("a bear", "near 0.25", False), ("a big bear", "near 0.5", True)
    ]  # fmt: skip
    html = strip_page.page([found]).html
    assert "a big bear" in html and "★ best" in html
    assert 'imgloop-frame"' not in html and MISSING not in html and "Target" not in html
