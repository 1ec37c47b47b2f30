"""A web server on this computer, in a thread, that serves files as well or as badly as a test wants."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cnnlab.engine.data import downloads


@dataclass
class Site:
    """What is served, by name, and how."""

    files: dict[str, bytes]
    ranges: bool = True
    cut_after: int | None = None
    """Bytes after which the connection breaks off."""
    stalls_after: int | None = None
    """Bytes after which nothing more comes, though the connection stays."""
    leads_to: str = ""
    """Where every request is redirected to."""
    address: str = ""
    asked: list[str] = field(default_factory=list)
    """Name and range of each request."""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def opener(self) -> urllib.request.OpenerDirector:
        """The secure opener, which for this test speaks http too; where a redirect may lead is not its to say."""
        opener = downloads.secure_opener()
        opener.add_handler(urllib.request.HTTPHandler())
        return opener


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """The site is up inside; ``address`` is then set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, wanted = self.path.rpartition("/")[2], self.headers.get("Range", "")
            site.asked.append(f"{name} {wanted}".strip())
            if site.leads_to:
                self.send_response(302)
                self.send_header("Location", site.leads_to + name)
                self.end_headers()
                return
            if name not in site.files:
                self.send_error(404)
                return
            content, start = site.files[name], 0
            if wanted and site.ranges:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            ends = [end for end in (site.cut_after, site.stalls_after) if end is not None]
            self.wfile.write(content[start : max(start, min(ends))] if ends else content[start:])
            self.wfile.flush()
            if site.stalls_after is not None:
                site.over.wait(30)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    server.block_on_close = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
