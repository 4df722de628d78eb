"""Errors and log lines: the text as a program prints it, with its cause, its fix, and a page.

Terms: an *entry* is one such text; its *program* is what prints it: Synapse, one of the four
proxies, or the *guide*, which is a command of this guide. … stands for what differs each time.
"""
