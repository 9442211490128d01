"""What tests of all folders share."""

import os
from collections.abc import Iterator
from pathlib import Path

import postgresql
import pytest
from live import CHROMIUM, FLAGS
from playwright.sync_api import Browser, expect, sync_playwright

from imgloop_widgets.forms import functions

os.environ.pop("IMGLOOP_STORE", None)  # no test touches a researcher's database

WITH_PROCESSES = {"browser", "serving", "notebooks"}
"""Folders of tests that wait for browsers, servers and kernels."""

OUT_OF_TIME = r"(?i)timeout|timed out|did not happen within"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test that ran out of time beside other processes try once more; the summary says which did (R)."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in WITH_PROCESSES:
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=[OUT_OF_TIME]))


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """What a test registers with `@forms.validator` and `@forms.trigger` is forgotten after it."""
    known = functions._OF_PROCESS
    before = dict(known.validators), dict(known.triggers)
    yield
    known.validators, known.triggers = before


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What a command settles in this process's environment is undone after the test, whatever the test has undone."""
    before, here = _settled(), os.getcwd()
    yield
    assert os.getcwd() == here, "the working directory is that of all tests of this process"
    for name in _settled():
        del os.environ[name]
    os.environ.update(before)


def _settled() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("IMGLOOP_")}


@pytest.fixture(scope="session")
def database_server() -> Iterator[postgresql.Server]:
    """A PostgreSQL server."""
    with postgresql.running() as found:
        yield found


@pytest.fixture
def database(database_server: postgresql.Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with database_server.database() as url:
        yield url


@pytest.fixture(scope="module")
def browser_flags() -> list[str]:
    """Of the browser's command line; a file of tests may have others."""
    return FLAGS


@pytest.fixture(scope="module")
def browser(browser_flags: list[str]) -> Iterator[Browser]:
    """A Chromium for the tests of one file.

    Not for longer: while Playwright runs, its event loop is the thread's, and a test that brings its own would fail.
    """
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=browser_flags)
        yield chromium
        chromium.close()
