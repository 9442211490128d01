"""`imgloop forms permute`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.cli.arguments import short
from imgloop_widgets.cli.forms.separate import MOST_SETS, Separate

Run = Callable[..., Any]
FIELDS = [{"type": "input", "name": "a", "label": "What does the {{animal}} do?"}]
UNIT = {"form": {"title": "{{animal}}, {{place}}", "submit_button": "Go", "fields": FIELDS}}
VALUES = {"animal": ["bear", "fox"], "place": ["wood", "lake", "hill"]}


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder: the lists of values and, unless it is None, the form."""

    def write(values: Any = VALUES, unit: Any = UNIT) -> Path:
        text = values if isinstance(values, str) else json.dumps(values)
        (tmp_path / "separate_token_values_config.json").write_text(text, encoding="utf-8")
        if unit is not None:
            (tmp_path / "unit_config.json").write_text(unit if isinstance(unit, str) else json.dumps(unit))
        return tmp_path

    return write


def sets_of(folder: Path) -> list[dict[str, str]]:
    content = json.loads((folder / "token_sets_values_config.json").read_text(encoding="utf-8"))
    assert all(list(entry) == ["tokens_values"] for entry in content)
    return [entry["tokens_values"] for entry in content]


def test_every_combination_is_made_and_the_first_token_varies_slowest(folder: Any, run: Run) -> None:
    place = folder()

    ran = run("forms", "permute", place)

    assert (ran.code, ran.err) == (0, "")
    file = short(place / "token_sets_values_config.json")
    assert ran.out == f"{file}: 6 token sets (2 of animal times 3 of place)\n"
    combined = [(one["animal"], one["place"]) for one in sets_of(place)]
    assert combined == [(animal, where) for animal in VALUES["animal"] for where in VALUES["place"]]


@given(values=st.dictionaries(st.text(), st.lists(st.text(), min_size=1, max_size=3).map(tuple), max_size=4))
def test_the_sets_are_all_different_and_as_many_as_said(values: dict[str, tuple[str, ...]]) -> None:
    values = {name: tuple(dict.fromkeys(given)) for name, given in values.items()}
    separate = Separate(values=values, notes=())

    sets = separate.sets()

    assert len({json.dumps(one) for one in sets}) == len(sets) == separate.number
    assert all(one["tokens_values"][name] in values[name] for one in sets for name in values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("{", ["line 1, column 2: this is no JSON"]),
        ('{"animal": ["a"], "animal": ["b"]}', ["the key `animal` stands twice in one object"]),
        (["bear"], ['must be an object of tokens, each with a list of values: {"token": ["value", "other value"]}']),
        ({}, ["must be an object of tokens"]),
        (
            {"animal": "bear", "place": []},
            ['animal: must be a list of values; not "bear"', "place: must hold at least one value"],
        ),
        (
            {"animal": ["bear", 3, None], "place": ["wood"]},
            ["animal[1]: must be text, in quotes; not 3", "animal[2]: must be text, in quotes; not null"],
        ),
        (
            {"aniaml": ["bear"], "place": ["wood"], "a b": ["c"]},
            [
                "aniaml: the form does not use the token `aniaml`; did you mean `animal`?",
                "a b: is no name for a token; use letters, digits and underscores",
                "animal: is missing: no values for the token `animal`, which form.title uses",
            ],
        ),
        (
            {"animal": ["insertions/no.html"], "place": ["../x/secret.html"]},
            ["animal[0]: the file no.html does not exist", "place[0]: `../x/secret.html` is not within the folder"],
        ),
        (
            {"animal": [str(n) for n in range(200)], "place": [str(n) for n in range(200)]},
            [f"the values make 40,000 token sets; at most {MOST_SETS:,} are possible"],
        ),
    ],
)
def test_all_mistakes_are_told_at_once_and_nothing_is_written(
    values: Any, said: list[str], folder: Any, run: Run
) -> None:
    place = folder(values)

    ran = run("forms", "permute", place)

    assert (ran.code, ran.out) == (1, "")
    for what in said:
        assert f"separate_token_values_config.json: {what}" in ran.err
    assert len(ran.err.splitlines()) == 1 + len(said)
    assert not (place / "token_sets_values_config.json").exists()


def test_a_form_that_can_not_be_read_is_a_mistake_as_well(folder: Any, run: Run) -> None:
    ran = run("forms", "permute", folder(unit="{"))

    assert ran.code == 1
    assert "unit_config.json: line 1, column 2: this is no JSON" in ran.err


def test_mistakes_of_the_form_itself_and_old_token_sets_do_not_matter(folder: Any, run: Run) -> None:
    place = folder(unit={"form": {**UNIT["form"], "titel": ""}})
    (place / "token_sets_values_config.json").write_text("[]")

    assert run("forms", "permute", place, "--force").code == 0
    assert len(sets_of(place)) == 6


def test_tokens_in_insertions_count_as_used(folder: Any, run: Run) -> None:
    place = folder({"animal": ["bear"]}, {"form": {**UNIT["form"], "title": "insertions/t.html"}})
    (place / "insertions").mkdir()
    (place / "insertions" / "t.html").write_text("<b>{{animal}}</b> in the {{place}}")

    ran = run("forms", "permute", place)

    assert ran.code == 1
    assert "place: is missing: no values for the token `place`, which form.title uses" in ran.err


def test_without_a_form_beside_them_any_tokens_will_do(folder: Any, run: Run) -> None:
    place = folder({"x": ["1", "2"]}, None)

    assert run("forms", "permute", place).code == 0
    assert sets_of(place) == [{"x": "1"}, {"x": "2"}]


def test_a_value_that_stands_there_twice_is_told_and_counts_once(folder: Any, run: Run) -> None:
    ran = run("forms", "permute", folder({"animal": ["bear", "fox", "bear"], "place": ["wood"]}))

    assert ran.code == 0
    assert ran.err == "note: separate_token_values_config.json: animal: 'bear' stands there 2 times; it counts once\n"
    assert ": 2 token sets " in ran.out


def test_a_file_with_other_content_is_overwritten_only_by_force(folder: Any, run: Run) -> None:
    place = folder()
    file = place / "token_sets_values_config.json"
    file.write_text('[{"tokens_values": {}}]')

    ran = run("forms", "permute", place)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (f"{file}: holds something else (1 entry, not 6); look at it, then overwrite it with --force\n")
    assert file.read_text() == '[{"tokens_values": {}}]'
    assert run("forms", "permute", place, "--force").code == 0
    assert len(sets_of(place)) == 6


def test_a_file_with_the_same_content_is_left_as_it_is(folder: Any, run: Run) -> None:
    place = folder({"animal": ["bear"], "place": ["wood"]})
    file = place / "token_sets_values_config.json"
    file.write_text('[{"tokens_values": {"place": "wood", "animal": "bear"}}]')
    before = file.read_bytes()

    ran = run("forms", "permute", place)

    assert ran.code == 0
    assert ran.out.endswith("; they stood there already\n")
    assert file.read_bytes() == before


def test_what_is_not_there_is_named(tmp_path: Path, run: Run) -> None:
    assert "separate_token_values_config.json: is missing; it holds" in run("forms", "permute", tmp_path).err
    assert "nowhere: there is no such folder" in run("forms", "permute", tmp_path / "nowhere").err


def test_nothing_is_left_beside_where_writing_fails(folder: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder()

    def full(*names: Any) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr("os.replace", full)

    ran = run("forms", "permute", place)

    assert ran.code == 1
    assert ran.err.endswith("token_sets_values_config.json: the disk is full; free some space and try again\n")
    assert sorted(p.name for p in place.iterdir()) == ["separate_token_values_config.json", "unit_config.json"]


def test_the_real_configuration_is_permuted(real_form: Path, run: Run) -> None:
    ran = run("forms", "permute", real_form)

    assert ran.code == 1
    assert "holds something else; look at it" in ran.err
    assert run("forms", "permute", real_form, "--force").code == 0
    values = json.loads((real_form / "separate_token_values_config.json").read_text())
    assert sets_of(real_form) == [{"target_image": value} for value in values["target_image"]]
