"""Phone numbers, in a text whose digits are plain: phonenumbers decides where their shape does not."""

import re
from functools import cached_property

PARSED, TRIED = 25, 60  # numbers of a text that phonenumbers reads, and that are looked at; beyond, shape decides
FEWEST_DIGITS, SURELY, MOST_DIGITS, NEVER = 8, 10, 15, 99  # digits of a phone number
BETWEEN = r"\s().\-/_*~|·•,"
NUMBER = re.compile(rf"(?:\+\s?\(?|\(\s?\+?)?\d(?:[{BETWEEN}]{{0,3}}+\d)*+")
GROUP = re.compile(r"(?:\+\s?\(?|\(\s?\+?)?\d++")
FIGURE_BEFORE, FIGURE_AFTER = re.compile(r"\d[.,/\-]\d"), re.compile(r"[.,]\d")  # parts of a number: 5.1.1
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


class Phones:
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
