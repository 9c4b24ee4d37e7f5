"""Which machine a process runs on, by what survives renaming the machine."""

from __future__ import annotations

import hashlib
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_SEPARATOR = "|"
_SHORTEST = 8
"""Characters of an id; images of containers hold an empty one, or "uninitialized"."""


@dataclass(frozen=True)
class Machine:
    """A machine, as processes compare it.

    Attributes:
        name: its host name, for messages only: it changes with the network, and by hand.
        key: stands for what the system identifies itself by, "" when there is nothing. It is a
            hash, because a machine's id should not be shown to others.
        boot: stands for the running system kernel, "" when there is nothing. Containers share it.
    """

    name: str
    key: str = ""
    boot: str = ""

    @classmethod
    def here(cls) -> Machine:
        """The machine of this process."""
        key, boot = _ids()
        return cls(socket.gethostname(), key, boot)

    @classmethod
    def parse(cls, text: str) -> Machine:
        """The machine that `str` wrote; a text of an earlier release is a host name alone."""
        name, _, ids = text.partition(_SEPARATOR)
        key, _, boot = ids.partition(_SEPARATOR)
        return cls(name, key, boot)

    def __str__(self) -> str:
        return _SEPARATOR.join((self.name, self.key, self.boot))

    def shares_kernel(self, other: Machine) -> bool:
        """Whether both certainly are one running system; copies of a machine have the same id."""
        return bool(self.boot) and self.boot == other.boot

    def is_same(self, other: Machine) -> bool:
        """Whether both are one machine, perhaps under different names or after a restart."""
        if self.shares_kernel(other):
            return True
        if self.key and other.key:
            return self.key == other.key
        return self.name == other.name


@cache
def _ids() -> tuple[str, str]:
    """Hashes of what identifies the machine and its running kernel, "" for what is not known."""
    machine, boot = "", ""
    # Without an id the host name has to do; nothing else depends on it.
    with suppress(OSError, ValueError, AttributeError):
        if sys.platform == "win32":
            machine = _of_windows()
        elif sys.platform == "darwin":
            machine, boot = _of_macos()
        else:
            machine, boot = _of_linux()
    return _hashed(machine), _hashed(boot)


def _of_linux() -> tuple[str, str]:
    found = (_text(path) for path in MACHINE_IDS)
    return next((text for text in found if text), ""), _text(BOOT_ID)


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


if sys.platform == "win32":

    def _of_windows() -> str:
        import winreg  # noqa: PLC0415 - of Windows

        place = r"SOFTWARE\Microsoft\Cryptography"
        # A 32-bit process has a view of the registry of its own, without the id.
        access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place, 0, access) as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])


if sys.platform == "darwin":

    def _of_macos() -> tuple[str, str]:
        import ctypes  # noqa: PLC0415 - only where the standard library has no other way

        system = ctypes.CDLL(None)
        machine, no_wait = ctypes.create_string_buffer(16), (ctypes.c_long * 2)(0, 0)
        if system.gethostuuid(machine, no_wait):
            machine = ctypes.create_string_buffer(16)
        boot, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        if system.sysctlbyname(b"kern.bootsessionuuid", boot, ctypes.byref(size), None, 0):
            boot = ctypes.create_string_buffer(64)
        return machine.raw.hex() if any(machine.raw) else "", boot.value.decode("ascii")


def _hashed(text: str) -> str:
    if len(text) < _SHORTEST or text == "uninitialized":
        return ""
    return hashlib.sha256(f"rushes {text}".encode()).hexdigest()[:16]
