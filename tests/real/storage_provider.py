"""The code of synapse-s3-storage-provider, a module that stores media in S3."""

from pathlib import Path

from tests.real.synapse import locked_wheel

LOCK = Path(__file__).with_name("s3-storage-provider.txt")


def code(version: str) -> str:
    """The code of a version, from its wheel. Raises Missing if it cannot be downloaded."""
    with locked_wheel("synapse-s3-storage-provider", version, LOCK) as wheel:
        return wheel.read("s3_storage_provider.py").decode()
