"""Detection: Sigma rules over events. Load, compile, match, correlate, group.

    rules = load(Path("rules"), CATALOGUE | FACTS)      # RuleSetError has every mistake, with file and line
    detection = Detection(rules, {"ngsetup-failure-burst": {"gte": 5, "timespan": "5m"}})
    findings = detection.observe(events)                # Findings(alerts, proofs)
    detection.reload(rules)                             # whole or not at all
    detection.errors                                    # rules that raised, which is our mistake
    detection.state() / detection.restore(state)        # JSON's terms

    check(directory, catalogue)                         # list of RuleError, for `sentinel rules check`
    run_fixtures(rules_dir, fixtures_dir, catalogue)    # list of FixtureResult, for `sentinel rules test`

A rule file is `rules/<protocol>/<slug>.yml`, Sigma 2.1 with our attributes under `sentinel:`. It may hold several
documents: every one that alerts does so under the file's slug, one that a correlation names alerts only if the
correlation says `generate: true`. What an alerting document does not say itself (level, description, tags, `sentinel:`)
the first document of its file that does says for it; `title` and `id` are its own.
"""

from sentinel.detection.engine import Detection, Failure, Findings
from sentinel.detection.fixtures import FixtureResult, check, run_fixtures
from sentinel.detection.interpret import explain, holds
from sentinel.detection.loader import load, load_files, load_sigma
from sentinel.detection.parameters import with_parameters
from sentinel.detection.rule import Correlation, CorrelationType, Overrides, Rule, RuleSet, RuleSetError

__all__ = [
    "Correlation",
    "CorrelationType",
    "Detection",
    "Failure",
    "Findings",
    "FixtureResult",
    "Overrides",
    "Rule",
    "RuleSet",
    "RuleSetError",
    "check",
    "explain",
    "holds",
    "load",
    "load_files",
    "load_sigma",
    "run_fixtures",
    "with_parameters",
]
