"""Other sources of numbers: Redis and PostgreSQL, if their Debian packages are installed."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis
import tenacity

PIPELINE = 1000
CACHE = 1000
POSTGRESQL = Path("/usr/lib/postgresql")
WHEN_READY = tenacity.Retrying(
    stop=tenacity.stop_after_delay(30), wait=tenacity.wait_fixed(0.1), reraise=True
)

Peers = dict[str, Iterator[int]]


@contextmanager
def redis_numbers(folder: Path) -> Iterator[Peers]:
    """Run a Redis server without persistence until the end of the block."""
    if not shutil.which("redis-server"):
        yield {}
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        with redis.Redis(port=port) as connection:
            WHEN_READY(connection.ping)
            yield {
                "Redis `INCR`": _incr(connection),
                f"Redis `INCR`, {PIPELINE:,} in a pipeline": _incr_pipelined(connection),
            }
    finally:
        server.terminate()
        server.wait()


def _incr(connection: redis.Redis) -> Iterator[int]:
    while True:
        yield connection.incr("single")


def _incr_pipelined(connection: redis.Redis) -> Iterator[int]:
    while True:
        pipeline = connection.pipeline(transaction=False)
        for _ in range(PIPELINE):
            pipeline.incr("pipelined")
        yield from pipeline.execute()


@contextmanager
def postgresql_numbers(folder: Path) -> Iterator[Peers]:
    """Run a PostgreSQL server with a Unix socket until the end of the block."""
    programs = max(POSTGRESQL.glob("*/bin"), default=None)
    if not programs:
        yield {}
        return
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
        folder.parent.chmod(0o755)
    subprocess.run(
        [programs / "initdb", "--auth=trust", "--username=postgres", folder / "data"],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
    )
    server = subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses="],
        stderr=subprocess.DEVNULL,
        user=user,
    )
    try:
        login = f"host={folder} user=postgres"
        with WHEN_READY(psycopg.connect, login, autocommit=True) as connection:
            connection.execute("create sequence single")
            connection.execute(f"create sequence cached cache {CACHE}")
            yield {
                "PostgreSQL `nextval`": _nextval(connection, "single"),
                f"PostgreSQL `nextval`, `CACHE {CACHE}`": _nextval(connection, "cached"),
            }
    finally:
        server.terminate()
        server.wait()


def _nextval(connection: psycopg.Connection, sequence: str) -> Iterator[int]:
    while True:
        row = connection.execute("select nextval(%s)", [sequence], prepare=True).fetchone()
        assert row
        yield row[0]
