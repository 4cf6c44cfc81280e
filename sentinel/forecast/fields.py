"""The fields of what forecasts say: deviations from a baseline, limits that will be met, risk that rises."""

from __future__ import annotations

from sentinel.model.fields import FieldSpec
from sentinel.state.base import spec

FORECASTS: dict[str, FieldSpec] = {
    "baseline.metric": spec("keyword", "the number that this is about, such as terminal.octets", "基线指标"),
    "baseline.measured": spec("double", "what was measured in the period", "实测值"),
    "baseline.expected": spec("double", "what is usual at that hour", "预期值"),
    "baseline.low": spec("double", "lower edge of what is usual: four sigma below", "基线下沿"),
    "baseline.high": spec("double", "upper edge of what is usual: four sigma above", "基线上沿"),
    "baseline.score": spec("double", "distance from what is expected in sigmas, of logarithms", "偏离程度（σ）"),
    "baseline.ratio": spec("double", "what was measured over the upper edge", "实测值与上沿之比"),
    "baseline.spread": spec("double", "sigma, as a share of what is expected", "离散度（σ/预期）"),
    "baseline.periods": spec("long", "periods of five minutes over which it was learnt", "已学习周期数"),
    "baseline.least": spec("long", "periods that are learnt before anything is said of it", "判定前须学习的周期数"),
    "baseline.since": spec("keyword", "since when it was learnt", "学习起始时间"),
    "baseline.lasting": spec("long", "seconds for which it has deviated", "偏离持续秒数"),
    "baseline.hourly": spec("boolean", "by this hour alone, not over all hours", "是否按时段"),
    "forecast.metric": spec("keyword", "the number that is foretold", "预测指标"),
    "forecast.now": spec("double", "what was measured last", "当前值"),
    "forecast.limit": spec("double", "the limit that it will meet", "上限"),
    "forecast.used": spec("double", "what was measured, as a share of the limit", "已用比例"),
    "forecast.slope": spec("double", "change in an hour, without the season", "每小时变化"),
    "forecast.at": spec("keyword", "when it will probably be met", "预计达到时间"),
    "forecast.earliest": spec("keyword", "one in ten that it is met before", "最早时间（10%）"),
    "forecast.latest": spec("keyword", "nine in ten that it is met before", "最晚时间（90%）"),
    "forecast.within": spec("long", "seconds until then", "距预计达到秒数"),
    "forecast.probability": spec("double", "that it is met within the horizon", "时域内达到概率"),
    "forecast.horizon": spec("long", "seconds that are looked ahead", "预测时域（秒）"),
}
KINDS: dict[str, str] = {
    "baseline.period": "A number of the network in a period, and what is usual at that hour as far as it is known.",
    "baseline.deviation": "A number of a period outside of what is usual at that hour.",
    "baseline.shifted": "A number that has deviated for a day of periods: its baseline is learnt anew.",
    "forecast.limit": "A number that will meet its limit: when, between when and when, and how probably.",
    "forecast.load": "A number that uses more than half of its capacity.",
    "forecast.risk": "The risk of an entity that will be in a higher class: when, and how steeply it rises.",
}
