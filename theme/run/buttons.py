"""The buttons below each Python block, which are there before any script: nothing moves later."""

import re
import textwrap
from collections.abc import Mapping
from functools import cache
from html import escape, unescape
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
NEEDS = Path(__file__).with_name("needs.yaml")

_BLOCK = re.compile(
    r'<div class="(?P<classes>language-python[^"]*)">(?P<shown>.*?</pre>)</div>', re.DOTALL
)
_CODE = re.compile(r"<code[^>]*>(.*?)</code>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SECTION = re.compile(r"^ *# --8<-- \[start:([\w.-]+)\]\n(.*?)^ *# --8<-- \[end:\1\]", re.M | re.S)

BUTTONS = (
    '<button type="button">Run</button><button type="button" hidden>Stop</button>'
    '<button type="button">Edit</button><button type="button" hidden>Reset</button>'
    "<output></output>"
)
ALL = (
    '<div class="runner-all"{data}><button type="button">Run all</button>'
    '<button type="button" hidden>Stop</button><output aria-live="off"></output></div>'
)

MISSING = (
    '<p class="runner-all">This copy of the site cannot run Python in the page: Pyodide was '
    "missing when it was built.</p>"
)


def with_buttons(html: str, page: str, assets: str, sizes: Mapping[str, int]) -> str:
    """A page's content with buttons below its blocks, or with what a block needs instead.

    `page` is its file below docs/, `assets` the address of what the browser fetches, and `sizes`
    the bytes of it.
    """
    lab = page.endswith(".py")
    runnable = 0
    needs = read_needs().get(page, {})

    def add(match: re.Match[str]) -> str:
        nonlocal runnable
        code = _CODE.search(match["shown"])
        assert code, "a block of Python holds its code"
        source = unescape(_TAG.sub("", code[1]))
        first = next(line for line in source.splitlines() if line.strip())
        if reason := needs.get(first):
            bar = f'<p class="runner">{reason}</p>'
        else:
            module = modules().get(source.strip("\n"))
            data = f' data-module="{escape(module)}"' if module else ""
            if runnable and (lab or "continuation" in match["classes"].split()):
                data += " data-continues"
            bar = f'<div class="runner"{data}>{BUTTONS}</div>'
            runnable += 1
        return f'<div class="{match["classes"]}">{match["shown"]}{bar}</div>'

    html = _BLOCK.sub(add, html)
    if not runnable:
        return html
    data = f' data-python="{assets}"' + "".join(f' data-{k}="{v}"' for k, v in sizes.items())
    last = ALL.format(data=data)
    return f"<div data-lab>{html}</div>{last}" if lab else html + last


def without_buttons(html: str) -> str:
    """A page's content with a line that says why its blocks cannot be run here."""
    return f"{html}{MISSING}" if _BLOCK.search(html) else html


@cache
def read_needs() -> dict[str, dict[str, str]]:
    """By page and first line of a block: what it needs that a browser lacks, as HTML."""
    needs: dict[str, dict[str, str]] = yaml.safe_load(NEEDS.read_text("utf-8"))
    return needs


@cache
def modules() -> dict[str, str]:
    """By text: the module of which a block shows a section. It runs with that module's names."""
    found = {}
    for path in sorted((ROOT / "snippets").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for _, section in _SECTION.findall(path.read_text("utf-8")):
            lines = [line for line in section.splitlines() if "# --8<-- [" not in line]
            found[textwrap.dedent("\n".join(lines)).strip("\n")] = name
    return found
