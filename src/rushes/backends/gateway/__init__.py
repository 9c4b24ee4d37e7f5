"""A gateway: a server of the user's team that holds the services' keys."""

from rushes.backends.gateway.backend import GatewayBackend

__all__ = ["GatewayBackend"]
