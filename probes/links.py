"""What we believe of links, from what the devices at their ends say of their own ports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from probes.graph import Graph
from probes.judgement import LinkSaid
from probes.marks import Marks
from probes.node import FAULTY, Node
from store.states import Mark, State


class Tell(Protocol):
    """How a verdict is given; see Judge._verdict."""

    def __call__(
        self,
        n: int,
        state: State,
        since: int,
        reason: str,
        *,
        root: int | None = None,
        first_good: int | None = None,
    ) -> None: ...


class Links:
    """One statement of a device about its own port is a proof; no confirmation is needed."""

    def __init__(self, graph: Graph, nodes: Sequence[Node], marks: Marks, tell: Tell) -> None:
        self._graph = graph
        self._nodes = nodes
        self._marks = marks
        self._tell = tell
        self._words: dict[int, dict[int, bool]] = {}  # link → end → did it last say up
        self._at: dict[int, list[int]] = {}
        for link, ends in graph.ends.items():
            for end, _ in ends:
                self._at.setdefault(end, []).append(link)

    def hear(self, said: LinkSaid) -> bool:
        """Take a statement; True when the link's belief turned, so that others look again."""
        node = self._nodes[said.link]
        if said.admin_down:
            self._shut(said, node)
            return False
        words = self._words.setdefault(said.link, {})
        words[said.end] = said.up
        if said.up and any(not up for end, up in words.items() if self._heeded(end)):
            return False  # the other end says down: a link that carries one way is down
        self._marks.put(said.link, Mark.ADMIN_DOWN, on=False)
        self._marks.put(said.link, Mark.NEVER_SEEN, on=False)
        return self._up(said, node) if said.up else self._down(said, node)

    def lose(self, device: int) -> None:
        """It tells nothing any more: links without another end that does end their last state."""
        for link in self._at.get(device, ()):
            node = self._nodes[link]
            ends = [end for end, _ in self._graph.ends[link]]
            deaf = all(Mark.MANAGEMENT_SILENT in self._nodes[end].marks for end in ends)
            if deaf and node.since is not None and node.state != State.UNKNOWN:
                since = max(node.last_good or 0, node.since)
                self._tell(link, State.UNKNOWN, since, "not_asked")

    def follow(self, now_ms: int) -> None:
        """A link is unreachable while every askable end of it is silent."""
        for link, ends in self._graph.ends.items():
            node = self._nodes[link]
            if node.since is None or node.state not in (State.UP, State.UNKNOWN):
                continue
            gone = [end for end, _ in ends if self._nodes[end].state in FAULTY]
            if Mark.ADMIN_DOWN in node.marks or len(gone) < len(ends):
                continue
            end = self._nodes[gone[0]]
            node.first_bad = max(end.first_bad or now_ms, (node.last_good or 0) + 1)
            node.last_bad = node.first_bad
            root = end.root if end.root is not None else gone[0]
            self._tell(link, State.UNREACHABLE, node.first_bad, "end_silent", root=root)

    def _shut(self, said: LinkSaid, node: Node) -> None:
        """A person switched the port off: out of service, and no outage."""
        if Mark.ADMIN_DOWN not in node.marks:
            self._marks.put(said.link, Mark.ADMIN_DOWN, on=True)
            at = said.answered_ms
            self._tell(said.link, State.UNKNOWN, at, "admin_down", first_good=at)

    def _up(self, said: LinkSaid, node: Node) -> bool:
        node.last_good = said.asked_ms
        if node.state == State.UP:
            return False
        good = said.answered_ms if node.state in FAULTY else None
        self._tell(said.link, State.UP, said.answered_ms, "port_up", first_good=good)
        return True

    def _down(self, said: LinkSaid, node: Node) -> bool:
        if node.state == State.DOWN:
            node.last_bad = max(node.last_bad or 0, said.asked_ms)
            return False
        node.first_bad = node.last_bad = said.answered_ms
        self._tell(said.link, State.DOWN, said.answered_ms, "port_down")
        return True

    def _heeded(self, end: int) -> bool:
        """The last word of an end counts as long as it answers."""
        node = self._nodes[end]
        return node.state not in FAULTY and Mark.MANAGEMENT_SILENT not in node.marks
