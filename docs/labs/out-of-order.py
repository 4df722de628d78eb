# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab: out-of-order completion
#
# What does the current stream ID do when writes finish in another order than they began? The cell
# above each picture drew it when the site was built. [=definition]

# %%
from IPython.display import HTML, display

from snippets.shared.markdown import picture
from snippets.streams import timeline_svg, trace


def draw(schedule: str) -> None:
    """A bar is a pending ID, a dot completed it, a cross rolled it back."""
    rows = trace(schedule)
    current = ", ".join(str(row.current) for row in rows)
    title = f"{schedule}. The current stream ID goes {current}"
    display(HTML(picture(timeline_svg(rows, title))))


draw("start at 1; reserve 2, 3; complete 3, 2; reserve 4, 5, 6; complete 5, 4, 6")

# %% [markdown]
# The staircase is the current stream ID. It waits below the oldest bar, and it jumps when that
# bar ends. [=staircase-waits-below-the-oldest-bar]
#
# ## One slow write holds everybody back
#
# ID 2 is slow. What comes after it completes at once, and the staircase stays below all of it.
# [=one-slow-write-holds-the-others-back]

# %%
draw("reserve 2, 3; complete 3; reserve 4; complete 4; reserve 5; complete 5, 2")

# %% [markdown]
# ## A failed write lets the stream go on
#
# A cross is a write that was rolled back. It counts as completed: there is nothing to wait for.
# [=a-cross-counts-as-completed]

# %%
draw("reserve 2, 3, 4; complete 4; fail 3; fail 2")

# %% [markdown]
# ## A leaked ID stops the stream for good
#
# If the writer does not complete ID 2, no later write moves the current stream ID.
# [=no-later-write-passes-a-leaked-id]

# %%
draw("reserve 2, 3; complete 3; reserve 4; complete 4; reserve 5; complete 5")

# %% [markdown]
# ## How long the wait is
#
# A thousand writes, reserved in order, that take a random time each. How far does the current
# stream ID lag behind the last one reserved? [=definition]

# %%
import random
from collections import Counter
from contextlib import AbstractContextManager

from snippets.streams import StreamIdGenerator


def lags(slowest: int, writes: int = 1000) -> Counter[int]:
    """How often each lag, in IDs, was seen; a write takes 1 to `slowest` steps."""
    rng = random.Random(7)
    stream = StreamIdGenerator()
    ending: dict[int, list[AbstractContextManager[int]]] = {}
    seen: Counter[int] = Counter()
    for now in range(writes):
        write = stream.get_next()
        last = write.__enter__()
        ending.setdefault(now + rng.randint(1, slowest), []).append(write)
        for done in ending.pop(now, []):
            done.__exit__(None, None, None)
        seen[last - stream.get_current_token()] += 1
    return seen


for slowest in (2, 10, 50):
    lag = lags(slowest)
    mean = sum(lag.elements()) / lag.total()
    print(f"1 to {slowest:2} steps: mean lag {mean:4.1f} IDs, largest {max(lag)}")

# %% [markdown]
# The longer the slowest writes take, the larger the lag. So reserve late, and complete early.
# [=lag-grows-with-the-slowest-write]
#
# Back to [the rule](../../streams/current-stream-id/). [=navigation]
