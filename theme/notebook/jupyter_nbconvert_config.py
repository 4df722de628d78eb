"""How the labs are executed: their kernels listen on sockets of this user, not on TCP ports."""

c = get_config()  # noqa: F821 - traitlets defines it
c.KernelManager.transport = "ipc"
