"""Connections, names of hosts and TLS, which the host holds."""
