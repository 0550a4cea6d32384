"""Many at the same instant, for tests of what happens then."""

import threading
from collections import Counter
from collections.abc import Callable


def all_at_once(acts: list[Callable[[], int]]) -> Counter[int]:
    """Call everything at the same instant, a thread and a connection each; count the statuses."""
    gate = threading.Barrier(len(acts))
    answers: list[int] = []

    def go(act: Callable[[], int]) -> None:
        gate.wait()
        answers.append(act())

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(acts)
    return Counter(answers)
