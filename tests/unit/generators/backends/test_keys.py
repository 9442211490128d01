"""Where keys come from, and that they are shown nowhere."""

from pathlib import Path

import pytest

from imgloop_widgets.generators.backends.keys import Key, hide, read_key

SECRET = "sk-SecretSecretSecret"


def test_a_key_comes_from_the_environment_or_else_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"\n{SECRET}\n")
    monkeypatch.setenv("SOME_KEY", " from-environment\n")
    from_environment, from_file = read_key("SOME_KEY", None), read_key("SOME_KEY", file)
    assert from_environment and from_environment.reveal() == "from-environment"
    assert from_file and from_file.reveal() == SECRET


def test_a_key_that_is_not_there_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(
        ValueError, match="SOME_KEY is not set; set it to the service's key, or name a file by key_file"
    ):
        read_key("SOME_KEY", None)
    assert read_key(None, None) is None
    (tmp_path / "empty").touch()
    with pytest.raises(ValueError, match="is empty; put the key into it"):
        read_key("SOME_KEY", tmp_path / "empty")


@pytest.mark.parametrize("text", [SECRET, "hf_Secret", "secret", "", "SECRET-SECRET", "a b"])
def test_a_key_in_the_wrong_place_is_refused_and_not_repeated(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="never write the key there") as raised:
        read_key(text, None)
    assert not text or text not in str(raised.value)
    with pytest.raises(ValueError, match="key_file can't be read") as raised:
        read_key("SOME_KEY", Path(text) if text else tmp_path)
    assert not text or text not in str(raised.value)


@pytest.mark.parametrize("text", ["two words", "two\nlines", "ключ", "nul\0"])
def test_a_key_that_no_header_takes_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="one line of letters, digits and signs") as raised:
        read_key("SOME_KEY", file)
    assert text not in str(raised.value)


def test_a_key_shows_itself_nowhere() -> None:
    key = Key(SECRET)
    assert SECRET not in f"{key} {key!r} {[key]} { ({'key': key}) }"
    assert hide(f"wrong key {SECRET}.", key) == "wrong key [key]."
    assert hide("as it is", None) == "as it is"
