"""Replacements in the environment of a release, for reading configurations without running them.

- Optional packages of Synapse count as installed: environments of releases differ in which of them
  they have, and only the configuration matters here.
- `a_module.Module` is a module for Synapse that accepts any configuration.
- The driver's own input and output cannot be opened as files if 0 or 1 is given as a path.
- Slow results that are always the same are cached.

Import this before any module of Synapse, and call `settle` afterwards.
"""

import builtins
import importlib
import importlib.abc
import importlib.machinery
import os
import pkgutil
import re
import sys
import tempfile
import types
from collections.abc import Iterator, MutableSequence
from typing import Any, ClassVar
from unittest.mock import MagicMock

# Packages that some environments lack. Synapse checks whether they exist, and imports them.
OPTIONAL = (
    "authlib",
    "hiredis",
    "icu",
    "jaeger_client",
    "lxml",
    "opentracing",
    "psycopg2",
    "saml2",
    "sentry_sdk",
    "txredisapi",
)


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Replaces optional packages that are not installed; it is the last finder."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name.partition(".")[0] not in OPTIONAL:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> Any:
        return StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class StandIn(types.ModuleType):
    """A module that has every attribute."""

    __path__: ClassVar[MutableSequence[str]] = []  # type: ignore[misc]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=name)


class Module:
    """A module for Synapse that accepts any configuration."""

    @staticmethod
    def parse_config(config: Any) -> Any:
        return config


sys.meta_path.append(StandIns())
sys.modules["a_module"] = types.ModuleType("a_module")
vars(sys.modules["a_module"])["Module"] = Module
_open = builtins.open


def open_by_name(file: Any, *arguments: Any, **named: Any) -> Any:
    """Opens a file, but not the driver's own input and output if 0 or 1 is given as a path."""
    if isinstance(file, int):
        raise FileNotFoundError(file)
    return _open(file, *arguments, **named)


builtins.open = open_by_name
os.chdir(tempfile.mkdtemp())


def settle() -> None:
    """Makes Synapse's configuration code work without packages, and fast."""
    jinja2: Any = importlib.import_module("jinja2")
    jsonschema: Any = importlib.import_module("jsonschema")
    base: Any = importlib.import_module("synapse.config._base")
    package = importlib.import_module("synapse.config")
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("__"):
            continue
        module: Any = importlib.import_module(f"synapse.config.{found.name}")
        if hasattr(module, "check_requirements"):
            module.check_requirements = lambda *_: None
        for slow in ("generate_ip_set", "getproxies_environment"):
            if hasattr(module, slow):
                setattr(module, slow, _once(getattr(module, slow)))
    # The schemas are Synapse's own; checking them every time would take most of the time.
    for name in filter(re.compile(r"Draft\d+Validator").fullmatch, dir(jsonschema)):
        getattr(jsonschema, name).check_schema = lambda *_, **__: None
    base.Config.read_templates = _once(base.Config.read_templates)
    if hasattr(base, "importlib_resources"):  # Synapse's own folder of templates, by either
        base.importlib_resources.files = _once(base.importlib_resources.files)
    else:
        base.pkg_resources.resource_filename = _once(base.pkg_resources.resource_filename)
    from_string = jinja2.Environment.from_string

    def marked(source: str) -> Any:
        template = from_string(jinja2.Environment(), source)
        template.filename = source  # so that two templates can be compared
        return template

    once = _once(marked)
    jinja2.Environment.from_string = lambda _, source, *__, **___: once(source)


def _once(function: Any) -> Any:
    """The same function, with cached results."""
    known: dict[str, Any] = {}

    def asked(*given: Any, **named: Any) -> Any:
        arguments = [list(value) if isinstance(value, Iterator) else value for value in given]
        plain = [value for value in arguments if not hasattr(value, "read_config")]
        key = repr((plain, named))
        if key not in known:
            known[key] = function(*arguments, **named)
        return known[key]

    return asked
