"""Answers that a process gave of late, given again while the dataset is the same: what many ask for is made once a revision.

An answer depends on nothing but what was asked and the dataset's revision, which is why it has an ETag; so the bytes may be
kept as well as the tag. A page of a dashboard, or an aggregate of everything, then costs what a 304 does.
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase

LARGEST = 8  # an answer may take this part of the room, so that one does not push out all the others
BESIDE = 1_000  # bytes that an answer takes besides its body: its headers, its address
Question = tuple[str, str, str, str]


class Kept(NamedTuple):
    """One answer as it was given."""

    body: bytes
    headers: dict[str, str]


def question_of(request: HttpRequest) -> Question:
    """Tell what an answer depends on besides the revision: the address as it was written, and the form that the reader takes.

    Nothing is judged here: of a host that is refused there is no answer to give again.
    """
    host = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")
    return request.scheme or "", host, request.get_full_path(), request.META.get("HTTP_ACCEPT", "")


class Keeper:
    """Keeps answers of one revision, those last asked for, within so many bytes. Threads may share it."""

    def __init__(self, room: int) -> None:
        """Take the bytes that the answers of this process may hold; none for zero."""
        self.room = room
        self.lock = Lock()
        self.revision = ""
        self.answers: OrderedDict[Question, Kept] = OrderedDict()
        self.taken = 0

    def knows(self, question: Question) -> bool:
        """Whether the question was answered lately, at whatever revision: else the present one is not worth asking for."""
        return question in self.answers

    def find(self, question: Question, revision: str) -> HttpResponse | None:
        """Give the answer that was given at a revision, if it is still here."""
        with self.lock:
            if revision != self.revision or question not in self.answers:
                return None
            self.answers.move_to_end(question)
            kept = self.answers[question]
        return HttpResponse(kept.body, headers=kept.headers)

    def keep(self, question: Question, revision: str, response: HttpResponseBase) -> None:
        """Keep an answer; what was said of another revision goes, and then what was not asked for longest."""
        if not isinstance(response, HttpResponse) or len(response.content) + BESIDE > self.room // LARGEST:
            return
        with self.lock:
            if revision != self.revision:
                self.revision, self.taken = revision, 0
                self.answers.clear()
            self._drop(question)
            self.answers[question] = Kept(response.content, dict(response.headers))
            self.taken += len(response.content) + BESIDE
            while self.taken > self.room:
                self._drop(next(iter(self.answers)))

    def _drop(self, question: Question) -> None:
        if gone := self.answers.pop(question, None):
            self.taken -= len(gone.body) + BESIDE
