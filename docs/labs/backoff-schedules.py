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
# # Lab: backoff schedules
#
# How do waits grow for a server that stays down, and how much of that is chance? The cell above
# each picture drew it when the site was built. [=definition]

# %%
from IPython.display import HTML, display

from snippets.configuration import FederationConfig
from snippets.configuration.duration import spoken
from snippets.federation_backoff.pictures import histogram_svg, schedule_svg
from snippets.federation_backoff.schedule import Schedule
from snippets.shared.drawing import WIDTHS
from snippets.shared.markdown import picture


def choice(least: str, multiplier: float, most: str) -> FederationConfig:
    """The three options, as one would write them."""
    section = {
        "destination_min_retry_interval": least,
        "destination_retry_multiplier": multiplier,
        "destination_max_retry_interval": most,
    }
    return FederationConfig.read({"federation": section})


def draw(config: FederationConfig, failures: int = 17) -> None:
    """The band is the jitter, the line the median, the dashes an hour."""
    schedule = Schedule(config)
    waits = [spoken(attempt.wait.median) for attempt in schedule.attempts[:failures]]
    title = f"The wait grows with each failure, in the median from {waits[0]} to {waits[-1]}"
    drawn = (schedule_svg(schedule, title, width, failures=failures) for width in WIDTHS)
    display(HTML(picture(*drawn)))


draw(choice("10m", 2, "7d"))

# %% [markdown]
# The defaults. The band opens, because every draw multiplies the one before, and closes at the
# maximum, where there is no jitter. [=band-opens-and-closes-at-the-maximum]
#
# ## A steep one

# %%
draw(choice("30s", 5, "12h"))

# %% [markdown]
# One failure costs half a minute. A server that stays down has its maximum after eight and a half
# hours, in the median. [=steep-schedule-is-at-its-maximum-in-hours]
#
# ## Before 1.90

# %%
draw(FederationConfig.read({}, release="1.89"), failures=10)

# %% [markdown]
# The maximum was 146 million years. After the tenth failure the wait is 5 to 767 years.
# [=tenth-wait-was-years]
#
# ## A multiplier that jitter outweighs

# %%
draw(choice("10m", 1.2, "12h"), failures=40)

# %% [markdown]
# At 1.25 or less a draw of 0.8 makes the wait no longer. Here the lower edge does not rise.
# [=lower-edge-does-not-rise]
#
# ## When is the maximum reached?
#
# Ten thousand lives with the defaults, from the first failure to the first wait of seven days:
# [=definition]

# %%
lives = Schedule(choice("10m", 2, "7d"), seed=1, runs=10_000)
times = lives.time_to_cap()
title = f"Lives by the time until the maximum: {spoken(times[0])} to {spoken(times[-1])}"
display(HTML(picture(*(histogram_svg(times, title, width) for width in WIDTHS))))
for percent in (5, 50, 95):
    print(f"{percent:2} of 100 lives are there after {spoken(times[len(times) * percent // 100])}")

# %% [markdown]
# ## And after how many failures?

# %%
import random
from collections import Counter

from snippets.federation_backoff.schedule import failures_to_cap

rng = random.Random(2)
counts = Counter(failures_to_cap(choice("10m", 2, "7d"), rng) for _ in range(10_000))
for failures, count in sorted(counts.items()):
    print(f"{failures:2} failures: {'#' * (count // 100)} {count / 100:.1f} %")

# %% [markdown]
# The bounds, 8 and 16, are possible and rare: each needs a long run of luck in one direction.
# [=bounds-of-failures-are-8-and-16]
#
# Back to [choosing values](../../federation-backoff/choosing-values/). [=navigation]
