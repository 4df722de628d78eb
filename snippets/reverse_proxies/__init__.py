"""Reverse proxies in front of Synapse: configurations to use, and a probe for your own server.

The configurations are files beside this one; those in `broken` are known to be bad.
"""
