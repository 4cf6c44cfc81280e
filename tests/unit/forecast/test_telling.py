"""Events of deviations and limits say all that they rest on."""

from __future__ import annotations

from sentinel.forecast import telling
from sentinel.forecast.fields import FORECASTS
from sentinel.forecast.profiles import Reading
from sentinel.forecast.trend import Crossing
from sentinel.state import FACTS

HOUR = 3600 * 10**9


def test_a_deviation_is_explained() -> None:
    reading = Reading(
        ("terminal.octets", "999700000000001"), 5000.0, 100.0, 50.0, 200.0, 9.04, 0.17, 300, HOUR, 2, True
    )
    event = telling.deviation(reading, 9 * HOUR, 300)
    fields = dict(event.fields)
    assert (event.kind, event.time) == ("baseline.deviation", 9 * HOUR)
    assert fields.pop("fiveg.supi") == "999700000000001"
    assert fields == {
        "event.action": "baseline.deviation", "baseline.metric": "terminal.octets", "baseline.measured": 5000.0,
        "baseline.expected": 100.0, "baseline.low": 50.0, "baseline.high": 200.0, "baseline.score": 9.0,
        "baseline.ratio": 25.0, "baseline.spread": 0.185, "baseline.periods": 300,
        "baseline.since": "1970-01-01T01:00:00Z", "baseline.lasting": 600, "baseline.hourly": True,
    }  # fmt: skip
    assert set(fields) - {"event.action"} <= set(FORECASTS) | set(FACTS)


def test_a_period_says_what_is_usual_only_when_that_is_known() -> None:
    """Else how much is learnt, and since when."""
    usual = Reading(("site.octets",), 100.0, 100.0, 50.0, 200.0, 0.0, 0.17, 300, HOUR, 0, True)
    learnt = {
        "event.action": "baseline.period", "baseline.metric": "site.octets", "baseline.measured": 120.0,
        "baseline.periods": 300, "baseline.since": "1970-01-01T01:00:00Z",
    }  # fmt: skip
    band = {"baseline.expected": 100.0, "baseline.low": 50.0, "baseline.high": 200.0, "baseline.hourly": True}
    assert telling.period(usual.key, 120, usual, 9 * HOUR, least=864).fields == learnt | {"baseline.least": 864}
    assert telling.period(usual.key, 120, usual, 9 * HOUR, least=0).fields == learnt | band
    assert telling.period(usual.key, 120, None, 9 * HOUR, least=864).fields["baseline.periods"] == 0


def test_a_limit_has_a_time_and_an_interval() -> None:
    crossing = Crossing(at=6, earliest=4, latest=None, probability=0.87, slope=2.0)
    event = telling.limit(("upf.sessions", "u"), 80.0, 100.0, crossing, 9 * HOUR, period=300, horizon=12)
    fields = event.fields
    assert fields["forecast.at"] == "1970-01-01T09:30:00Z"
    assert fields["forecast.earliest"] == "1970-01-01T09:20:00Z"
    assert "forecast.latest" not in fields
    assert (fields["forecast.within"], fields["forecast.slope"], fields["forecast.used"]) == (1800, 24.0, 0.8)


def test_whose_a_number_is() -> None:
    assert telling.whose(("slice.octets", "ot", "2", "0000a1")) == {
        "fiveg.dnn": "ot", "fiveg.snssai.sst": 2, "fiveg.snssai.sd": "0000a1"}  # fmt: skip
    assert telling.load(("site.sessions",), 60, 100, 0).fields["forecast.used"] == 0.6
