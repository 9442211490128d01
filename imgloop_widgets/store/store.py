"""The store: one method, one transaction. This is the boundary: nothing but a `StoreError` comes out of it.

Between two calls nothing is held: no connection, no lock, no file. What a call has returned from is on the disk.
A store may be used from many threads, and any number of processes may open the same one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine

from imgloop_widgets.errors import Conflict, StoreError
from imgloop_widgets.events import Event, SessionOpened
from imgloop_widgets.signals import Noted
from imgloop_widgets.store import (
    assignments,
    drafts,
    forgetting,
    incidents,
    leases,
    log,
    measured,
    packs,
    qualified,
    replays,
    telemetry,
    uploads,
)
from imgloop_widgets.store.allotting import Allotting
from imgloop_widgets.store.contents import Contents
from imgloop_widgets.store.entered import Entered
from imgloop_widgets.store.forgetting import Holdings
from imgloop_widgets.store.incidents import Incident
from imgloop_widgets.store.leases import Lease
from imgloop_widgets.store.measured import Metric, ReplayMetric
from imgloop_widgets.store.moved import Moved
from imgloop_widgets.store.people import SharedByStudies
from imgloop_widgets.store.qualified import Grant
from imgloop_widgets.store.raters import SharedByRaters
from imgloop_widgets.store.replays import Replay
from imgloop_widgets.store.reviewed import Reviewed
from imgloop_widgets.store.shared import SharedByGenerations
from imgloop_widgets.store.steering import Steering
from imgloop_widgets.store.telemetry import Telemetry
from imgloop_widgets.store.told import ToldPanels
from imgloop_widgets.store.transactions import explained
from imgloop_widgets.store.uploads import Upload

PAGE = 500
"""Sessions that `logs` reads with one query."""


class Store(
    SharedByGenerations, SharedByRaters, SharedByStudies, Entered, ToldPanels, Allotting, Steering, Reviewed, Moved
):
    """Sessions, units, images, uploaded files, drafts, telemetry, leases, generations, panels and incidents.

    Made by `open_store`. where: the place of the database, for messages. address: the same for a process that opens it
    again; None: it is in memory. Every method raises StoreError: the text says what, where, and what to do.
    """

    def __init__(
        self,
        reading: Engine,
        writing: Engine,
        where: str,
        *,
        images: Contents | None,
        files: Contents | None,
        address: URL | None = None,
    ) -> None:
        super().__init__(reading, writing, where)
        self._contents = {"images": images, "files": files}
        self._address = address

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

    def append(
        self, session_id: str, events: Sequence[Event], grants: Sequence[Grant] = (), *, lease: Lease | None = None
    ) -> None:
        """Append all events or none; their `seq` must go on where the log ends.

        grants, lease: what comes of them, with them. They are a sign of life of the session's page, too: one
        transaction for all of it, since each waits for the disk, and for every other process that writes.

        Raises:
            Conflict: an event with such a seq exists already, or one before it is missing. Read again.
            StoreError: there is no such session, or the store can't be written.
        """
        if not events:
            return
        with self._transaction(f"append to session {session_id}", writes=True) as connection:
            log.append(connection, session_id, events)
            qualified.put(connection, grants)
            assignments.touch(connection, session_id, events[-1].at)
            if lease is not None:
                leases.follow(connection, session_id, events[-1].seq + 1, lease)

    def read(self, session_id: str, since: int = 0) -> tuple[Event, ...]:
        """Return the session's events from seq `since` on; none for an unknown session."""
        with self._transaction(f"read session {session_id}") as connection:
            return log.read(connection, session_id, since)

    def length(self, session_id: str) -> int:
        """Number of events, which is the seq of the next one; 0: there is no such session."""
        with self._transaction(f"read session {session_id}") as connection:
            return log.length(connection, session_id)

    def lengths(self, study: str) -> dict[str, int]:
        """Return the number of events of each session of a study, by its id."""
        with self._transaction("look at the sessions") as connection:
            return log.lengths(connection, study)

    def sessions(
        self, study: str | None = None, *, worker_id: str | None = None, finished: bool = True
    ) -> list[SessionOpened]:
        """Return how every session was opened, the earliest first.

        study, worker_id: None: of all of them. finished: False: only those that still go on.
        """
        with self._transaction("list the sessions") as connection:
            return log.openings(connection, study, worker_id=worker_id, finished=finished)

    def event_counts(self, study: str | None = None) -> dict[str, int]:
        """Return kind of event → how many there are. study: None: of all studies."""
        with self._transaction("count the events") as connection:
            return log.counts(connection, study)

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

        Each list holds whole sessions in the order of their ids, the events of each in order.
        """
        after: str | None = ""
        while after is not None:
            with self._transaction("read the sessions") as connection:
                page, after = log.raw_page(connection, study, after, sessions)
            if page:
                yield page

    def pages(self, study: str | None = None, sessions: int = 2_000) -> Iterator[packs.Page]:
        """Yield pages, each of which reads so many sessions as packs when it is called; several threads may do so at
        once, and other processes (`opening.opened_again`).

        Together they give what `rows` yields, in that order. It is for reading a million attempts; `logs` is for
        everything else.
        """
        after = ""
        while True:
            with self._transaction("read the sessions") as connection:
                span = packs.next_span(connection, after, sessions)
            if span is None:
                return
            yield packs.Page(read=self.packs, study=study, span=span, address=self._address)
            after = span[1]

    def packs(self, study: str | None, span: packs.Span) -> list[packs.Pack]:
        """Return the sessions of a page, in the order of their ids."""
        with self._transaction("read the sessions") as connection:
            return packs.read(connection, study, span)

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
        """Remove a worker's sessions, events, drafts, telemetry, incidents, and images and files that nobody else has.

        Returns what was removed. Interrupted, it can be called again. Nobody may play meanwhile: an image that is
        being shown to another worker for the first time could be taken for this one's alone.
        """
        with self._transaction("forget a worker", writes=True) as connection, forgetting.unguarded(connection):
            found = forgetting.holdings(connection, worker_id)
            for what, names in (("images", found.images), ("files", found.files)):
                for name in names if self._contents[what] is not None else ():
                    self._kept(what).remove(name)
            forgetting.remove_rows(connection, worker_id)
        with explained(self.where, "wipe what was deleted"):
            forgetting.wipe(self._engines[True])
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

    def has_image(self, sha256: object) -> bool:
        """Whether the file of the image is kept; nothing that is no sha256 is."""
        return self._kept("images").has(sha256)

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

    def repair(self, kind: str, data: bytes) -> str:
        """Keep a file in place of one that is damaged; return its sha256. kind: `images` or `files`."""
        contents = self._kept(kind)
        name = sha256(data).hexdigest()
        contents.remove(name)
        return contents.put(data)

    def keep_upload(self, session_id: str, data: bytes, kind: str = "") -> Upload:
        """Keep a file as one that this session has uploaded. kind: what the browser called it (MIME), or ""."""
        upload = Upload(sha256=self.put_file(data), size=len(data), type=log.to_text(kind))
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

    def put_metrics(self, metrics: Iterable[Metric]) -> None:
        """Keep what was measured of attempts, in place of earlier values of the same metrics."""
        with self._transaction("keep metrics", writes=True) as connection:
            measured.put(connection, metrics)

    def metrics(self, study: str | None = None) -> list[Metric]:
        """Return what was measured of attempts, by session, attempt and metric. study: None: of all studies."""
        with self._transaction("read the metrics") as connection:
            return measured.read(connection, study)

    def session_metrics(self, session_id: str) -> list[Metric]:
        """Return what was measured of one session's attempts, by attempt and metric."""
        with self._transaction(f"read the metrics of session {session_id}") as connection:
            return measured.read_of_session(connection, session_id)

    def put_replay_metrics(self, metrics: Iterable[ReplayMetric]) -> None:
        """Keep what was measured of replays, in place of earlier values of the same metrics."""
        with self._transaction("keep metrics of replays", writes=True) as connection:
            measured.put_of_replays(connection, metrics)

    def replay_metrics(self, study: str | None = None) -> list[ReplayMetric]:
        """Return what was measured of replays, by replay and metric. study: None: of all studies."""
        with self._transaction("read the metrics of replays") as connection:
            return measured.read_of_replays(connection, study)

    def note(self, session_id: str, notes: Iterable[Noted], at: datetime) -> None:
        """Keep what a page has noted of the work, in place of its earlier totals. at: now, UTC."""
        with self._transaction(f"keep what a page of session {session_id} notes", writes=True) as connection:
            telemetry.put(connection, session_id, notes, at)

    def telemetry(self, study: str | None = None) -> list[Telemetry]:
        """Return what pages have noted of the work, by session, attempt and time. study: None: of all studies."""
        with self._transaction("read what pages have noted") as connection:
            return telemetry.read(connection, study)

    def replays(self, study: str | None = None) -> list[Replay]:
        """Return the replays by session, attempt, model and draw. study: None: of all studies."""
        with self._transaction("read the replays") as connection:
            return replays.read(connection, study)

    def replays_done(self, study: str) -> set[str]:
        """Return the ids of the study's replays that are done."""
        with self._transaction("read the replays") as connection:
            return replays.done(connection, study)

    def claim_replays(
        self, ids: Sequence[str], holder: str, now: datetime, lease_s: float
    ) -> tuple[list[str], list[str]]:
        """Return which replays are the holder's to draw now, and which are another's; the others are done already.

        holder: random, of one process. lease_s: seconds, > 0; the holder renews before they are over.
        """
        with self._transaction("claim replays", writes=True) as connection:
            return replays.claim(connection, ids, holder, now, lease_s)

    def renew_replays(self, holder: str, now: datetime, lease_s: float) -> None:
        """Hold on to all replays that the holder has claimed."""
        with self._transaction("renew the claims of replays", writes=True) as connection:
            replays.renew(connection, holder, now, lease_s)

    def release_replays(self, holder: str) -> None:
        """Give back all replays that the holder has claimed."""
        with self._transaction("release replays", writes=True) as connection:
            replays.release(connection, holder)

    def finish_replays(self, done: Iterable[Replay], given_up: Iterable[str] = ()) -> None:
        """Keep replays, each once, and give back their claims. given_up: ids of those to be tried another time."""
        with self._transaction("keep replays", writes=True) as connection:
            replays.finish(connection, done, given_up)

    def record_incident(self, incident: str, at: datetime, session_id: str | None, text: str) -> None:
        """Keep what went wrong under its number. session_id: None: outside a session."""
        with self._transaction("record an incident", writes=True) as connection:
            incidents.record(connection, Incident(incident=incident, at=at, session_id=session_id, text=text))

    def incidents(self, limit: int = 20) -> list[Incident]:
        """Return the latest incidents, the latest first; at most `limit`."""
        with self._transaction("read the incidents") as connection:
            return incidents.read(connection, limit)

    def _kept(self, what: str) -> Contents:
        contents = self._contents[what]
        if contents is None:
            raise StoreError(f"{self.where}: there is no folder for {what}; open the store with {what}=<folder>")
        return contents
