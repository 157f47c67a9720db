"""The answer that holds an export: streamed as PostgreSQL writes it, in constant memory, ended where the reader goes away."""

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase, StreamingHttpResponse

from api.caching import mark
from api.errors import TooManyFiles
from api.exports.asked import About, Asked
from api.exports.copying import snapshot
from api.exports.formats import FORMATS, Format

EXPOSED = "Conflictdb-Revision, Conflictdb-Totals, Content-Disposition, ETag, Link"
MOST_LINKS = 20  # proxies take a few kilobytes of headers
# A file holds a thread for as long as its reader takes; the server has threads beside these that answer everybody else.
places = BoundedSemaphore(settings.FILES_AT_ONCE)
LOG = logging.getLogger(__name__)


def answer(asked: Asked, name: str) -> HttpResponseBase:
    """Answer with every row that matches. What can be wrong with the question is told before the first byte.

    Raises ``TooManyFiles``.
    """
    written_as = FORMATS[name]
    with ExitStack() as stack:
        if not places.acquire(blocking=False):
            raise TooManyFiles
        stack.callback(places.release)
        stack.enter_context(snapshot())
        about = asked.about()
        if asked.request.method == "HEAD":
            return _headed(StreamingHttpResponse(()), asked, about, written_as)  # how long it is nobody knows: not 0
        pieces = written_as.write(asked, about)
        stack.callback(pieces.close)  # type: ignore[attr-defined]  # each is a generator
        first = next(pieces, b"")
        stream = Stream(first, pieces, written_as.torn, stack.pop_all())
    return _headed(StreamingHttpResponse(stream), asked, about, written_as)


class Stream:
    """The pieces of a file. Its transaction ends with the last one, or where it is closed before."""

    def __init__(self, first: bytes, rest: Iterator[bytes], torn: bytes, open_until_then: ExitStack) -> None:
        """Take the first piece, which is made already, and the others, which are not."""
        self.first, self.rest, self.torn = first, rest, torn
        self.open_until_then = open_until_then

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces. A file that breaks off says so in its own form, and the server cuts the connection."""
        try:
            yield self.first
            yield from self.rest
        except Exception:
            LOG.exception("An export broke off")
            if self.torn:
                yield self.torn
            raise
        finally:
            self.close()

    def close(self) -> None:
        """End the COPY and its transaction, if they have not ended."""
        self.open_until_then.close()


def _headed(response: Any, asked: Asked, about: About, written_as: Format) -> HttpResponseBase:
    """Name the file, and say where it comes from and how it may be used."""
    state = f"-{about.revision[:13]}" if about.revision else ""  # when: no two revisions share it
    response.headers["Content-Type"] = written_as.content_type
    response.headers["Content-Disposition"] = f'attachment; filename="conflictdb-{asked.noun}{state}.{written_as.name}"'
    if links := _links(about):
        response.headers["Link"] = ", ".join(links)
    if about.revision:
        response.headers["Conflictdb-Revision"] = about.revision
    if about.beside:
        response.headers["Conflictdb-Totals"] = json.dumps(about.beside)  # in ASCII
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
    return mark(response, asked.request, about.revision)


def _links(about: About) -> list[str]:
    """Link each licence once, and each dataset, whose page has its citation, as far as there is room."""
    licences = dict.fromkeys(terms.licence_url for terms in about.terms if terms.licence_url)
    datasets = [terms.url for terms in about.terms]
    links = [f'<{address}>; rel="license"' for address in licences]
    links += [f'<{address}>; rel="describedby"' for address in datasets]
    return links[:MOST_LINKS]
