"""The words of the command line in both languages."""

from __future__ import annotations

import locale
import os

from sentinel.model.alert import Severity

LANGUAGES = ("zh-CN", "en")

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "severity": "severity", "rule": "rule", "what": "what", "about": "about", "count": "count",
        "first": "first (UTC)", "packets": "packets", "none": "no alert", "events": "events", "seen": "packets",
        "malformed": "unreadable", "resolved": "terminal known", "alerts": "alerts", "learning": "no site plan: "
        "what was seen in the first ten minutes was taken as the site's own", "ends": "analysed to where it ends",
        "rate": "packets/s", "stage": "stage", "slug": "rule", "title": "title", "fires": "fires", "scene": "scene",
        "hazard_investigation": "hazard", "security_judgement": "judgement",
        "accident_forecasting": "forecast", "emergency_response": "response",
        "domain": "domain", "technique": "technique", "planes": "planes", "proof": "fired by", "twin": "silent on",
        "parameter": "parameter", "default": "default", "bounds": "bounds", "meaning": "meaning",
        "unseen": "not seen", "fixtures": "fixtures", "terminal_access": "terminal access", "networking": "network",
        "edge_computing": "edge", "data": "data", "operation_maintenance": "operation",
        "no_mistake": "{count} rules, no mistake", "expected_got": "expected {expected} alerts, got {got}",
        "passed_failed": "{passed} passed, {failed} failed",
        "good": "good", "lacking": "lacking", "failed": "failed",
        "policy_right": "{rules} rules, {groups} groups, no mistake", "cases_passed": "{passed} passed, {failed} failed",
        "covered": "covered: {matched} of {rules} rules, {tried} of {clauses} clauses ({percent} %)",
        "not_covered": "not covered", "allow": "allow", "deny": "deny", "matched_rules": "rules that match",
        "nearest": "would be allowed by", "obligations": "obligations", "reason": "reason",
        "allowed": "a rule allows it", "denied": "a rule denies it", "no_rule": "no rule allows it",
        "locked_until": "by {owner} until {until}", "locked": "it is locked", "break_glass": "a break-glass allows it", "no_policy": "no policy was ever published",
        "unknown_terminal": "the terminal is not known", "unknown_resource": "the resource is not known",
        "unknown_action": "the action is not known", "failure": "it could not be judged",
        "miss": "{rule}, but for {clause}: wanted {wanted}, got {got}", "not_known": "not known",
        "never": "no request ever matches it", "overridden": "all of it is denied by {others}",
        "redundant": "all of it is matched by {others}", "conflict": "part of it is denied by {others}",
        "example": "for example", "no_finding": "nothing found", "gained": "newly allowed", "lost": "no longer allowed",
        "same": "both decide every request alike",
        "permitted": "permitted", "rejected": "rejected", "escaped": "escaped", "no_traffic": "no traffic of known terminals",
        "shadow": "version {version} in shadow: {judged} judged, {gained} more allowed, {lost} more denied",
        "times": "{count} times, {terminals} terminals",
        **{level.value: level.value for level in Severity},
    },
    "zh-CN": {
        "severity": "级别", "rule": "规则", "what": "内容", "about": "对象", "count": "次数", "first": "首次 (UTC)",
        "packets": "报文号", "none": "没有告警", "events": "事件", "seen": "报文", "malformed": "无法解析",
        "resolved": "已识别终端", "alerts": "告警", "learning": "没有站点规划：前十分钟内出现的对象被视为本站点所有",
        "ends": "分析到文件中断处为止", "rate": "报文/秒", "stage": "阶段", "slug": "规则", "title": "名称",
        "fires": "触发", "scene": "场景",
        "hazard_investigation": "隐患排查", "security_judgement": "安全研判",
        "accident_forecasting": "事故预测", "emergency_response": "应急响应",
        "domain": "安全域", "technique": "技术", "planes": "接口", "proof": "触发证明", "twin": "正常对照",
        "parameter": "参数", "default": "默认值", "bounds": "范围", "meaning": "含义",
        "unseen": "不可见", "fixtures": "用例", "terminal_access": "终端接入", "networking": "组网",
        "edge_computing": "边缘计算", "data": "数据", "operation_maintenance": "运维",
        "no_mistake": "{count}条规则，没有错误", "expected_got": "应有{expected}条告警，实有{got}条",
        "passed_failed": "通过{passed}，失败{failed}",
        "good": "正常", "lacking": "欠缺", "failed": "不可用",
        "policy_right": "{rules}条规则，{groups}个组，没有错误", "cases_passed": "通过{passed}，失败{failed}",
        "covered": "覆盖：规则{matched}/{rules}，条件{tried}/{clauses}（{percent}%）",
        "not_covered": "未覆盖", "allow": "允许", "deny": "拒绝", "matched_rules": "命中规则",
        "nearest": "若满足以下条件则允许", "obligations": "附加义务", "reason": "原因",
        "allowed": "有规则允许", "denied": "有规则拒绝", "no_rule": "没有规则允许",
        "locked_until": "由 {owner} 设置，至 {until}", "locked": "已被锁定", "break_glass": "应急放行", "no_policy": "尚未发布任何策略",
        "unknown_terminal": "终端未知", "unknown_resource": "资源未知", "unknown_action": "操作未知",
        "failure": "无法判决", "miss": "{rule}，但{clause}不符：应为{wanted}，实为{got}", "not_known": "未知",
        "never": "没有请求能命中", "overridden": "全部被{others}拒绝", "redundant": "全部已被{others}覆盖",
        "conflict": "部分被{others}拒绝", "example": "例如", "no_finding": "没有发现", "gained": "新增允许", "lost": "不再允许",
        "same": "两者对所有请求的判决相同",
        "permitted": "允许", "rejected": "将被拒绝", "escaped": "越权（已发生）", "no_traffic": "没有已知终端的流量",
        "shadow": "影子策略版本 {version}：判决 {judged} 次，多允许 {gained} 次，多拒绝 {lost} 次",
        "times": "{count} 次，{terminals} 个终端",
        "informational": "提示", "low": "低危", "medium": "中危", "high": "高危", "critical": "严重",
    },
}  # fmt: skip


def preferred() -> str:
    """The user's language by their locale."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return "zh-CN" if (name or locale.getlocale()[0] or "").lower().startswith("zh") else "en"
