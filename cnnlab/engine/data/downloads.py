"""Fetching one file from the network: complete and verified, or not at all.

What has come so far is kept beside it as ``.part`` and gone on with the next time. Only https is spoken, and no server is
believed: a file counts when it has the length and the checksum that were published.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import shutil
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message as Headers
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from cnnlab.core.data.published import Download
from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count

TIMEOUT = 20.0
"""Seconds without a sign of the server after which it is given up."""

_CHUNK = 2**16
_SPARE = 2**26
"""Bytes that must stay free on the disk beside the file."""


class DownloadError(Refusal):
    """A file that could not be fetched; ``message`` says why. What has come so far is kept where it can be gone on with."""


class DownloadCancelled(Exception):
    """The person changed their mind. What has come so far is kept."""


def fetch(
    download: Download,
    path: Path,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda count: None,
    opener: urllib.request.OpenerDirector | None = None,
) -> None:
    """Put the file of ``download`` at ``path``; one that is there already is left alone if length and checksum are right.

    ``progress`` is told how many bytes there are, from time to time; ``cancelled`` is asked ten times a second, from another
    thread. Raises ``DownloadError`` and ``DownloadCancelled``."""
    if path.exists() and _is_intact(path, download):
        return
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        resumed = part.exists() and part.stat().st_size > 0
        _fill(part, download, cancelled, progress, opener or secure_opener())
        if not _is_intact(part, download) and resumed:
            # What was kept may be of another version of the file, or was harmed on the disk.
            part.unlink()
            _fill(part, download, cancelled, progress, opener or secure_opener())
        if not _is_intact(part, download):
            raise _mismatch(part, download)
        os.replace(part, path)
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(_reason(error, download, part)) from error


def secure_opener() -> urllib.request.OpenerDirector:
    """What opens https addresses, through the proxy that the system names, and nothing else: no http, files or ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _SecureRedirects(),
    ):
        opener.add_handler(handler)
    return opener


class _SecureRedirects(urllib.request.HTTPRedirectHandler):
    """Follows to https only; a server that leads to http would let anybody on the way read and change what comes."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            raise DownloadError(
                _(
                    "{server} redirects to an address that is not secure ({address}), which is not followed. Nothing "
                    "was changed. Choose a folder that has the pictures instead.",
                    server=urlsplit(req.full_url).netloc,
                    address=newurl,
                )
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fill(
    part: Path,
    download: Download,
    cancelled: Callable[[], bool],
    progress: Callable[[int], None],
    opener: urllib.request.OpenerDirector,
) -> None:
    """Bring ``part`` to the length that was published, on from what it holds if the server lets one begin there."""
    held = part.stat().st_size if part.exists() else 0
    if held > download.bytes:
        part.unlink()
        held = 0
    if held == download.bytes:
        return
    _check_space(part.parent, download.bytes - held)
    request = urllib.request.Request(download.url, headers={"User-Agent": "cnnlab", "Accept-Encoding": "identity"})
    if held:
        request.add_header("Range", f"bytes={held}-")
    if cancelled():
        raise DownloadCancelled
    with opener.open(request, timeout=TIMEOUT) as response, _closed_when_cancelled(response, cancelled):
        if held and not _resumes(response, held):
            held = 0
        with part.open("ab" if held else "wb") as file:
            progress(held)
            while chunk := _read(response, cancelled):
                if cancelled():
                    raise DownloadCancelled
                held += len(chunk)
                if held > download.bytes:  # nobody knows how long it goes on
                    break
                file.write(chunk)
                progress(held)
            file.flush()
            os.fsync(file.fileno())
    if cancelled():
        raise DownloadCancelled
    if held > download.bytes:
        raise _mismatch(part, download)  # which removes it, and no open file can be removed on Windows
    if held < download.bytes:
        raise http.client.IncompleteRead(b"", download.bytes - held)


def _read(response: http.client.HTTPResponse, cancelled: Callable[[], bool]) -> bytes:
    try:
        return response.read1(_CHUNK)
    except (OSError, ValueError, http.client.HTTPException):
        if cancelled():
            raise DownloadCancelled from None
        raise


def _resumes(response: http.client.HTTPResponse, held: int) -> bool:
    """Whether the answer begins where we asked it to, and not at the beginning."""
    headers: Headers = response.headers
    return response.status == 206 and headers.get("Content-Range", "").startswith(f"bytes {held}-")


@contextmanager
def _closed_when_cancelled(response: http.client.HTTPResponse, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Inside, the connection is cut as soon as it is ``cancelled``, also while nothing comes from the server."""
    over = threading.Event()
    # A second handle on the same connection: shutting that down wakes the thread that reads.
    connection = socket.fromfd(response.fileno(), socket.AF_INET, socket.SOCK_STREAM)

    def watch() -> None:
        while not over.wait(0.1):
            if cancelled():
                with suppress(OSError):  # the server may be quicker
                    connection.shutdown(socket.SHUT_RDWR)
                return

    watcher = threading.Thread(target=watch, name="download-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        connection.close()


def _check_space(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted + _SPARE:
        raise DownloadError(
            _(
                "The download needs {wanted} on the disk and {free} are free. Nothing was started. Free some space, "
                "then try again.",
                wanted=byte_count(wanted + _SPARE),
                free=byte_count(free),
            )
        )


def _is_intact(path: Path, download: Download) -> bool:
    if path.stat().st_size != download.bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == download.sha256


def _mismatch(part: Path, download: Download) -> DownloadError:
    part.unlink()
    return DownloadError(
        _(
            "The file “{name}” from {server} is not the published one: its length or checksum differs. It was deleted, "
            "and nothing else was changed. Try again later, or choose a folder that has the pictures.",
            server=_server(download),
            name=download.name,
        )
    )


def _server(download: Download) -> str:
    return urlsplit(download.url).netloc


def _reason(error: Exception, download: Download, part: Path) -> Message:
    """The message for a download that ``error`` ended: what happened, what is safe, what to do."""
    server = _server(download)
    held = part.stat().st_size if part.exists() else 0
    percent = f"{100 * held // download.bytes}"
    if isinstance(error, urllib.error.HTTPError):
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # the server's file is shorter than what we have
        return _(
            "{server} did not send “{name}” ({code} {text}). Nothing was changed. Try again later, or choose a folder "
            "that has the pictures.",
            server=server, name=download.name, code=error.code, text=error.reason,
        )  # fmt: skip
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _(
            "The disk is full: the download stopped at {percent} %. Incomplete files are not used. Free some space, "
            "then start it again: it resumes there.",
            percent=percent,
        )
    if isinstance(error, PermissionError):
        return _("“{folder}” cannot be written. Nothing was changed. Change its permissions.", folder=part.parent)
    if held:
        return _(
            "The connection to {server} was interrupted: the download stopped at {percent} %. Incomplete files are not "
            "used. Start it again when the network is back: it resumes there.",
            server=server,
            percent=percent,
        )
    reason = getattr(error, "reason", None) or error
    return _(
        "{server} cannot be reached ({reason}). Nothing was changed. Is this computer connected to the internet? You can also "
        "choose a folder that has the pictures.",
        server=server,
        reason=str(reason),
    )
