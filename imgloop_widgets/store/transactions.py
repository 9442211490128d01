"""What every call of a store is: one transaction, and every error of the database a `StoreError`."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store.databases import explain


class Transactions:
    """where: the place of the database, for messages. reading, writing: the same engine, with and without the lock."""

    def __init__(self, reading: Engine, writing: Engine, where: str) -> None:
        self.where = where
        self._engines = {False: reading, True: writing}
        self._closed = False

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
        advice = explain(error.orig) or f"the database says: {error.orig}"
        raise StoreError(f"{where}: can't {what}: {advice}") from error
    except PoolTimeout as error:
        raise StoreError(f"{where}: can't {what}: all its connections are in use; try again") from error
    except SQLAlchemyError as error:
        raise StoreError(f"{where}: can't {what}: {error}") from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise StoreError(f"{where}: can't {what}: a value can't be stored ({error})") from error
