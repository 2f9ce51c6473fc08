"""Names under which a platform stood in the dumps at one time or another, and the one it has here.

The series that ship use the merged names; a dump has whatever the platform was called that day. The
list is that of the Python package shantay 0.6.0 by Robert Grimm (Apache License 2.0), from which
the series come.

Names that differ by case, spaces or the form of their Unicode alone are one platform's as well: an
archive that writes `TEMU` one day and `Temu` the next has not lost one platform and won another.
"""

# SPDX-License-Identifier: Apache-2.0

import unicodedata
from collections.abc import Iterable
from types import MappingProxyType

MERGED = MappingProxyType(
    {
        "ADEO MARKETPLACE SERVICES": "ADEO",
        "Adobe Photoshop Lightroom": "Adobe Lightroom",
        "Apple Books (ebooks)": "Apple Books",
        "Apple Podcasts Subscriptions": "Apple Podcasts",
        "Discord Netherlands B.V.": "Discord",
        "eDarling, EliteSingles, SilverSingles, Zoosk": "Spark Networks",
        "foodora, Glovo, efood, foody": "Delivery Hero",
        "Garmin Nederland B.V.": "Garmin",
        "HORNBACH Marktplatz, Smart Home by HORNBACH": "Hornbach",
        "Hostelworld.com Limited": "Hostelworld.com",
        "Meetic SAS": "Meetic",
        "Mijnvergelijker / Comparateur": "Mijnvergelijker",
        "Microsoft Ireland Operations Limited": "Microsoft Operations",
        "Microsoft Store on Windows (PC App Store)": "Microsoft Store",
        "Microsoft Teams personal": "Microsoft Teams",
        "MORE.COM ΗΛΕΚΤΡΟΝΙΚΕΣ ΥΠΗΡΕΣΙΕΣ": "MORE.COM",
        "Other Meta Platforms Ireland Limited-offered Products": "Other Meta Product",
        "OTTO Market": "OTTO",
        "Quora Ireland Limited": "Quora",
        "www.rentalia.com": "rentalia.com",
        "Samsung Galaxy App Store": "Samsung Galaxy Store",
        "SAP Community": "SAP",
        "SFDC Ireland Limited": "SFDC",
        'SIA "JOOM"': "Joom",
        "SIA &quot;JOOM&quot;": "Joom",
        "Takeaway.com Central Core B.V.": "Takeaway.com",
        "Trendyol B.V.": "Trendyol",
        "Vinted UAB": "Vinted",
        "WhatsApp Channels": "WhatsApp",
        "willhaben internet service GmbH & Co KG": "willhaben",
        "willhaben internet service GmbH &amp; Co KG": "willhaben",
        "www.gutefrage.net": "gutefrage.net",
        "X (formerly Twitter)": "X",
        "Xbox Console Store": "Xbox Store",
        "Xbox.com Website Store": "Xbox.com",
        "ΣΚΡΟΥΤΖ Α.Ε.": "ΣΚΡΟΥΤΖ",
    }
)
"""Name in a dump -> name in the series."""


def alike(names: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    """Those of the names that are written otherwise than before -> how they were written then.

    `known` has the first spelling by what is left of it without case, spaces and form; it grows.
    """
    found = {}
    for name in sorted(names):
        first = known.setdefault(plain(name), name)
        if first != name:
            found[name] = first
    return found


def plain(name: str) -> str:
    """What is left of a name without case, spaces and the form of its Unicode."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
