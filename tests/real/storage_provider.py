"""The code of synapse-s3-storage-provider, a module that keeps media in S3."""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.real import Missing

LOCK = Path(__file__).with_name("s3-storage-provider.txt")


def code(version: str) -> str:
    """The code of a version, from its wheel, whose hash is checked. Raises Missing."""
    name = f"synapse-s3-storage-provider=={re.escape(version)} "
    (lock,) = re.findall(rf"^{name}.*?(?=^\S|\Z)", LOCK.read_text(), re.M | re.S)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "wheel.txt")
        file.write_text(lock)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-d", folder]
        if subprocess.run([*pip, *options, "-r", file]).returncode:
            raise Missing(f"synapse-s3-storage-provider {version} could not be fetched")
        (fetched,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(fetched) as wheel:
            return wheel.read("s3_storage_provider.py").decode()
