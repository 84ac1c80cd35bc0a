"""A real PostgreSQL server of the test's own: on a Unix socket, as an unprivileged user."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.needs import missing

SETTINGS = "-c listen_addresses= -c fsync=off -c max_connections=20"


def _bin() -> Path:
    """Where the server programs are; Debian keeps them off the path."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not places:
        missing("PostgreSQL's server is not installed (Debian: apt install postgresql)")
    return places[-1]


@contextmanager
def server() -> Iterator[str]:
    """The URL of an empty server, as long as the block runs. PostgreSQL refuses to run as root."""
    programs = _bin()
    home = Path(tempfile.mkdtemp(prefix="canh-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        os.chown(home, 65534, 65534)
        as_user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    data = home / "data"

    def run(*words: str) -> None:
        subprocess.run([*as_user, *words], check=True, capture_output=True, cwd=home)

    try:
        run(str(programs / "initdb"), "-D", str(data), "-U", "canh", "-A", "trust", "-E", "UTF8")
        control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log")]
        run(*control, "-o", f"{SETTINGS} -k {home}", "start")
        try:
            yield f"postgresql+psycopg://canh@/postgres?host={home}"
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def database(server: str, name: str, template: str = "template1") -> Iterator[str]:
    """The URL of a database of that server, as long as the block runs; a copy of `template`."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as conn:
            conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
