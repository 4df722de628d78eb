"""Opens the database at an address."""

from collections.abc import Iterator
from contextlib import contextmanager

from snippets.streams.database import Database, DatabaseUnavailable, without_credentials
from snippets.streams.sqlite import SqliteDatabase


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """The database at `sqlite:PATH` or `postgresql://...`, closed after the block.

    Raises ValueError for any other address, and DatabaseUnavailable.
    """
    database: Database
    if url.startswith("sqlite:"):
        database = SqliteDatabase(url.removeprefix("sqlite:"))
    elif url.startswith(("postgresql:", "postgres:")):
        try:  # imported here, so that psycopg is needed only with PostgreSQL
            from snippets.streams.postgresql import PostgresDatabase
        except ModuleNotFoundError:
            raise DatabaseUnavailable(
                "PostgreSQL needs psycopg 3: pip install 'psycopg[binary]', "
                "or synapse-guide with its extra [postgresql]"
            ) from None

        database = PostgresDatabase(url)
    else:
        shown = without_credentials(url)
        raise ValueError(
            f"{shown!r} is not a database: write sqlite:PATH or postgresql://HOST/NAME"
        )
    try:
        yield database
    finally:
        database.close()
