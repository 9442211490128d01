"""The store: one method, one transaction. This is the boundary: nothing but a `StoreError` comes out of it.

Between two calls nothing is held: no connection, no lock, no file. What a call has returned from is on the disk.
A store may be used from many threads, and any number of processes may open the same one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from imgloop_widgets.errors import Conflict, StoreError
from imgloop_widgets.events import Event, SessionOpened
from imgloop_widgets.store import drafts, forgetting, incidents, leases, log, sqlite, uploads
from imgloop_widgets.store.contents import Contents
from imgloop_widgets.store.forgetting import Holdings
from imgloop_widgets.store.incidents import Incident
from imgloop_widgets.store.uploads import Upload

PAGE = 500
"""Sessions that `logs` reads with one query."""


class Store:
    """Sessions, images, uploaded files, drafts, leases and incidents. Made by `open_store`.

    where: the place of the database, for messages. Every method raises StoreError: the text says what, where, and
    what to do.
    """

    def __init__(
        self, reading: Engine, writing: Engine, where: str, *, images: Contents | None, files: Contents | None
    ) -> None:
        self.where = where
        self._engines = {False: reading, True: writing}
        self._contents = {"images": images, "files": files}
        self._closed = False

    def open_session(self, opening: SessionOpened) -> tuple[str, tuple[Event, ...]]:
        """Return the id and events of the session of this study, worker and unit; opened now if there is none.

        Of several processes that open the same one, one opens it and all get the same id.
        """
        for last in (False, True):
            try:
                with self._transaction("open a session", writes=True) as connection:
                    return log.open_or_resume(connection, opening)
            except Conflict:
                if last:
                    raise
        raise AssertionError("unreachable")

    def find_session(self, study: str, worker_id: str, unit_id: str) -> str | None:
        """Return the id of the session; None: it was never opened."""
        with self._transaction("look for a session") as connection:
            return log.find(connection, study, worker_id, unit_id)

    def append(self, session_id: str, events: Sequence[Event]) -> None:
        """Append all events or none; their `seq` must go on where the log ends.

        Raises:
            Conflict: an event with such a seq exists already, or one before it is missing. Read again.
            StoreError: there is no such session, or the store can't be written.
        """
        if not events:
            return
        with self._transaction(f"append to session {session_id}", writes=True) as connection:
            log.append(connection, session_id, events)

    def read(self, session_id: str, since: int = 0) -> tuple[Event, ...]:
        """Return the session's events from seq `since` on; none for an unknown session."""
        with self._transaction(f"read session {session_id}") as connection:
            return log.read(connection, session_id, since)

    def length(self, session_id: str) -> int:
        """Number of events, which is the seq of the next one; 0: there is no such session."""
        with self._transaction(f"read session {session_id}") as connection:
            return log.length(connection, session_id)

    def sessions(self, study: str | None = None, *, finished: bool = True) -> list[SessionOpened]:
        """Return how every session was opened, the earliest first.

        study: None: of all studies. finished: False: only those that still go on.
        """
        with self._transaction("list the sessions") as connection:
            return log.openings(connection, study, finished=finished)

    def logs(self, study: str | None = None) -> Iterator[tuple[str, tuple[Event, ...]]]:
        """Yield (session_id, its events) of every session, the earliest first. study: None: of all studies.

        Reads `PAGE` sessions at a time: nothing is held while the caller works, and memory stays small.
        """
        after: tuple[str, str] | None = log.FIRST_PAGE
        while after is not None:
            with self._transaction("read the sessions") as connection:
                page, after = log.page(connection, study, after, PAGE)
            yield from page

    def rows(self, study: str | None = None, sessions: int = 10_000) -> Iterator[list[log.Row]]:
        """Yield what `logs` yields as rows that nobody has looked into, so many sessions at a time.

        Each list holds whole sessions in the order of their ids, the events of each in order. It is for reading a
        million attempts; `logs` is for everything else.
        """
        after: str | None = ""
        while after is not None:
            with self._transaction("read the sessions") as connection:
                page, after = log.raw_page(connection, study, after, sessions)
            if page:
                yield page

    def add_sessions(self, logs: Iterable[Sequence[Event]]) -> None:
        """Add whole sessions that were played elsewhere, all in one transaction or none.

        Raises:
            Conflict: a session of this id, or of this study, worker and unit, exists already.
        """
        with self._transaction("add sessions", writes=True) as connection:
            log.add(connection, logs)

    def holdings(self, worker_id: str) -> Holdings:
        """Return what there is of a worker, in all studies: what `forget` would remove."""
        with self._transaction("look for a worker") as connection:
            return forgetting.holdings(connection, worker_id)

    def forget(self, worker_id: str) -> Holdings:
        """Remove a worker's sessions, events, drafts, incidents, and the images and files that nobody else has.

        Returns what was removed. Interrupted, it can be called again. Nobody may play meanwhile: an image that is
        being shown to another worker for the first time could be taken for this one's alone.
        """
        with self._transaction("forget a worker", writes=True) as connection:
            forgetting.overwrite(connection)
            found = forgetting.holdings(connection, worker_id)
            for what, names in (("images", found.images), ("files", found.files)):
                for name in names if self._contents[what] is not None else ():
                    self._kept(what).remove(name)
            forgetting.remove_rows(connection, worker_id)
        with explained(self.where, "empty the log"):
            forgetting.empty_the_log(self._engines[False])
        return found

    def put_image(self, data: bytes) -> str:
        """Keep the file of an image and return its sha256 (hex). The same file again is the same image."""
        return self._kept("images").put(data)

    def get_image(self, sha256: str) -> bytes:
        """Return the file of the image.

        Raises:
            StoreError: it is missing or damaged, or the name is not 64 hex digits.
        """
        return self._kept("images").get(sha256)

    def image_path(self, sha256: str) -> Path | None:
        """Where the file of the image is; None: it is missing, or no file on this machine."""
        return self._kept("images").path(sha256)

    def put_file(self, data: bytes) -> str:
        """Keep a file and return its sha256 (hex). The same content again is the same file."""
        return self._kept("files").put(data)

    def get_file(self, sha256: str) -> bytes:
        """Return the content of a file.

        Raises:
            StoreError: it is missing or damaged, or the name is not 64 hex digits.
        """
        return self._kept("files").get(sha256)

    def has_file(self, sha256: object) -> bool:
        """Whether a file of this sha256 is kept; nothing that is no sha256 is."""
        return self._kept("files").has(sha256)

    def keep_upload(self, session_id: str, data: bytes, kind: str = "") -> Upload:
        """Keep a file as one that this session has uploaded. kind: what the browser called it (MIME), or ""."""
        upload = Upload(sha256=self.put_file(data), size=len(data), type=kind)
        with self._transaction(f"keep a file of session {session_id}", writes=True) as connection:
            uploads.note(connection, session_id, upload)
        return upload

    def uploads(self, session_id: str) -> dict[str, Upload]:
        """Return what the session has uploaded, by sha256."""
        with self._transaction(f"read the files of session {session_id}") as connection:
            return uploads.read(connection, session_id)

    def save_draft(self, session_id: str, seq: int, values: Mapping[str, Any]) -> None:
        """Keep what stands in the page at the state with this seq; a late one, for an earlier state, is dropped."""
        with self._transaction(f"save a draft of session {session_id}", writes=True) as connection:
            drafts.save(connection, session_id, seq, values)

    def draft(self, session_id: str) -> tuple[int, dict[str, Any]] | None:
        """Return the latest draft: the seq of the state it is for, and its values; None: there is none."""
        with self._transaction(f"read the draft of session {session_id}") as connection:
            return drafts.read(connection, session_id)

    def save_sheet(self, session_id: str, sheet: Mapping[str, Any]) -> None:
        """Keep what triggers have changed in the worker's form. sheet: JSON values; the latest is kept."""
        with self._transaction(f"save the sheet of session {session_id}", writes=True) as connection:
            drafts.save_sheet(connection, session_id, sheet)

    def sheet(self, session_id: str) -> dict[str, Any] | None:
        """Return what triggers have changed in the worker's form; None: nothing."""
        with self._transaction(f"read the sheet of session {session_id}") as connection:
            return drafts.read_sheet(connection, session_id)

    def claim(self, session_id: str, seq: int, holder: str, now: datetime, lease_s: float) -> bool:
        """Return whether the holder may make the image owed at seq: nobody has claimed it, or their lease is over.

        holder: random, of one page or process. lease_s: seconds, > 0; the holder claims again before it is over.
        """
        with self._transaction(f"claim an image of session {session_id}", writes=True) as connection:
            return leases.claim(connection, session_id, seq, holder, now, lease_s)

    def release(self, session_id: str, holder: str) -> None:
        """Give back what the holder has claimed in this session; nothing happens where it has nothing."""
        with self._transaction(f"release session {session_id}", writes=True) as connection:
            leases.release(connection, session_id, holder)

    def record_incident(self, incident: str, at: datetime, session_id: str | None, text: str) -> None:
        """Keep what went wrong under its number. session_id: None: outside a session."""
        with self._transaction("record an incident", writes=True) as connection:
            incidents.record(connection, Incident(incident=incident, at=at, session_id=session_id, text=text))

    def incidents(self, limit: int = 20) -> list[Incident]:
        """Return the latest incidents, the latest first; at most `limit`."""
        with self._transaction("read the incidents") as connection:
            return incidents.read(connection, limit)

    def close(self) -> None:
        """Use it no more. A store in memory is gone; closing twice does no harm."""
        self._closed = True
        self._engines[False].dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _kept(self, what: str) -> Contents:
        contents = self._contents[what]
        if contents is None:
            raise StoreError(f"{self.where}: there is no folder for {what}; open the store with {what}=<folder>")
        return contents

    @contextmanager
    def _transaction(self, what: str, *, writes: bool = False) -> Iterator[Connection]:
        """Commit at the end; roll back and raise a StoreError where anything fails. what: for the message."""
        if self._closed:
            raise StoreError(f"{self.where}: can't {what}: the store was closed; open it again")
        with explained(self.where, what), self._engines[writes].begin() as connection:
            yield connection


@contextmanager
def explained(where: str, what: str) -> Iterator[None]:
    """Turn every error of the database into a StoreError. what: is tried, such as `append to session 7`."""
    try:
        yield
    except DBAPIError as error:
        advice = sqlite.explain(error.orig) or f"the database says: {error.orig}"
        raise StoreError(f"{where}: can't {what}: {advice}") from error
    except PoolTimeout as error:
        raise StoreError(f"{where}: can't {what}: all its connections are in use; try again") from error
    except SQLAlchemyError as error:
        raise StoreError(f"{where}: can't {what}: {error}") from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise StoreError(f"{where}: can't {what}: a value can't be stored ({error})") from error
