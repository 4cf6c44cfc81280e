"""The curve of SM2, GB/T 32918.5-2017: its parameters, its points, and what is signed (`GB/T 32918.2, 5.5`)."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.errors import KeyMaterialError

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
SIZE = 32  # octets of a number


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point of the curve, `04 || X || Y`; nothing else can be made into one."""

    point: bytes

    def __post_init__(self) -> None:
        if len(self.point) != 1 + 2 * SIZE or self.point[0] != 4:
            raise KeyMaterialError("an SM2 public key is 65 octets that begin with 04")
        x, y = int.from_bytes(self.point[1:33]), int.from_bytes(self.point[33:])
        if x >= P or y >= P or (y * y - (x * x + A) * x - B) % P:
            raise KeyMaterialError("an SM2 public key is a point of the curve; this one is not")

    @property
    def coordinates(self) -> bytes:
        """`X || Y`."""
        return self.point[1:]


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """A number in [1, n-2] and its point. It does not show in a log or a trace."""

    secret: bytes
    public: PublicKey

    def __post_init__(self) -> None:
        check_secret(self.secret)

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public.point.hex()})"


def check_secret(secret: bytes) -> None:
    """Raise `KeyMaterialError` unless `secret` is a private key by its range."""
    if len(secret) != SIZE or not 1 <= int.from_bytes(secret) <= N - 2:
        raise KeyMaterialError("an SM2 private key is 32 octets, a number from 1 to n-2")


def identified(key: PublicKey, identity: bytes) -> bytes:
    """What SM3 turns into Z, the digest of who signs."""
    numbers = b"".join(number.to_bytes(SIZE) for number in (A, B, GX, GY))
    return (8 * len(identity)).to_bytes(2) + identity + numbers + key.coordinates
