"""How often something may be tried, as tables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """At most `tries` in `seconds`."""

    tries: int
    seconds: int


LOG_IN_PER_ADDRESS = Limit(10, 15 * 60)
LOG_IN_PER_IP = Limit(60, 15 * 60)  # families behind one box, an AMAP's own network
RESET_PER_ADDRESS = Limit(3, 60 * 60)
RESET_PER_IP = Limit(20, 60 * 60)
PROOF_PER_PERSON = Limit(10, 15 * 60)  # the present password, asked before a change
CONFIRM_PER_PERSON = Limit(5, 60 * 60)  # mails to a new address
FURTHER_ADDRESSES = 3
