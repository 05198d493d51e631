"""Names on messengers and networks, in a copy whose spelled-out letters are joined."""

import re

from requests_app.conversation.masking.signs import WALL, words_of

SOCIAL = frozenset(
    ["instagram", "insta", "ig", "facebook", "fb", "tiktok", "tik tok", "x", "twitter", "抖音", "小红书"]
)
PLATFORM = re.compile(
    r"(?<![a-z0-9@])(?:whats?app|wa|telegram|tele|tg|wechat|weixin|vx|wx|skype|signal|line|idline|kakao ?talk|kakao"
    r"|instagram|insta|ig|facebook|fb|messenger|tiktok|tik tok|viber|zalo|discord|qq|threema|imo|linkedin|xing"
    r"|gmail|hotmail|outlook|icloud|gmx|protonmail)(?![a-z])"
    r"|微信|威信|薇信?|微芯|卫星|绿泡泡|(?<![a-z0-9])v信|加我?v(?![a-z])|扣扣|企鹅号|电报|纸飞机|抖音|小红书"
)
SENTENCE_END = re.compile(rf"[.!](?=\s|$)|[。！\n{WALL}]")
HANDLE = re.compile(r"@?(?<![a-z0-9_.\-])[a-z][a-z0-9_.\-]{2,31}(?![a-z0-9_@])")
NAMED = re.compile(
    r"(?:\b(?:id|user ?name|nick(?: ?name)?|handle|search(?: for)?|look for|such(?:e|t)? (?:mal )?nach|cari|namanya"
    r"|user|usernamenya|id-?nya|called|named|nutzername|benutzername|kennung|akun(?:nya)?)|号|帐号|账号|号码|搜索?|找|加)"
    r"(?: (?:is|ist|lautet|adalah|saya|kami|me|mich|uns|us))?[\s:=是为\"'“„\-]*$"
)
ID_NAMED = re.compile(
    r"\b(?:id|user ?name|nick(?: ?name)?|handle|account name|name|nutzername|benutzername|kennung)"
    r"\s?(?:is|ist|lautet|adalah|:|=)?\s$"
)
LINKED = re.compile(
    r"(?:[:=]|\b(?:is|ist|lautet|heißt|heiße|name|as|als|under|unter|adalah|saya|kami|aku|on|add|via|me"
    r"|account|nama|dort|there|nya)|是|为|叫)"
    r"[\s:\"'“„]*$"
)
OWN = re.compile(r"\b(?:my|our|mein|meine|unser|unsere)\s$|我的?\s?$|我们的?\s?$")
OWN_AFTER = re.compile(r"\s(?:saya|kami|ku|aku)\b")
ORDINARY = words_of("""
    ready new live active growing yes good down closed fine next better easier here there gut aktiv neu bagus aktif
    sudah not very our the your only also still currently already best great strong weak slow fast open possible
    welcome nicht auch noch sehr schon mehr unser unsere eine einen belum tidak juga yang sangat masih untuk dengan
    lebih organic growth sales shop store business marketing ads channel channels group account content views
    followers reach campaign campaigns posts reels stories traffic managed handled run driving working where what
    when doing mostly mainly really just fully part full important useful enough okay wichtig aktuell geplant
    möglich besser erreichbar stark schwach wachsend offen ready! ramai sepi penting cukup perlu mulai jalan lancar
    bukan hanya lautet heißt heisst heißen called named name username user under unter adalah search such suche nach
    handle lives saya kami automation newsletter support blast broadcast
    later soon maybe never sometimes tomorrow today gern nein selten nanti besok daily weekly monthly täglich
""")
NEAR_HANDLE = re.compile(
    r"follow|\bdm\b|account|find (?:me|us)|handle|user|\btag|folg|akun|ikuti|关注|账号|搜|找|reach|write|schreib"
    r"|chat|contact|kontak|erreich|add (?:me|us)"
)
MENTION = re.compile(r"(?<![a-z0-9_@.])@(?P<name>[a-z_][a-z0-9_.]{1,29})(?![a-z0-9_@])")
ON_PLATFORM = re.compile(
    r"(?<![a-z0-9_.\-@])(@?[a-z][a-z0-9_.]{2,31})\s(?:on|auf|bei|di|at|in|via)\s(?:my |our |dem |den )?$"
)
SKYPE = re.compile(r"(?<![a-z0-9])live:\.?[a-z][a-z0-9_.\-]{2,40}")
QQ = re.compile(
    r"(?:(?<![a-z0-9])q\s?:(?=\s?\d{7})|(?<![a-z0-9])qq|扣扣|企鹅)(?:\s?(?:号码?|群|number|nummer|id))?"
    r"\s?(?:是|:|is|ist|adalah)?\s?(?P<id>[1-9]\d{4,10})(?!\d)"
)


def handles_in(copy):
    text = copy.text
    yield from (match.span() for match in SKYPE.finditer(text) if "skype" in text or ":.cid" in match[0])
    yield from (match.span("id") for match in QQ.finditer(text))
    for match in MENTION.finditer(text):
        name = match["name"].rstrip(".")
        around = text[max(0, match.start() - 60) : match.end() + 40]
        if len(name) > 1 and (re.search(r"[._\d]", name) or PLATFORM.search(around) or NEAR_HANDLE.search(around)):
            yield match.start(), match.start() + 1 + len(name)
    for platform in PLATFORM.finditer(text):
        yield from _named_on(text, platform)


def _named_on(text, platform):
    """Yield the spans of handles that a sentence gives for a platform, behind it or before it."""
    before = ON_PLATFORM.search(text[max(0, platform.start() - 50) : platform.start()])
    if before and _is_telling(before[1]):
        offset = max(0, platform.start() - 50)
        yield offset + before.start(1), offset + before.end(1)
    window = text[platform.end() : platform.end() + 70]
    end = SENTENCE_END.search(window)
    window = window[: end.start()] if end else window
    for token in HANDLE.finditer(window):
        name = token[0].rstrip(".-").removeprefix("@")
        gap = window[: token.start()]
        if _is_handle(
            name, gap, text[max(0, platform.start() - 12) : platform.start()], platform[0], window[token.end() :]
        ):
            yield platform.end() + token.start(), platform.end() + token.start() + len(token[0].rstrip(".-"))
            return


def _is_telling(name):
    """Return whether a name has what words have not: a digit, an underscore, a dot within."""
    return (
        len(name) > 3
        and bool(re.search(r"[a-z_][._]?\d|_|[a-z]\.[a-z]{2}|[a-z]-[a-z]+-?\d", name))
        and name not in {"b2b", "b2c"}
    )


def _is_handle(name, gap, before, platform, after):
    telling, direct = _is_telling(name), len(gap) <= 4
    chinese = platform >= "\u2e80" or platform in {"vx", "wx", "wechat", "weixin"}
    if len(name) < 4 or name in ORDINARY or PLATFORM.fullmatch(name):
        return False
    if telling:
        return bool(NAMED.search(gap) or LINKED.search(gap) or (direct and (chinese or gap.strip(", ") == "")))
    ended = re.match(r"\s*(?:$|[,;)，；]|and\b|und\b|dan\b)", after)
    if NAMED.search(gap) and len(gap) <= 30 and platform not in SOCIAL:
        return True
    if ID_NAMED.search(gap) and len(gap) <= 20 and ended:
        return True
    owned = bool(OWN.search(before) or OWN_AFTER.match(gap))
    if re.match(r"\s?(?:号|id)?\s?[:是]", gap) and direct and ended:
        return owned or platform not in SOCIAL | {"line", "signal", "wa", "whatsapp"}
    if chinese and direct and "加" in before + platform:
        return True
    return bool(owned and ended and re.fullmatch(r"\s?(?:saya|kami|ku)?\s?(?:is|ist|heißt|lautet|adalah|:)?\s", gap))
