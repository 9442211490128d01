"""Files become versions of a form: shapes of files, tokens, insertions, and the hash of all that was read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.forms import FormFile, FormModel, Sheet, check_answers, load_form, loop_parts

REPOSITORY = Path(__file__).parents[3]
TARGET = {"target_image": "harbour"}
Load = Callable[..., FormFile]
Change = Callable[[Any, str, Any], Any]


def test_the_real_configuration_loads_from_its_folder(elsewhere: Path) -> None:
    found = load_form(elsewhere)

    assert [file.name for file in found.files[:2]] == ["unit_config.json", "token_sets_values_config.json"]
    targets = [version.metadata["tokens_values"]["target_image"] for version in found.versions]
    assert len(set(targets)) == len(targets) == 2
    for version in found.versions:
        form = version.form(TARGET)
        parts = loop_parts(form)
        assert (parts.section, parts.start.fieldset, parts.start.prompt, parts.start.button) == (
            1,
            0,
            "prompt_0",
            "start",
        )
        assert list(parts.templates) == ["low_score_loop", "high_score_loop"]
        assert parts.templates["high_score_loop"].score == "score_2"
        assert check_answers(Sheet(form=form), {"age": "34", "gender": "female"}) == {"age": "34", "gender": "female"}


def test_the_real_list_of_forms_loads_with_both_its_versions(elsewhere: Path) -> None:
    versions = load_form(elsewhere / "task_data.json").versions

    assert len(versions) == 2
    assert versions[0].metadata["tokens_values"] != versions[1].metadata["tokens_values"]
    filled = versions[0].form(TARGET).to_json()
    assert filled["title"] == load_form(elsewhere).versions[0].form(TARGET).to_json()["title"]
    assert "<img" not in str(filled)


def test_the_real_form_loads_alone_with_its_insertions(elsewhere: Path, load: Load) -> None:
    files = {f"insertions__{file.stem}_html": file.read_text() for file in (elsewhere / "insertions").glob("*.html")}
    alone = load((elsewhere / "unit_config.json").read_text(), start="unit_config.json", **files)

    (version,) = alone.versions
    shown = version.form(TARGET).to_json()
    assert "target image" in shown["instruction"]
    assert "{{" not in str(shown) and "[[" not in str(shown) and "<img" not in str(shown)


def test_the_demonstration_form_loads_and_has_the_shape_of_the_task() -> None:
    (version,) = load_form(REPOSITORY / "notebooks" / "look_alike" / "form").versions
    form = version.form(TARGET)
    parts = loop_parts(form)
    shown = form.to_json()

    assert list(parts.templates) == ["low_score_loop", "high_score_loop"]
    assert shown["submit_button"]["text"] == "Exit"
    assert "{{" not in str(shown) and "[[" not in str(shown) and "<img" not in str(shown)
    assert check_answers(Sheet(form=form), {"age": " 34 ", "gender": "not_said"}) == {"age": "34", "gender": "not_said"}
    for template in parts.templates.values():
        score = form.field(template.score).model_dump()
        assert [option["value"] for option in score["options"]] == ["", *range(1, 11)]


def test_each_token_set_is_a_version(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, "form.title", "{{ name }} and {{name}}")
    sets = [
        {"tokens_values": {"name": "A", "target_image": "a.png"}},
        {"tokens_values": {"name": "B", "target_image": "b"}},
    ]

    versions = load(unit, token_sets_values_config_json=sets).versions

    assert [version.form().title for version in versions] == ["A and A", "B and B"]
    assert [version.metadata["tokens_values"]["name"] for version in versions] == ["A", "B"]


def test_a_value_is_escaped_in_html_and_plain_in_plain_text(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, "form.title", "{{ x }}")
    unit = change(unit, "form.sections[0].fieldsets[0].rows[0].fields[0].label", "{{ x }}")
    sets = [{"tokens_values": {"x": '<b onclick="e()">\\1 & {{ x }}', "target_image": ""}}]

    form = load(unit, token_sets_values_config_json=sets).versions[0].form()

    assert form.title == "&lt;b onclick=&quot;e()&quot;&gt;\\1 &amp; {{ x }}"
    assert form.field("age").label == '<b onclick="e()">\\1 & {{ x }}'


def test_the_value_of_the_study_wins_over_the_file(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, "form.title", "See {{target_image}}")
    sets = [{"tokens_values": {"target_image": "from the file"}}]
    version = load(unit, token_sets_values_config_json=sets).versions[0]
    assert version.form().title == "See from the file"
    assert version.form({"target_image": "from the study"}).title == "See from the study"


def test_a_token_without_a_value_and_a_value_without_a_token_are_refused(load: Load, unit: Any, change: Change) -> None:
    version = load(change(unit, "form.title", "See {{target_image}}")).versions[0]
    with pytest.raises(ConfigurationError, match=r"form\.title: the token {{ target_image }} has no value"):
        version.form()
    with pytest.raises(ConfigurationError, match="the token `colour` has a value, but the form does not use it"):
        version.form({**TARGET, "colour": "red"})


@pytest.mark.parametrize(
    ("sets", "where", "what"),
    [
        ([{"tokens_values": {}}], "[0].tokens_values", "no value for the token `x`, which form.title uses"),
        ([{"tokens_values": {"x": "1", "y": "2"}}], "[0].tokens_values.y", "the form does not use the token `y`"),
        ([{"tokens_values": {"x": 1}}], "[0].tokens_values.x", "must be text, in quotes; not 1"),
        ([{"tokens_values": ["x"]}], "[0].tokens_values", 'must be an object of names and values; not ["x"]'),
        ([{"token_values": {"x": "1"}}], "[0].token_values", "unknown key; did you mean `tokens_values`?"),
        (["x"], "[0]", 'must be an object with `tokens_values`; not "x"'),
        ({"x": ["1"]}, "", "must be a list of objects with `tokens_values`"),
        ([{"tokens_values": {"x": "insertions/no.html"}}], "[0].tokens_values.x", "the file no.html does not exist"),
    ],
)
def test_mistakes_in_token_sets(load: Load, unit: Any, change: Change, sets: Any, where: str, what: str) -> None:
    unit = change(change(unit, "form.title", "{{ x }}"), "form.instruction", "")
    with pytest.raises(ConfigurationError) as error:
        load(unit, token_sets_values_config_json=sets)
    found = {problem.where: problem.what for problem in error.value.problems}
    assert found["token_sets_values_config.json" + (f": {where}" if where else "")].startswith(what)


def test_a_text_or_a_value_that_is_a_path_stands_for_the_file(load: Load, unit: Any, change: Change) -> None:
    unit = change(
        change(unit, "form.instruction", "insertions/how.html"), "form.sections[0].title", "<b>{{ part }}</b>"
    )
    found = load(
        unit,
        insertions__how_html="<p>Look at {{target_image}}.</p>\n",
        insertions__part_html="<i>You & I</i>",
        token_sets_values_config_json=[{"tokens_values": {"part": "insertions/part.html", "target_image": "<"}}],
    )

    form = found.versions[0].form()

    assert form.instruction == "<p>Look at &lt;.</p>"
    assert form.sections[0].title == "<b><i>You & I</i></b>"
    assert [file.name for file in found.files][2:] == ["how.html", "part.html"]
    assert found.versions[0].form({"part": "<me>"}).sections[0].title == "<b>&lt;me&gt;</b>"


@pytest.mark.parametrize("html", ["{{ other }}", "[[image_url]]"])
def test_a_file_that_is_a_value_holds_no_tokens(load: Load, unit: Any, change: Change, html: str) -> None:
    sets = [{"tokens_values": {"part": "insertions/part.html", "target_image": ""}}]
    with pytest.raises(ConfigurationError, match="holds tokens"):
        load(change(unit, "form.title", "{{ part }}"), insertions__part_html=html, token_sets_values_config_json=sets)


def test_a_file_that_is_a_value_stays_out_of_plain_text(load: Load, unit: Any, change: Change) -> None:
    unit = change(unit, "form.sections[0].fieldsets[0].rows[0].fields[0].tooltip", "{{ part }}")
    sets = [{"tokens_values": {"part": "insertions/part.html", "target_image": ""}}]
    with pytest.raises(ConfigurationError, match="tooltip is plain text"):
        load(unit, insertions__part_html="<b>x</b>", token_sets_values_config_json=sets)


def test_a_link_out_of_the_folder_is_refused(load: Load, unit: Any, change: Change, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-secret.html"
    outside.write_text("secret")
    (tmp_path / "insertions").mkdir()
    (tmp_path / "insertions" / "x.html").symlink_to(outside)
    with pytest.raises(ConfigurationError, match="is not within the folder insertions/"):
        load(change(unit, "form.instruction", "insertions/x.html"))


def test_the_target_needs_no_value_where_the_page_shows_it_itself(load: Load, unit: Any) -> None:
    assert load(unit).versions[0].form().to_json()["instruction"] == "<p>Look.</p>Write."


def test_a_study_can_promise_further_tokens(load: Load, unit: Any, change: Change, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no value for the token `pay`"):
        load(change(unit, "form.title", "{{ pay }}"))
    version = load_form(tmp_path, supplied={"target_image", "pay"}).versions[0]
    assert version.form({"pay": "2 £"}).title == "2 £"


def test_keys_beside_the_form_are_kept(load: Load, unit: Any) -> None:
    entry = {**unit, "expecting_answers": {"age": "3"}, "isScreeningUnit": True, "form_metadata": {"version": 4}}
    (version,) = load(task_data_json=[entry]).versions
    assert version.extra == {"expecting_answers": {"age": "3"}, "isScreeningUnit": True}
    assert version.metadata == {"version": 4}


def test_values_recorded_beside_a_filled_form_need_not_be_used(load: Load, unit: Any, change: Change) -> None:
    metadata = {"tokens_values": {"gone": "insertions/gone.html", "name": "Ann"}}
    (version,) = load(task_data_json=[{**change(unit, "form.title", "{{name}}"), "form_metadata": metadata}]).versions
    assert version.form().title == "Ann"


def test_a_file_of_any_name_is_read_by_its_content(load: Load, unit: Any) -> None:
    assert len(load(my_form_json=unit, start="my_form.json").versions) == 1
    assert len(load(other_json=[unit, unit], start="other.json").versions) == 2


def test_the_hash_follows_every_file_and_not_the_folder(
    load: Load, unit: Any, change: Change, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    unit = change(unit, "form.instruction", "insertions/how.html")
    first = load(unit, insertions__how_html="one").digest()
    copy = tmp_path_factory.mktemp("copy")
    for file in ("unit_config.json", "insertions/how.html"):
        (copy / file).parent.mkdir(exist_ok=True)
        (copy / file).write_bytes((tmp_path / file).read_bytes())

    assert load_form(copy).digest() == first
    assert len(first) == 32
    assert load(unit, insertions__how_html="two").digest() != first
    assert load(change(unit, "form.title", "Another"), insertions__how_html="one").digest() != first


def test_a_form_for_the_page_is_plain_and_complete(form: FormModel) -> None:
    shown = form.to_json()
    assert json.loads(json.dumps(shown)) == shown
    age = shown["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0]
    assert age["validators"] == {"required": True, "regexp": ["^[0-9]+$", "ig"]}
    note = shown["sections"][0]["fieldsets"][0]["rows"][1]["fields"][4]
    assert note["validators"]["regexp"] == [r"^\w+ ", "igm"]
    assert [section["collapsable"] for section in shown["sections"]] == [True, True]
    assert shown["sections"][1]["fieldsets"][1]["instruction"] == "How close?"
    hand = shown["sections"][0]["fieldsets"][0]["rows"][0]["fields"][2]
    assert [option["value"] for option in hand["options"]] == ["left", 2, 3.5, True]


def test_styles_are_one_text_in_the_order_of_their_names_and_part_of_the_hash(load: Load, unit: Any) -> None:
    file = load(unit, insertions__b_css=".b {}", insertions__a_css=".a {}\r\n", insertions__a_html="<p>not used</p>")
    assert file.css == ".a {}\n\n.b {}\n"
    assert file.versions[0].form().css == file.css
    assert [path.name for path in file.files] == ["a.css", "b.css", "unit_config.json"]
    assert load(unit, insertions__b_css=".c {}", insertions__a_css=".a {}").digest() != file.digest()


def test_a_folder_is_read_by_the_first_of_its_files(load: Load, unit: Any, change: Change) -> None:
    def titled(title: str) -> Any:
        return change(unit, "form.title", title)

    toml = 'title = "form.toml"\n[[fields]]\ntype = "input"\nname = "a"\nlabel = "A"\n'
    order = ["form.json", "form.toml", "task_data.json", "form_config.json", "unit_config.json"]
    for name in order:
        content = toml if name == "form.toml" else titled(name)
        found = load(**{name: [content] if name == "task_data.json" else content})
        assert [version.form(TARGET).title for version in found.versions] == [name]


@pytest.mark.parametrize("key", ["title", "sections", "fields"])
def test_a_file_without_the_key_form_is_the_form_itself(load: Load, unit: Any, key: str) -> None:
    assert load(unit["form"]).versions[0].form(TARGET).title == "A form"
    with pytest.raises(ConfigurationError) as error:
        load({key: []})
    assert "unit_config.json: form" not in [problem.where for problem in error.value.problems]


def test_what_a_page_may_not_know_stays_in_the_kernel(load: Load, unit: Any, change: Change) -> None:
    path = "form.sections[0].fieldsets[0].rows[0].fields[0]"
    unit = change(unit, f"{path}.validators", {"required": True, "isKnown": ["s3cret"]})
    unit = change(unit, f"{path}.triggers", {"onBlur": ["look", "s3cret"], "onFocus": "look"})
    source = 'from imgloop_widgets import forms\nforms.validator("isKnown")(len)\nforms.trigger("look")(len)\n'
    shown = load(unit, functions_py=source).versions[0].form().to_json()
    age = shown["sections"][0]["fieldsets"][0]["rows"][0]["fields"][0]
    assert age["validators"] == {"required": True, "kernel": True}
    assert age["triggers"] == ["onBlur", "onFocus"]
    assert "s3cret" not in str(shown) and "isKnown" not in str(shown)
