"""A Spark cluster of a master and two workers, and a PostgreSQL server: each on this machine alone, for one test."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from kg.audit.spark_session import java_environment
from tests.programs import postgres

PATIENCE = 120.0
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
"""What spares a Java program that ends soon most of its work on itself."""
_NOBODY = 65534


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], log: Path, environment: dict[str, str] | None = None, user: int | None = None
) -> Iterator[Callable[[Callable[[str], bool]], None]]:
    """A program that runs. What is yielded waits until its log is as a condition has it."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, user=user
        )

    def wait(ready: Callable[[str], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not ready(log.read_text(errors="replace")):
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                if time.monotonic() < until:
                    continue
            raise AssertionError(f"not ready: {command[:2]} said {log.read_text(errors='replace')[-2000:]}")

    try:
        yield wait
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def spark_cluster(folder: Path) -> Iterator[str]:
    """A master and two workers of one processor each on loopback: the address of the master.

    What each worker was given to do lies below `folder`/1 and `folder`/2.
    """
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    logging = folder / "log4j2.properties"
    logging.write_text(
        "rootLogger.level=info\nrootLogger.appenderRef.out.ref=out\nappender.out.type=Console\n"
        "appender.out.name=out\nappender.out.layout.type=PatternLayout\nappender.out.layout.pattern=%m%n\n"
    )
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    environment |= {
        "JAVA_TOOL_OPTIONS": SHORT_LIVED,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": f"-Dlog4j2.configurationFile={logging}",
    }
    environment |= java_environment(folder / "java")
    start = [str(home / "bin" / "spark-class")]
    here = ["--host", "127.0.0.1", "--webui-port", "0"]
    port, deploy = free_port(), "org.apache.spark.deploy"
    with ExitStack() as stack:
        command = [*start, f"{deploy}.master.Master", *here, "--port", str(port)]
        wait = stack.enter_context(running(command, folder / "master.log", environment))
        wait(lambda said: "Starting Spark master" in said)
        for n in ("1", "2"):
            given = ["-c", "1", "-m", "600m", "-d", str(folder / n), f"spark://127.0.0.1:{port}"]
            command = [*start, f"{deploy}.worker.Worker", *here, *given]
            stack.enter_context(running(command, folder / f"worker-{n}.log", environment))
        wait(lambda said: said.count("Registering worker") == 2)
        yield f"spark://127.0.0.1:{port}"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server with one database, which is asked by psql."""

    programs: Path
    socket: Path

    def run(self, sql: str, stdin: bytes = b"") -> bytes:
        """What a script of SQL prints, rows without decoration and fields apart by tabs."""
        script = [
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--field-separator=\t",
            "-v",
            "ON_ERROR_STOP=1",
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(sql)
            file.flush()
            command = [
                str(self.programs / "psql"),
                "-h",
                str(self.socket),
                "-U",
                "kg",
                *script,
                "-f",
                file.name,
                "postgres",
            ]
            done = subprocess.run(command, input=stdin, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        return done.stdout

    def ask(self, sql: str) -> list[tuple[str, ...]]:
        """The rows that a query answers, as texts."""
        return [tuple(line.split("\t")) for line in self.run(sql).decode().splitlines()]


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A server of its own cluster, reached through a socket in a temporary folder; nothing listens on the network.

    PostgreSQL refuses to run as root: then it runs as nobody, from a copy of its programs where they lie in a folder
    that is closed to others.
    """
    programs = postgres()
    assert programs is not None
    user = _nobody() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="kg-pg-"))
    try:
        if user is not None:
            os.chown(folder, user, -1)
            if not _open_to_others(programs):
                programs = _copied(programs, folder / "install")
        data = folder / "data"
        options = ["--no-sync", "--auth=trust", "--username=kg", "--encoding=UTF8", "--locale=C"]
        subprocess.run(
            [str(programs / "initdb"), "-D", str(data), *options],
            check=True,
            capture_output=True,
            user=user,
            cwd=folder,
        )
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", "jit": "off",
                    "max_stack_depth": "6MB"}  # fmt: skip
        told = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(data), *told]
        with running(command, folder.with_suffix(".log"), user=user) as wait:
            wait(lambda said: "ready to accept connections" in said)
            yield Postgres(programs, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)


def _copied(programs: Path, into: Path) -> Path:
    """The programs of a wheel, with the libraries that lie beside its package."""
    install, package = programs.parent, programs.parent.parent
    shutil.copytree(install, into / package.name / install.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    return into / package.name / install.name / programs.name


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return _NOBODY


def _open_to_others(programs: Path) -> bool:
    return all(p.stat().st_mode & 0o001 for p in (programs, *programs.parents))
