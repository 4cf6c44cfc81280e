"""From the settings of the service to its audit log, and to the control database whose changes are recorded there."""

from __future__ import annotations

from sentinel.audit.ledger import Ledger
from sentinel.audit.pseudonyms import Pseudonyms
from sentinel.config import Config
from sentinel.store.control import ControlDatabase


def audited(config: Config) -> tuple[Ledger, ControlDatabase, Pseudonyms]:
    """The log, the database, and what stands for people in the log; whoever opens the first two closes them."""
    ledger = Ledger(config.audit)
    control = ControlDatabase(config.control_database, ledger)
    names = Pseudonyms(config, control)
    ledger.pseudonymise_by(names)
    return ledger, control, names
