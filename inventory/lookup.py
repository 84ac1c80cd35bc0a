"""One index over everything that has a name: forgiving of missing tones, slips and old names."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from inventory.folding import fold
from inventory.lookup_words import MAC, WORD, forms_of, spelled, toned, untelex, words_asked

MOST_LIKE = 400  # words of the index that are taken for one word of a question
_TIGHT_MAC = re.compile(r"[0-9a-f]{12}")
_AT_ONCE, _DEEPEST, _SHELVES = 5_000, 200, 61
_LAST = "\U0010ffff"
_CONSIDERED = 80  # entries whose texts are looked at
# What somebody looks for first where all else is equal.
_FIRST = {"site": 0.05, "unit": 0.04, "device": 0.03, "link": 0.02, "service": 0.02}
_WHOLE, _NEARLY, _TONED, _PHRASE, _SHORT = 0.5, 0.4, 0.4, 0.25, 0.12


Floats = np.ndarray[tuple[int], np.dtype[np.float32]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Text(NamedTuple):
    """A text by which a thing is found. `weight`: how much it says of it, up to 1."""

    field: str
    text: str
    weight: float = 1.0


class Entry(NamedTuple):
    """A thing: `where` tells people which of several it is, `site` where a person is called to."""

    kind: str
    key: str
    name: str
    where: str
    texts: tuple[Text, ...]
    site: str = ""


class Hit(NamedTuple):
    """`field` and `text`: by what it was found."""

    entry: Entry
    field: str
    text: str
    score: float


class _Held(NamedTuple):
    """Who has the words: word n has the rows first[n] to first[n + 1]."""

    first: np.ndarray[tuple[int], np.dtype[np.intp]]
    numbers: np.ndarray[tuple[int], np.dtype[np.int32]]  # of entries
    weights: Floats


class Index:
    """Built once, asked often: a question costs some milliseconds over 20,000 devices."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)
        self._words: list[str] = []
        self._words, self._held = _posted(self._entries)
        backwards = [word[::-1] for word in self._words]
        # The words, sorted by their last letters.
        self._by_ends = np.fromiter(_order(backwards, range(len(backwards))), np.int32)
        self._letters: dict[int, list[str]] = {}  # words of letters alone, by their length
        for word in self._words:
            if word.isalpha():
                self._letters.setdefault(len(word), []).append(word)

    def __del__(self) -> None:
        """To free a million texts at once would let no other thread work for a tenth of a second,
        as in `_order`."""
        while self._entries:
            self._entries.pop()
        while self._words:
            del self._words[-_AT_ONCE:]

    @property
    def entries(self) -> Sequence[Entry]:
        """Of which another index like this one can be built; they outlive it."""
        return tuple(self._entries)

    def mask(self, told: Callable[[Entry], bool]) -> Mask:
        """Of the entries those that may be told, to ask for these alone."""
        return np.fromiter(map(told, self._entries), bool, len(self._entries))

    def find(self, question: str, limit: int = 20, within: Mask | None = None) -> list[Hit]:
        """The likeliest first; nothing where a word of the question is like none that is known."""
        asked = [self._known(word) for word in words_asked(question)]
        if not asked or not self._entries:
            return []
        alike = [self._alike(word) for word in asked]
        whole = np.zeros(len(self._entries), np.float32)
        every = np.ones(len(self._entries), bool) if within is None else within.copy()
        for likely in alike:
            scores = self._scores(likely)
            every &= scores > 0
            whole += scores
        numbers = np.flatnonzero(every)
        if len(numbers) > _CONSIDERED:
            numbers = numbers[np.argpartition(-whole[numbers], _CONSIDERED)[:_CONSIDERED]]
        asking = _Asking(question, asked, alike)
        hits = [
            _hit(self._entries[number], asking, float(whole[number]) / len(asked))
            for number in numbers
        ]
        hits.sort(key=lambda hit: (-hit.score, len(hit.entry.name), hit.entry.key))
        return hits[:limit]

    def _known(self, word: str) -> str:
        """The word, or what it is in Telex where that is known and it is not."""
        if self._has(word) or not self._has(plain := untelex(word)):
            return word
        return plain

    def _has(self, word: str) -> bool:
        at = bisect_left(self._words, word)
        return at < len(self._words) and self._words[at] == word

    def _scores(self, alike: Mapping[str, float]) -> Floats:
        """For each entry how well it has one word of the question."""
        scores = np.zeros(len(self._entries), np.float32)
        first, numbers, weights = self._held
        places = np.array([bisect_left(self._words, like) for like in alike], np.intp)
        counts = first[places + 1] - first[places]
        ends = np.cumsum(counts)
        rows = np.arange(counts.sum()) + np.repeat(first[places] - ends + counts, counts)
        likeness = np.repeat(np.fromiter(alike.values(), np.float32, len(alike)), counts)
        np.maximum.at(scores, numbers[rows], weights[rows] * likeness)
        return scores

    def _alike(self, word: str) -> Mapping[str, float]:
        """Words of the index → how like this one they are, from 0 to 1."""
        found: dict[str, float] = {}
        for like in self._begin(word):
            found[like] = 0.75 + 0.25 * len(word) / len(like)
        if word.isdecimal() and len(word) > 2:  # the last digits of a number
            for like in self._end(word):
                found.setdefault(like, 0.7 + 0.25 * len(word) / len(like))
        for like, slips in self._slips(word):
            found.setdefault(like, 0.8 - 0.15 * slips)
        if self._has(word):
            found[word] = 1.0
        return found

    def _slips(self, word: str) -> Iterable[tuple[str, int]]:
        """Words that are a slip or two away: letters left out, doubled, swapped, wrong."""
        if word.isalpha():
            return self._slipped(word)
        if len(word) < 5 or self._has(word) or "." in word:
            return ()  # an address with another digit is another address
        return self._miscopied(word)

    def _slipped(self, word: str) -> Iterator[tuple[str, int]]:
        """Of words in letters there are few: all are compared."""
        if len(word) < (3 if self._has(word) else 2):
            return
        allowed = 1 if len(word) < 6 else 2
        lengths = range(len(word) - allowed, len(word) + allowed + 1)
        close = [one for length in lengths for one in self._letters.get(length, ())]
        found = process.extract(
            word, close, scorer=OSA.distance, score_cutoff=allowed, limit=MOST_LIKE
        )
        for like, slips, _ in found:
            yield like, int(slips)

    def _miscopied(self, word: str) -> Iterator[tuple[str, int]]:
        """One slip leaves the first half of a code whole, or the last, or swaps two neighbours."""
        half = len(word) // 2
        near = {*self._begin(word[:half]), *self._end(word[half:])}
        for at in range(len(word) - 1):
            near.add(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
        for like in near:
            if OSA.distance(word, like, score_cutoff=1) == 1 and self._has(like):
                yield like, 1

    def _begin(self, head: str) -> Sequence[str]:
        first = bisect_left(self._words, head)
        last = bisect_left(self._words, head + _LAST, first)
        return self._words[first : min(last, first + MOST_LIKE)]

    def _end(self, tail: str) -> Sequence[str]:
        head = tail[::-1]
        first = bisect_left(self._by_ends, head, key=self._backwards)
        last = bisect_left(self._by_ends, head + _LAST, first, key=self._backwards)
        return [self._words[at] for at in self._by_ends[first : min(last, first + MOST_LIKE)]]

    def _backwards(self, at: int) -> str:
        return self._words[at][::-1]


def _hit(entry: Entry, asking: _Asking, score: float) -> Hit:
    """By which text it was found, and how well that is the question itself."""
    bonus, number = max((asking.fits(text), -n) for n, text in enumerate(entry.texts))
    best = entry.texts[-number]
    shortness = _SHORT * min(1.0, len(asking.asked) / max(1, len(WORD.findall(entry.name))))
    whole = score + bonus + shortness + _FIRST.get(entry.kind, 0.0)
    return Hit(entry, best.field, best.text, whole)


def _posted(entries: Sequence[Entry]) -> tuple[list[str], _Held]:
    """The words of all texts, sorted, and who has them."""
    known: list[str] = []
    seen = [dict[str, int]() for _ in range(_SHELVES)]  # to let a large one grow is one long step
    words, numbers, weights = array("i"), array("i"), array("f")
    for number, entry in enumerate(entries):
        for text in entry.texts:
            forms = forms_of(text.text)
            for word in (*forms.words, *forms.codes):
                shelf = seen[hash(word) % _SHELVES]
                place = shelf.get(word)
                if place is None:
                    place = shelf[word] = len(known)
                    known.append(word)
                words.append(place)
                numbers.append(number)
                weights.append(text.weight)
    while seen:
        seen.pop()  # nor is one freed at once
    order = np.fromiter(_order(known, range(len(known))), np.int64, len(known))
    places = np.empty_like(order)
    places[order] = np.arange(len(known))
    pairs = places[np.asarray(words)] * len(entries) + np.asarray(numbers)
    sorting = np.argsort(pairs, kind="stable")
    pairs = pairs[sorting]
    begins = np.flatnonzero(np.diff(pairs, prepend=-1))  # of a word of an entry
    best = np.maximum.reduceat(np.asarray(weights)[sorting], begins) if len(begins) else weights
    of, number_of = np.divmod(pairs[begins], max(1, len(entries)))
    first = np.searchsorted(of, np.arange(len(known) + 1))
    held = _Held(first, number_of.astype(np.int32), np.asarray(best))
    return [known[place] for place in order], held


def _order(words: Sequence[str], some: Sequence[int], at: int = 0) -> Iterator[int]:
    """Places of words that begin alike up to `at`, sorted by the words.

    To sort half a million at once would let no other thread of the process work for a second.
    """
    if len(some) <= _AT_ONCE or at > _DEEPEST:
        yield from sorted(some, key=words.__getitem__)
        return
    by_letter: dict[str, list[int]] = {}
    for place in some:
        by_letter.setdefault(words[place][at : at + 1], []).append(place)
    for letter in sorted(by_letter):
        yield from _order(words, by_letter.pop(letter), at + 1)


class _Asking:
    """How well a text is the question itself. `alike`: what each of its words may stand for."""

    def __init__(
        self, question: str, asked: Sequence[str], alike: Sequence[Mapping[str, float]]
    ) -> None:
        self._folded = spelled(fold(question))
        self.asked = asked
        self._alike = alike
        self._tight = "".join(asked)
        self._any = frozenset().union(*alike)
        self._macs = any(map(_TIGHT_MAC.fullmatch, self._any))
        self._toned = None if question.isascii() else toned(question)
        self._told: dict[str, float] = {}  # things at one place share their texts

    def fits(self, text: Text) -> float:
        """Is the text the question, has it its words side by side, with their tones?"""
        found = self._told.get(text.text)
        if found is None:
            found = self._told[text.text] = self._fits(text.text)
        return found * text.weight

    def _fits(self, text: str) -> float:
        if not self._macs and MAC.fullmatch(text):  # there are many, and most are not meant
            return 0.0
        folded, tight, words, codes = forms_of(text)
        held = {*words, *codes}
        if folded == self._folded:
            bonus = _WHOLE
        elif tight == self._tight:
            bonus = _NEARLY
        elif self._any.isdisjoint(held):
            return 0.0
        else:
            bonus = 0.0
        bonus += 0.1 * sum(word in held for word in self.asked) / len(self.asked)
        bonus += _PHRASE * self._run(words) / len(self.asked)
        if self._toned is not None and self._toned in toned(text):
            bonus += _TONED
        return bonus

    def _run(self, words: Sequence[str]) -> float:
        """The likeness of the longest row of words that the question has in this order."""
        best = 0.0
        for first, word in enumerate(words):
            if word not in self._any:
                continue
            for begin in range(len(self._alike)):
                run = 0.0
                for alike, here in zip(self._alike[begin:], words[first:], strict=False):
                    likeness = alike.get(here)
                    if likeness is None:
                        break
                    run += likeness
                best = max(best, run)
        return best
