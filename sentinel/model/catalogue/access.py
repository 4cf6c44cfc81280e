"""Fields of a decision of the PDP (`access.decision`)."""

FIELDS = (
    ("access.decision", "keyword", "allow or deny", "判决：允许或拒绝"),
    (
        "access.reason",
        "keyword",
        "why: allowed, denied, no_rule, no_policy, unknown_terminal, failure and so on",
        "判决原因",
    ),
    ("access.point", "keyword", "enforcement point that asked", "提出请求的策略执行点"),
    ("access.resource", "keyword", "what was asked for", "请求的资源"),
    ("access.action", "keyword", "what was to be done", "请求的操作"),
    ("access.rules", "keyword[]", "all rules that matched", "命中的策略规则"),
    (
        "access.misses",
        "keyword[]",
        "rules that would have allowed it, and the one clause that failed",
        "仅差一项条件的规则",
    ),
    ("access.obligations", "keyword[]", "what goes with the decision, as name=value", "附加义务"),
    ("access.policy.version", "long", "version of the policy", "策略版本"),
    ("access.policy.digest", "keyword", "SM3 of the policy", "策略摘要 (SM3)"),
    ("access.subject", "keyword[]", "groups and other names by which rules may mean the terminal", "主体标识"),
    ("access.context", "keyword[]", "facts as of the request, as name=value", "请求时的环境属性"),
    ("access.trust.score", "long", "trust in the terminal, 0 to 100", "终端信任度"),
    ("access.trust.evidence", "keyword[]", "alerts that lowered it", "降低信任度的告警"),
)
