"""A gateway: a server of one's own team that holds the services' keys and speaks the contract."""

from rushes.backends.gateway.backend import GatewayBackend

__all__ = ["GatewayBackend"]
