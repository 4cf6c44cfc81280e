"""Tags as techniques with names."""

from sentinel.web.techniques import Technique, techniques


def test_names_of_both_frameworks_and_of_none() -> None:
    """An unknown number keeps its id; a tactic has a name only."""
    tags = ("fight.fgt5012.006", "attack.t0836", "attack.initial_access", "fight.fgt9999", "cve.2022.43677")
    assert techniques(tags) == [
        Technique("FiGHT", "FGT5012.006", "NAS Exploit"),
        Technique("ATT&CK", "T0836", "Modify Parameter"),
        Technique("ATT&CK", "", "initial access"),
        Technique("FiGHT", "FGT9999", ""),
        Technique("cve", "2022.43677", ""),
    ]
