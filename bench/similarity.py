"""How long the search for passages in common takes for a class: run ``python -m bench.similarity``."""

from __future__ import annotations

import random
import time
import tracemalloc

from lms.assignments.domain.similarity import Comparison

WORDS = 2000
VOCABULARY = 3000
COPIED = 120


def essays(count: int, seed: int = 7, sharing: float = 0.2) -> dict[int, str]:
    """Essays of words drawn as language draws them, some with a passage that several share."""
    lot = random.Random(seed)
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]
    words = [f"word{number}" for number in range(VOCABULARY)]
    common = lot.choices(words, weights, k=COPIED)
    texts = {}
    for number in range(1, count + 1):
        text = lot.choices(words, weights, k=WORDS)
        if lot.random() < sharing:
            at = lot.randrange(WORDS)
            text[at:at] = common
        texts[number] = " ".join(text)
    return texts


def measure(name: str, texts: dict[int, str]) -> None:
    """One line: seconds, peak memory, pairs."""
    tracemalloc.start()
    Comparison(texts)
    peak = tracemalloc.get_traced_memory()[1] / 1024 / 1024
    tracemalloc.stop()
    begun = time.perf_counter()
    comparison = Comparison(texts)
    indexed = time.perf_counter() - begun
    found = comparison.compare(comparison.pairs)
    seconds = time.perf_counter() - begun
    print(
        f"similarity, {name}: {seconds:.2f} s ({indexed:.2f} s for the index), {peak:.0f} MB at most, "
        f"{len(comparison.pairs)} pairs compared, {len(found)} with passages"
    )


def main() -> None:
    """Measure a class of 22, one of 200, and one of 200 that all copied the same text."""
    measure("22 essays of 2,000 words", essays(22))
    measure("200 essays of 2,000 words", essays(200))
    same = next(iter(essays(1).values()))
    measure("200 times the same essay", dict.fromkeys(range(1, 201), same))


if __name__ == "__main__":
    main()
