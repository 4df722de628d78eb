"""Upgrade notes as data, and which of them concern you. Needs PyYAML."""
