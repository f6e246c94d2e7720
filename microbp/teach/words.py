"""What the renderings of a step say in words, in English and in Chinese."""

from __future__ import annotations

from .. import checks

WORDS = {
    "en": {
        "forward": "Forward",
        "error": "Error",
        "backward": "Backward: gradients, with the weights from before the update",
        "update": "Update",
        "frozen": ", frozen at ",
        "cases": "{first} if {condition}, else {second}",
        "colon": ": ",
        "latex": r"amsmath; after \allowdisplaybreaks a long one may continue on the next page",
    },
    "zh": {
        "forward": "前向计算",
        "error": "误差",
        "backward": "误差逆传播：梯度项，所用的是更新前的连接权",
        "update": "更新",
        "frozen": "，已冻结，保持 ",
        "cases": "{first}，若 {condition}；否则 {second}",
        "colon": "：",
        "latex": r"amsmath 和 ctex（用 XeLaTeX 编译）；前面写上 \allowdisplaybreaks，长的可以跨页",
    },
}


def words(lang: str) -> dict[str, str]:
    """The words of a language, "en" or "zh".

    >>> words("zh")["error"]
    '误差'
    """
    return WORDS[checks.word("lang", lang, WORDS)]
