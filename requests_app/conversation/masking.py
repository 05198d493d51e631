"""Contact data that people write into free text, found and hidden (docs/decisions/0016).

It works on a copy of the text in which letters are small, digits are 0 to 9, invisible characters are gone and spelled
signs ("(at)", "punkt") are signs. Each character of the copy knows which characters of the text it stands for. Every
pattern runs in linear time: it repeats possessively or within bounds. That masking finds all is not promised.
"""

import re
import unicodedata
from bisect import bisect_left
from functools import cached_property
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from requests_app.references import ALPHABET

MASK = _("[contact details hidden]")
ROUNDS = 4  # until nothing is found: what stood beside a contact may be one by itself
PARSED, TRIED = 25, 60  # numbers of a text that phonenumbers reads, and that are looked at; beyond, shape decides


def _words(text):
    return frozenset(text.split())


AT, LOOSE_AT, DOT, LOOSE_DOT, WALL = "@", "\ue001", ".", "\ue000", "\ue00f"  # loose: spelled as a word
LETTER = "a-z0-9\u00df-\u00f6\u00f8-\u024f\u0370-\u1fff"  # those of hosts and names; not Chinese, which has no spaces
LONGEST = 4  # of what one character stands for; ligatures of whole sentences are none of contacts
INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # fillers that count as letters

# Top-level domains. A word-like one needs more than a dot before it: "done.it works".
STRONG = _words("""
    com net org edu gov info biz io ai app dev xyz de ch uk eu fr nl se dk fi cz hu ro gr lu li pt br mx ar cl pe jp
    kr cn hk tw sg th vn ph id au nz za ng eg tr ru ua il ae sa qa kw pk bd lk np kh ca co tv cc ly gg gl ee lt lv
    sk hr rs bg ie asia berlin hamburg koeln wien london tokyo nyc tech agency studio media digital cloud website
    wiki shopping boutique beauty fashion cosmetics skin gle xn--fiqs8s xn--fiqz9s
""")
WORDLIKE = _words("""
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

SPELLED_SIGNS = re.compile(
    r"(?P<at>\s{0,3}[\[({<]\s?(?:at|ät|aet|et|@|艾特)\s?[\])}>]\s{0,3}|\s{0,3}(?:艾特|爱特|圈a)\s{0,3})"
    r"|(?P<dot>\s{0,3}[\[({<]\s?(?:dot|punkt|pkt|titik|点|點|\.)\s?[\])}>]\s{0,3})"
    r"|(?P<loose_at>\s{0,3}@\s{1,3}"
    rf"|(?<=[{LETTER}])\s{{1,3}}@(?=[{LETTER}-]{{1,63}}\.(?:com|net|org|de|id|cn|co)\b)"
    rf"|(?<=[{LETTER}])\s{{1,3}}(?:at|ät|et|klammeraffe)\s{{1,3}}(?=[{LETTER}])(?![{LETTER}_.+%\-]{{1,64}}\s?@))"
    rf"|(?P<loose_dot>(?<=[{LETTER}])"
    r"(?:\s{1,3}(?:dot|punkt|titik)\s{1,3}|\s{0,3}[点點]\s{0,3}|\s{1,3}\.\s{0,3})(?=[a-z]))"
)
IN_LOCAL = rf"{LETTER}_.+%'\-{LOOSE_DOT}"
EMAIL = re.compile(
    rf"(?<![{IN_LOCAL}])[{IN_LOCAL}]++(?P<at>[@#{LOOSE_AT}])(?P<host>[{LETTER}][{LETTER}.\-{LOOSE_DOT}]*+)"
)
NO_NAMES = _words("""
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

FEWEST_DIGITS, SURELY, MOST_DIGITS, NEVER = 8, 10, 15, 99  # digits of a phone number
BETWEEN = r"\s().\-/_*~|·•,"
NUMBER = re.compile(rf"(?:\+\s?\(?|\(\s?\+?)?\d(?:[{BETWEEN}]{{0,3}}+\d)*+")
GROUP = re.compile(r"(?:\+\s?\(?|\(\s?\+?)?\d++")
FIGURE_BEFORE, FIGURE_AFTER = re.compile(r"\d[.,/\-]\d"), re.compile(r"[.,]\d")  # parts of a number: 5.1.1
NOT_NUMBERS = re.compile(
    r"(?<![\d.\-/+])(?:"
    r"(?:0?[1-9]|[12]\d|3[01])[.\-/]\s?(?:0?[1-9]|1[0-2])[.\-/]\s?(?:19|20)\d\d"
    r"|(?:19|20)\d\d[.\-/](?:0?[1-9]|1[0-2])[.\-/](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:[01]?\d|2[0-4])[.:][0-5]\d\s?(?:-|bis|to|sampai|s/d)\s?(?:[01]?\d|2[0-4])[.:][0-5]\d"
    r"|(?:[01]?\d|2[0-4])[.:][0-5]\d(?:,\s(?:[01]?\d|2[0-4])[.:][0-5]\d)+"
    r"|\d{1,2}\.\d{1,2}\.?\s?-\s?\d{1,2}\.\d{1,2}\.?(?:(?:19|20)?\d\d)?"
    r")(?![\d]|[.\-/]\d)"
    r"|(?<![\d.,])0[.,]\d{1,4}(?!\d|[.,\-/]\d)"
    r"|(?<![\d.,])[1-9]\d{0,2}(?:[.,']\d{3}){1,6}(?:[.,]\d{1,2})?(?!\d|[.,\-/]\d)"
)
WORDS = {
    word: str(digit)
    for digit, words in enumerate([
        "zero oh null nol kosong", "one eins satu", "two zwei zwo dua", "three drei tiga", "four vier empat",
        "five fünf fuenf lima", "six sechs enam", "seven sieben tujuh", "eight acht delapan", "nine neun sembilan",
    ])
    for word in words.split()
}  # fmt: skip
CHINESE = dict(zip("零〇一幺二两三四五六七八九", "0011223456789", strict=True))
WORD = re.compile("|".join(WORDS))
WORD_RUN = re.compile(
    rf"(?<![{LETTER}])(?:{'|'.join(WORDS)}|\d{{1,5}})(?:[\s,.\-]{{0,3}}+(?:{'|'.join(WORDS)}|\d{{1,5}})){{3,}}+"
)
CHINESE_RUN = re.compile(rf"[{''.join(CHINESE)}\d][{''.join(CHINESE)}\d\s\-]{{5,}}+")
LOOK_ALIKES = {"o": "0", "i": "1", "l": "1"}
LOOK_ALIKE_RUN = re.compile(r"(?<![a-z0-9])(?:[oil]*+(?=\d)|o(?=o))[0-9oil]++(?![a-z0-9])")
CALL = re.compile(
    r"(?:\b(?:call|phone|tel|telefon|telp|telepon|mobile|mobil|cell|whats?app|wa|wa\.me|viber|zalo|signal|kakao|text me"
    r"|ring|handy|nummer|number(?! of)|ruf|hp|nomor|nomornya|hubungi|kontak|sms|dial|fon|anruf|durchwahl"
    r"|reach (?:me|us))\b|电话|手机|座机|号码|联系|致电|打|微信|威信|薇信)[^\d\n]{0,25}$"
)
LABEL = re.compile(
    r"(?:order|bestell|pesanan|订单|sku|ean|gtin|barcode|条码|条形码|tracking|sendung|resi|invoice|rechnung|faktur|\bref"
    r"|artikel|article|单号|编号|iban|\bvat|\bust|\bhrb|\bid\b|asin|batch|charge|\blot|item|paket|parcel|awb|ticket"
    r"|kundennummer|customer number|npwp|bpom|备案|批号|#|sipa|steuer|siret|account|konto|rekening|hs[- ]?code|发票"
    r"|货号)[^\n]{0,22}$"
)
MONEY_BEFORE = re.compile(
    r"(?:[$€£¥]|\b(?:rp|idr|eur|usd|gbp|cny|rmb|budget|gmv|omzet|umsatz|sgd|myr))[.:]?\s{0,2}$|[$€£¥][\d.,]*$"
)
UNIT_AFTER = re.compile(
    r"\s{0,2}(?:[$€£¥%元块万件]|(?:euro?|usd|gbp|idr|rupiah|juta|pcs|units?|orders?|followers?|stück|views?|ml|gr?|kg|cm|mm"
    r"|sales|impress\w*|klicks?|clicks?)\b)"
)
CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
CHINESE_GROUPS = re.compile(
    r"\d{11}|\d{3}\D{1,3}\d{4}\D{1,3}\d{4}|\d{3}\D\d{8}|\d{3}\D\d{3}\D\d{5}|(?:\d\D{1,3}){10}\d"
)
NORTH_AMERICAN = re.compile(r"\(?[2-9]\d\d\)?[\s.\-]{1,2}[2-9]\d\d[\s.\-]\d{4}")

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
ORDINARY = _words("""
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
REFERENCE = re.compile(rf"\bSP[RS]-[{ALPHABET}]{{10}}\b", re.IGNORECASE)


def masked(text, *, regions=()):
    """Return the text with e-mail addresses, phone numbers, links and messenger handles replaced by MASK.

    `regions` are ISO 3166 codes of countries: a number without a country's code is read as one of theirs. A text in
    which nothing is found comes back as it is. Not all is found (docs/decisions/0016).
    """
    for _round in range(ROUNDS):
        spans = _spans(text, regions)
        if not spans:
            break
        text = _hidden(text, spans)
    return text


def finds_contact(text, *, regions=()):
    """Return whether anything in the text would be masked."""
    return bool(_spans(text, regions))


def _hidden(text, spans):
    parts, position = [], 0
    for start, end in spans:
        parts += [text[position:start], str(MASK)]
        position = end
    return "".join([*parts, text[position:]])


def _spans(text, regions):
    """Return (start, end) of each contact, in order, without overlaps."""
    folded = _folded(text)
    joined = _joined(folded)
    signs = _with_signs(joined)
    digits = _with_digits(folded)
    found = [
        *signs.spans(_emails(signs)),
        *signs.spans(_links(signs, text)),
        *joined.spans(_handles(joined)),
        *digits.spans(_Phones(digits.text, regions).found()),
    ]
    merged = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class _Copy:
    """A text in which each character knows where it begins and ends in the original one."""

    def __init__(self, text, starts, ends):
        self.text, self.starts, self.ends = text, starts, ends

    def spans(self, found):
        return [(self.starts[start], self.ends[end - 1]) for start, end in found if start < end]

    def edited(self, edits):
        """Return a copy in which each (start, end, replacement of at most one character), in order, is made."""
        if not edits:
            return self
        parts, starts, ends, position = [], [], [], 0
        for start, end, new in edits:
            parts += [self.text[position:start], new]
            starts += self.starts[position:start]
            ends += self.ends[position:start]
            if new:
                starts.append(self.starts[start])
                ends.append(self.ends[end - 1])
            position = end
        parts.append(self.text[position:])
        return _Copy("".join(parts), starts + self.starts[position:], ends + self.ends[position:])


def _folded(text):
    """Return the text in small letters, plain digits, spaces and hyphens, without what is not seen."""
    walls = [match.span() for match in REFERENCE.finditer(text)]
    walls += [match.span() for match in re.finditer(re.escape(str(MASK)), text)]
    if text.isascii() and text.isprintable():
        copy = _Copy(text.lower(), list(range(len(text))), list(range(1, len(text) + 1)))
    else:
        plain = [(new, position) for position, character in enumerate(text) for new in _plain(character)]
        starts = [position for _new, position in plain]
        copy = _Copy("".join(new for new, _position in plain), starts, [position + 1 for position in starts])
    edits = [(bisect_left(copy.starts, start), bisect_left(copy.starts, end), WALL) for start, end in sorted(walls)]
    edits += [(match.start(), match.end(), DOT) for match in re.finditer(r"(?<=[a-z0-9])。(?=[a-z0-9])", copy.text)]
    return copy.edited(sorted(edits))


def _plain(character):
    if " " <= character <= "~":
        return character.lower()
    if character in "\n\r\t":
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Cf", "Mn", "Me", "Co", "Cn", "Cs"} or character in INVISIBLE:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "−":
        return "-"
    if category == "Zs":
        return " "
    plain = unicodedata.normalize("NFKC", character).lower()
    if len(plain) > LONGEST:
        return character
    return "".join(new for new in plain if unicodedata.category(new) not in {"Mn", "Me"})


def _joined(copy):
    """Return the copy with "m i a @ h o s t" written together."""
    tokens = list(re.finditer(r"[^\s\u2e80-\uffff]+", copy.text))
    edits, run = [], []
    for token in [*tokens, None]:
        fits = token and len(token[0]) == 1 and (not run or copy.text[run[-1].end() : token.start()] in {" ", "  "})
        if fits:
            run.append(token)
            continue
        ends_run = (
            token and run and token.start() - run[-1].end() <= 2 and len(token[0]) == 2 and token[0][1] in ".,!?;"
        )
        whole = [*run, token] if ends_run else run
        if len(whole) >= 6:
            edits += [(one.end(), two.start(), "") for one, two in pairwise(whole)]
        run = [token] if token and len(token[0]) == 1 else []
    return copy.edited(edits)


def _with_signs(copy):
    """Return the copy with "(at)", "at", "dot" and the like as signs."""
    signs = {"at": AT, "dot": DOT, "loose_at": LOOSE_AT, "loose_dot": LOOSE_DOT}
    found = SPELLED_SIGNS.finditer(copy.text)
    return copy.edited([(match.start(), match.end(), signs[match.lastgroup or "at"]) for match in found])


def _with_digits(copy):
    """Return the copy with digits that are spelled out as digits, and without dates, times and amounts."""
    edits = [
        (word.start(), word.end(), WORDS[word[0]])
        for run in WORD_RUN.finditer(copy.text)
        for word in WORD.finditer(copy.text, *run.span())
    ]
    for run in CHINESE_RUN.finditer(copy.text):
        edits += [(at, at + 1, CHINESE[copy.text[at]]) for at in range(*run.span()) if copy.text[at] in CHINESE]
    for run in LOOK_ALIKE_RUN.finditer(copy.text):
        edits += [(at, at + 1, LOOK_ALIKES[copy.text[at]]) for at in range(*run.span()) if copy.text[at] in LOOK_ALIKES]
    copy = copy.edited(sorted(edits))
    return copy.edited([(match.start(), match.end(), WALL) for match in NOT_NUMBERS.finditer(copy.text)])


def _emails(copy):
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


def _links(copy, original):
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


def _handles(copy):
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


class _Phones:
    """The phone numbers of a text whose digits are plain."""

    def __init__(self, text, regions):
        self.text = text
        self.regions = tuple(dict.fromkeys(region.upper() for region in regions))
        self.tried = self.parsed = 0

    @cached_property
    def library(self):
        import phonenumbers  # 0.1 s and 8 MB, which a process that reads no number need not pay

        return phonenumbers

    def found(self):
        for match in NUMBER.finditer(self.text):
            if sum(map(str.isdigit, match[0])) >= FEWEST_DIGITS:
                yield from self.within(match)

    def within(self, match):
        """Yield the spans of the numbers in a run of digits and what stands between digits."""
        groups = [group.span() for group in GROUP.finditer(self.text, *match.span())]
        sizes = [sum(map(str.isdigit, self.text[start:end])) for start, end in groups]
        called = bool(CALL.search(self.text[max(0, match.start() - 40) : match.start()]))
        first = 0
        while first < len(groups):
            if self.tried > TRIED:
                yield groups[first][0], groups[-1][1]
                return
            last = self.last_of_number(groups, sizes, first, called=called and first == 0)
            if last is None:
                first += 1
                continue
            if max(sizes) == 1:  # said digit by digit: what comes after it belongs to it
                last = len(groups) - 1
            yield self.trimmed(groups[first][0], groups[last][1])
            first = last + 1

    def last_of_number(self, groups, sizes, first, *, called):
        """Return which group ends the longest number that begins with this group; None where none does."""
        start = groups[first][0]
        if FIGURE_BEFORE.match(self.text, max(0, start - 2)):
            return None
        total, lasts = 0, []
        for position in range(first, len(groups)):
            total += sizes[position]
            if total > MOST_DIGITS:
                break
            if total >= FEWEST_DIGITS and not FIGURE_AFTER.match(self.text, groups[position][1]):
                lasts.append(position)
        return next((last for last in reversed(lasts) if self.is_number(start, groups[last][1], called=called)), None)

    def trimmed(self, start, end):
        number = self.text[start:end]
        return (start + 1, end) if number.startswith("(") and ")" not in number else (start, end)

    def is_number(self, start, end, *, called):
        number = self.text[start:end]
        digits = re.sub(r"\D", "", number)
        international = "+" in number or digits.startswith("00")
        if not (international or called or digits[0] == "0" or self.may_be_bare(number, digits)):
            return False
        self.tried += 1
        before, after = self.text[max(0, start - 40) : start], self.text[end : end + 15]
        if re.search(r"[a-z0-9_]-?$", before) and not called:
            return False
        grouped = bool(re.search(r"\d[^\d]+\d", number))
        if UNIT_AFTER.match(after) or (", " in number and re.search(r"\d\d", number)):
            return False
        if "+" not in number and LABEL.search(before) and not (grouped and called):
            return False
        if international:
            return self.fits("+" + digits.removeprefix("00"), possible_from=FEWEST_DIGITS)
        if MONEY_BEFORE.search(before):
            return False
        if digits[0] == "0":
            return self.is_national(digits, called=called, grouped=grouped)
        return self.is_bare(number, digits, called=called, grouped=grouped)

    def may_be_bare(self, number, digits):
        return (
            (CHINESE_MOBILE.fullmatch(digits) and CHINESE_GROUPS.fullmatch(number))
            or NORTH_AMERICAN.fullmatch(number)
            or (len(digits) >= 11 and digits.startswith(self.country_codes))
        )

    @cached_property
    def country_codes(self):
        return tuple(str(self.library.country_code_for_region(region)) for region in self.regions)

    def is_national(self, digits, *, called, grouped):
        """Judge a number with the prefix 0 of calls within a country."""
        if len(digits) < (8 if called else 9):
            return False
        if 10 <= len(digits) <= 13 and (called or grouped or not self.regions):
            return True
        return any(self.fits(digits, region, possible_from=SURELY) for region in self.regions)

    def is_bare(self, number, digits, *, called, grouped):
        """Judge a number without a prefix: what else it may be weighs more."""
        if digits.endswith("00000"):
            return False
        if CHINESE_MOBILE.fullmatch(digits) and CHINESE_GROUPS.fullmatch(number):
            return called or grouped or not self.regions or "CN" in self.regions
        if {"US", "CA"}.intersection(self.regions) and NORTH_AMERICAN.fullmatch(number):
            return True
        if 8 <= len(digits) <= 13 and called:
            return True
        if 11 <= len(digits) <= 13 and re.search(r"\d{3}", number) and not _is_ean(digits):
            return digits.startswith(self.country_codes) and self.fits("+" + digits, possible_from=NEVER)
        return False

    def fits(self, digits, region=None, *, possible_from):
        """Return whether the library knows such numbers, or thinks one of at least so many digits possible."""
        if self.parsed >= PARSED:
            return len(digits) >= SURELY
        self.parsed += 1
        try:
            number = self.library.parse(digits, region)
        except self.library.NumberParseException:
            return False
        is_possible = len(digits) >= possible_from and self.library.is_possible_number(number)
        return is_possible or self.library.is_valid_number(number)


def _is_ean(digits):
    """Return whether the check digit is that of a European article number."""
    *rest, check = map(int, digits.zfill(13)[-13:])
    return (10 - sum(digit * (3 if at % 2 else 1) for at, digit in enumerate(rest)) % 10) % 10 == check
