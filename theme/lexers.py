"""Colours for HAProxy's configuration, which Pygments does not know."""

from typing import ClassVar

from pygments import lexers
from pygments.lexer import RegexLexer, bygroups
from pygments.token import Comment, Keyword, Name, Number, Punctuation, String, Text

__all__ = ["HAProxyLexer"]  # Pygments loads these


class HAProxyLexer(RegexLexer):
    """Sections with a name, and keywords with what follows them."""

    name = "HAProxy"
    aliases: ClassVar = ["haproxy"]
    tokens: ClassVar = {
        "root": [
            (r"\s+", Text),
            (r"#.*", Comment),
            (
                r"^(global|defaults|frontend|backend|listen)\b([ \t]*)([\w-]*)",
                bygroups(Keyword.Namespace, Text, Name.Namespace),
            ),
            (r"\S+", Keyword, "values"),
        ],
        "values": [
            (r"\n", Text, "#pop"),
            (r"[ \t]+", Text),
            (r"#.*", Comment),
            (r'"[^"\n]*"', String),
            (r"\d+(?:ms|s|m|h|d)?\b", Number),
            (r"[{}]", Punctuation),
            (r"\S+", Text),
        ],
    }


def register() -> None:
    """Makes HAProxy's known to Pygments under its alias."""
    lexers.LEXERS[HAProxyLexer.__name__] = (__name__, "HAProxy", ("haproxy",), (), ())
