"""Workers' pages whose sessions are kept in PostgreSQL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from imgloop_widgets.store import open_store


def test_a_worker_plays_on_postgresql_and_no_command_line_shows_where(
    start_server: Callable[..., Any],
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    until: Callable[..., Any],
) -> None:
    monkeypatch.setenv("IMGLOOP_STORE", database)
    study = start_server("study", results=str(tmp_path / "results"))
    page = study.open_page("?worker_id=ana&id=1")
    with open_store(database) as store, study.channel(page.kernel) as channel:
        (session,) = [opened.session_id for opened in store.sessions("browser")]
        prompt = {"name": "submit_prompt", "seq": 1, "prompt": "a brown bear beside a red tent at night"}
        answers = {"age": "33", "gender": "woman"}
        channel.custom(page.widget, {"kind": "command", "id": "x", **prompt, "answers": answers})
        until(lambda: store.length(session) == 4)
        kinds = [type(event).__name__ for event in store.read(session)]
        assert kinds == ["SessionOpened", "FormSubmitted", "PromptSubmitted", "ImageGenerated"]
        server = psutil.Process(study.process.pid)
        for process in (server, *server.children(recursive=True)):
            assert database not in " ".join(process.cmdline())
    assert not (tmp_path / "results" / "imgloop.db").exists()
    assert list((tmp_path / "results" / "images").rglob("*.webp"))
    study.close_page(page.kernel)
