"""Countries and time zones, from the CLDR data that Babel carries."""

from __future__ import annotations

import unicodedata
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global

# Where a country has several zones: the one most of its people live in.
MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei", "FR": "Europe/Paris", "ID": "Asia/Jakarta", "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland", "PF": "Pacific/Tahiti", "PG": "Pacific/Port_Moresby", "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "US": "America/New_York",
    "UZ": "Asia/Tashkent", "VN": "Asia/Ho_Chi_Minh",
}  # fmt: skip

# In the data, but nobody's home: Antarctica, unions, pseudo-locales.
OUTSIDE = {"AC", "AQ", "BV", "CP", "CQ", "DG", "EA", "EU", "EZ", "HM", "IC", "QO", "TA", "UM", "UN", "XA", "XB", "ZZ"}


@cache
def countries(language: str = "en") -> dict[str, str]:
    """ISO 3166-1 alpha-2 codes of countries and their names in a language, by name."""
    names = Locale.parse(language).territories
    real = set(get_global("territory_currencies")) & set(get_global("territory_languages"))
    listed = {code: name for code, name in names.items() if len(code) == 2 and code in real and code not in OUTSIDE}
    return dict(sorted(listed.items(), key=lambda pair: unicodedata.normalize("NFD", pair[1])))


@cache
def zones() -> list[str]:
    """Every time zone a person may choose, by name."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))


def zone_of(country: str) -> str:
    """The time zone most people of a country live in; UTC where it is not known."""
    if country in MAIN_ZONES:
        return MAIN_ZONES[country]
    known = sorted(zone for zone, place in get_global("zone_territories").items() if place == country)
    return next((zone for zone in known if zone in available_timezones()), "UTC")
