"""Many pings as columns: what a country answers in one tick is taken up at once, not one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from probes.results import Ping

Column = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pings:
    """Like so many `Ping`s, which whoever wants them one by one gets by iterating."""

    nodes: Column
    sent: Column
    rtt: Column

    @classmethod
    def of(cls, pings: Iterable[Ping]) -> Pings:
        rows = np.array(list(pings), np.int64).reshape(-1, 3)
        return cls(rows[:, 0], rows[:, 1], rows[:, 2])

    @classmethod
    def joined(cls, parts: Sequence[Pings]) -> Pings:
        """One after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([_NONE, *(part.nodes for part in parts)]),
            np.concatenate([_NONE, *(part.sent for part in parts)]),
            np.concatenate([_NONE, *(part.rtt for part in parts)]),
        )

    def where(self, chosen: Mask) -> Pings:
        """Those of them."""
        return Pings(self.nodes[chosen], self.sent[chosen], self.rtt[chosen])

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Ping]:
        return zip(self.nodes.tolist(), self.sent.tolist(), self.rtt.tolist(), strict=True)


_NONE = np.zeros(0, np.int64)
