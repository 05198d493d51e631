"""Email addresses and links, in a copy with signs."""

import re

from requests_app.conversation.masking.handles import PLATFORM
from requests_app.conversation.masking.signs import AT, LETTER, LOOSE_AT, LOOSE_DOT, words_of

# Top-level domains. A word-like one needs more than a dot before it: "done.it works".
STRONG = words_of("""
    com net org edu gov info biz io ai app dev xyz de ch uk eu fr nl se dk fi cz hu ro gr lu li pt br mx ar cl pe jp
    kr cn hk tw sg th vn ph id au nz za ng eg tr ru ua il ae sa qa kw pk bd lk np kh ca co tv cc ly gg gl ee lt lv
    sk hr rs bg ie asia berlin hamburg koeln wien london tokyo nyc tech agency studio media digital cloud website
    wiki shopping boutique beauty fashion cosmetics skin gle xn--fiqs8s xn--fiqz9s
""")
WORDLIKE = words_of("""
    in it is me my us to so be at am as no do by pm ke si an la es im er st nu vc ws fm gs ac ag al pl pa pro one
    top vip shop store online site live today world life team work care deals sale email help link click best cool
    fun page space social chat club group news blog design art center company marketing market services solutions
    support network systems business consulting international global house love baby kids style pet fit health
    clinic spa salon restaurant cafe coffee wine food bar rest
""")
SPELLED = (STRONG | {"at", "me", "my", "us", "it", "shop", "store", "online", "site", "top", "vip"}) - {"la", "th"}
# Where many shops sell: their names, not ways to somebody, unless a path follows.
MARKETPLACES = re.compile(
    r"(?:www\.)?(?:amazon|ebay|etsy|zalando|otto|kaufland|shopee|tokopedia|lazada|blibli|bukalapak|taobao|tmall|jd"
    r"|1688|alibaba|aliexpress|pinduoduo|walmart|booking|shopify|tiktok|instagram|facebook|youtube|google)"
    r"\.(?:com?\.)?[a-z]{2,3}"
)
SITE_CUE = re.compile(
    r"site|\bweb|visit|link|\burl\b|domain|shop at|homepage|unsere seite|schau|besuch|unter\b|situs|kunjungi|\bcek\b"
    r"|buka|官网|网站|网址|链接|打开|访问"
)
IN_LOCAL = rf"{LETTER}_.+%'\-{LOOSE_DOT}"
EMAIL = re.compile(
    rf"(?<![{IN_LOCAL}])[{IN_LOCAL}]++(?P<at>[@#{LOOSE_AT}])(?P<host>[{LETTER}][{LETTER}.\-{LOOSE_DOT}]*+)"
)
NO_NAMES = words_of("""
    look looks looking see find found us me are is meet visit check available here be book it team shop studies
    cases more work based sell sold and or start starts selling listed live arrive stay but i we you schau price
    priced read reading down up click order buy everything all lives stands works working deck page goes go store
""")
MAIL_CUE = re.compile(
    r"mail|address|adresse|alamat|surel|kontak|contact|reach|write|schreib|send|schick|kirim"
    r"|\b(?:to|an|ke)\s$|:\s?$|邮箱"
)
PROVIDER = re.compile(r"(?:gmail|googlemail|hotmail|outlook|icloud|gmx|yahoo|protonmail|qq|163|126)")
IN_URL = r"[^\s\"<>\u2e80-\ud7ff\ue002-\uffff]"
URL = re.compile(
    rf"(?<![a-z])(?:(?:h(?:tt|xx|\*\*)ps?|ftp)\s?:\s?/{{1,2}}\s?{IN_URL}++|www\s?[.{LOOSE_DOT}]\s?[{LETTER}]{IN_URL}*+)"
)
HOST = re.compile(rf"(?<![{LETTER}_@.\-{LOOSE_DOT}])[{LETTER}][{LETTER}.\-{LOOSE_DOT}]*+")
PATH = re.compile(rf"(?::\d{{1,5}})?[/?#](?=[{LETTER}~@%_]){IN_URL}++")
URL_TAIL = ".,;:!?)]}'\"»”’*_…"


def emails_in(copy):
    for match in EMAIL.finditer(copy.text):
        local, at = match[0][: match.start("at") - match.start()], match["at"]
        start = match.start() + len(local) - len(local.lstrip("._+%'-" + LOOSE_DOT))
        has_letter = any(character.isalpha() for character in local)
        before = copy.text[max(0, start - 40) : start]
        if at == LOOSE_AT and (not has_letter or not _may_be_name(local, match["host"], before)):
            continue
        length = _host_length(match["host"], is_address=at == AT)
        if not length and PROVIDER.fullmatch(match["host"]):
            length = len(match["host"])
        if not length and at == AT and has_letter:
            name = re.match(rf"[{LETTER}\-]{{3,63}}", match["host"])
            length = name.end() if name and re.search(r"[a-z]{2}", name[0]) and len(local) > 1 else 0
        if length:
            yield start, match.start("host") + length


def _may_be_name(local, host, before):
    """Return whether a word before "at" names a mailbox: "mia at host", not "we are at host"."""
    if local.strip(".") in NO_NAMES or PLATFORM.search(before + local):
        return False
    return bool(LOOSE_DOT in host or re.search(r"[\d._\ue000]", local) or not before.strip() or MAIL_CUE.search(before))


def _host_length(run, *, is_address=False):
    """Return how many characters of the run are a host with a top-level domain; 0 where none are."""
    parts = re.split(rf"([.{LOOSE_DOT}])", run[:253])
    for last in range(len(parts) - 1, 1, -2):
        top, dot, name = parts[last].rstrip("-"), parts[last - 1], parts[last - 2]
        if not name.strip("-") or not top:
            continue
        if dot == LOOSE_DOT:
            known = SPELLED
        elif last == len(parts) - 1 or not parts[last + 2]:
            known = {top} if is_address and top.isalpha() and len(top) > 1 else STRONG | WORDLIKE
        else:  # more words follow: "host.com.Thanks"
            known = STRONG
        if top in known:
            return len("".join(parts[:last])) + len(top)
    return 0


def links_in(copy, original):
    text = copy.text
    for match in URL.finditer(text):
        whole = match[0].rstrip(URL_TAIL)
        yield match.start(), match.start() + len(whole)
    for match in HOST.finditer(text):
        length = _host_length(match[0])
        if (
            not length
            or text[match.end() : match.end() + 1] in {"_", AT}
            or not re.search(rf"[^\W\d_].*[.{LOOSE_DOT}]", match[0][:length])
        ):
            continue
        end = match.start() + length
        path = PATH.match(text, end) if len(match[0]) == length else None
        if path or _is_site(copy, original, match.start(), end):
            yield match.start(), end + len(path[0].rstrip(URL_TAIL)) if path else end


def _is_site(copy, original, start, end):
    """Return whether what looks like a host is one, and not two sentences, a company or a name with a dot."""
    text, host = copy.text, copy.text[start:end]
    top = re.split(rf"[.{LOOSE_DOT}]", host)[-1]
    name = host[: -len(top) - 1]
    if MARKETPLACES.fullmatch(host) or name in {"co", "inc", "ltd"}:
        return False
    written = original[copy.starts[end - len(top)] : copy.ends[end - 1]]
    first = original[copy.starts[start]]
    if written[:1].isupper() and not (
        written.isupper() and original[copy.starts[start] : copy.ends[end - 1]].isupper()
    ):
        return top in {"com", "net", "org"} and first.isupper()
    if top in STRONG:
        return len(name) > 1 or top == "com"
    if re.search(r"[\d\-]", name) or "." in name or not re.match(r"\s{1,3}[a-z]", text[end : end + 5]):
        return len(name) > 1
    return bool(SITE_CUE.search(text[max(0, start - 40) : start]) or SITE_CUE.search(text[end : end + 25]))
