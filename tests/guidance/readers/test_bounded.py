"""Documents are read in another process: what one of them does to it is a fault of that document alone."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from kg.errors import KgError
from kg.guidance import readers
from kg.guidance.readers import bounded
from kg.guidance.readers.bounded import Limits
from tests.guidance.readers.made import FORMATS

LINES = ["IPG900 Title", "OPCS-4 codes", "A09.1 One"]
MARKS = [data(LINES) for kind, data in FORMATS.items() if kind != "txt"]

# A reader that does to its process what the document says.
HURTFUL = """
import os, signal
from kg.guidance.readers.html import load, read as read_html

def read(data, name):
    match data:
        case b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"hang":
            while True:
                pass
        case b"flood":
            bytes(4 << 30)
        case b"grow":
            kept = []
            while True:
                kept.append(bytearray(1 << 22))
        case b"write":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            with open(os.path.join(os.path.dirname(__file__), "written"), "wb") as file:
                file.write(b"x" * 10000)
        case b"raise":
            raise KeyError("what a library raises")
        case b"leave":
            os._exit(0)
        case b"shout":
            os.write(1, b"{}]")
            os._exit(1)
    return read_html(data, name)
"""


@pytest.fixture
def hurtful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of that reader. Rooms look for modules where this process does."""
    (tmp_path / f"hurtful_{tmp_path.name}.py").write_text(HURTFUL)
    monkeypatch.syspath_prepend(str(tmp_path))
    return f"hurtful_{tmp_path.name}"


GOOD = b"<p>A09.1 One</p>"
HURT = {
    b"crash": "KG-E0213",
    b"flood": "KG-E0214",
    b"grow": "KG-E0214",
    b"raise": "KG-E0105",
    b"leave": "KG-E0213",
    b"shout": "KG-E0213",
}


def test_what_a_document_does_to_its_process_is_its_own_fault(hurtful: str) -> None:
    for data, id in HURT.items():
        with pytest.raises(KgError) as fault:
            bounded.read(hurtful, data, "bad")
        assert (data, fault.value.id) == (data, id)
        assert bounded.read(hurtful, GOOD, "good").text == "A09.1 One"


def test_a_document_that_hangs_is_stopped_by_the_clock(hurtful: str) -> None:
    with pytest.raises(KgError) as fault:
        bounded.read(hurtful, b"hang", "bad", Limits(seconds=1))
    assert fault.value.id == "KG-E0214"
    assert bounded.read(hurtful, GOOD, "good").text == "A09.1 One"


def test_a_reader_writes_no_file(hurtful: str, tmp_path: Path) -> None:
    with pytest.raises(KgError, match="OSError"):
        bounded.read(hurtful, b"write", "bad")
    assert (tmp_path / "written").stat().st_size == 0


def test_documents_are_read_by_threads_at_the_same_time() -> None:
    wanted = [readers.read(data, "a").text for data in MARKS]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda data: readers.read(data, "a").text, MARKS * 8))
    assert found == wanted * 8


def _text(data: bytes) -> str:
    return readers.read(data, "a").text


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_documents_are_read_by_processes_at_the_same_time(method: str) -> None:
    wanted = [_text(data) for data in MARKS]
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        assert list(pool.map(_text, MARKS * 4)) == wanted * 4


def test_no_reader_is_left_when_the_program_ends() -> None:
    program = (
        "from kg.guidance import readers; from kg.guidance.readers import bounded\n"
        "readers.read(b'<p>A09.1</p>', 'a')\n"
        "print(bounded._rooms.idle[0].process.pid)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    with pytest.raises(ProcessLookupError):
        os.killpg(int(ran.stdout), 0)


def test_nothing_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        port = canary.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        page = (
            f'<html><head><base href="{url}"><link rel=stylesheet href="{url}/a.css"><script src="{url}/a.js"></script>'
            f'<meta http-equiv=refresh content="0;url={url}"></head><body><p>A09.1</p><img src="{url}/a.png">'
            f'<iframe src="{url}"></iframe><object data="{url}"></object></body></html>'
        )
        assert readers.read(page.encode(), "a.html").text == "A09.1"
        canary.settimeout(0.2)
        with pytest.raises(TimeoutError):
            canary.accept()


def test_a_library_that_is_missing_is_told_with_what_to_install() -> None:
    program = (
        "import sys; sys.modules['selectolax'] = None\n"
        "from kg.guidance.readers import html\n"
        "html.read(b'<p>A09.1</p>', 'a.html')"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "KG-E0104" in ran.stderr
    assert 'pip install "terminology-kg[documents]"' in ran.stderr


def test_no_reader_is_imported_before_it_is_needed() -> None:
    program = "import sys; import kg.guidance.reading; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"selectolax", "pypdfium2", "pdfplumber", "docx"} & set(ran.stdout.split())
