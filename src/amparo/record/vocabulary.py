"""The closed lists of the statement of reasons, each value with its public English label.

Keys are exact and case-sensitive. Labels are message ids of the gettext catalogues
(`web/words/locales/`). Nothing else in the project writes these values down.

Source: the EU DSA Transparency Database, schema in force since 1 July 2025 ("v2"). Articles are of
Regulation (EU) 2022/2065, the Digital Services Act (DSA).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import NamedTuple

Labels = Mapping[str, str]
"""Value on the wire -> public English label."""


class Keyword(NamedTuple):
    """A keyword of `category_specification`: the category it is documented under, and its label.

    The grouping is documentation; no rule holds a statement to it.
    """

    category: str | None
    label: str


DECISION_VISIBILITY: Labels = {
    "DECISION_VISIBILITY_CONTENT_REMOVED": "Removal of content",
    "DECISION_VISIBILITY_CONTENT_DISABLED": "Disabling access to content",
    "DECISION_VISIBILITY_CONTENT_DEMOTED": "Demotion of content",
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED": "Age restricted content",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED": "Restricting interaction with content",
    "DECISION_VISIBILITY_CONTENT_LABELLED": "Labelled content",
    "DECISION_VISIBILITY_OTHER": "Other restriction (please specify)",
}
"""Restrictions of visibility; Art. 17(1)(a)."""

DECISION_MONETARY: Labels = {
    "DECISION_MONETARY_SUSPENSION": "Suspension of monetary payments",
    "DECISION_MONETARY_TERMINATION": "Termination of monetary payments",
    "DECISION_MONETARY_OTHER": "Other restriction (please specify)",
}
"""Restrictions of monetary payments; Art. 17(1)(b)."""

DECISION_PROVISION: Labels = {
    "DECISION_PROVISION_PARTIAL_SUSPENSION": "Partial suspension of the provision of the service",
    "DECISION_PROVISION_TOTAL_SUSPENSION": "Total suspension of the provision of the service",
    "DECISION_PROVISION_PARTIAL_TERMINATION": "Partial termination of the provision of the service",
    "DECISION_PROVISION_TOTAL_TERMINATION": "Total termination of the provision of the service",
}
"""Suspension or termination of the service; Art. 17(1)(c)."""

DECISION_ACCOUNT: Labels = {
    "DECISION_ACCOUNT_SUSPENDED": "Suspension of the account",
    "DECISION_ACCOUNT_TERMINATED": "Termination of the account",
}
"""Suspension or termination of the account; Art. 17(1)(d)."""

ACCOUNT_TYPE: Labels = {
    "ACCOUNT_TYPE_BUSINESS": "Business",
    "ACCOUNT_TYPE_PRIVATE": "Private",
}
"""Kind of account that was restricted."""

DECISION_GROUND: Labels = {
    "DECISION_GROUND_ILLEGAL_CONTENT": "Illegal Content",
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": "Content incompatible with terms and conditions",
}
"""The law or the terms; Art. 17(3)(d) and (e)."""

CATEGORY: Labels = {
    "STATEMENT_CATEGORY_ANIMAL_WELFARE": "Animal welfare",
    "STATEMENT_CATEGORY_CONSUMER_INFORMATION": "Consumer information infringements",
    "STATEMENT_CATEGORY_CYBER_VIOLENCE": "Cyber violence",
    "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN": "Cyber violence against women",
    "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS": "Data protection and privacy violations",
    "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH": "Illegal or harmful speech",
    "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS": "Intellectual property infringements",
    "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS": "Negative effects on civic discourse or elections",
    "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE": "Type of alleged illegal content not specified by the notifier",
    "STATEMENT_CATEGORY_OTHER_VIOLATION_TC": "Other violation of provider’s terms and conditions",
    "STATEMENT_CATEGORY_PROTECTION_OF_MINORS": "Protection of minors",
    "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY": "Risk for public security",
    "STATEMENT_CATEGORY_SCAMS_AND_FRAUD": "Scams and/or fraud",
    "STATEMENT_CATEGORY_SELF_HARM": "Self-harm",
    "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS": "Unsafe, non-compliant or prohibited products",
    "STATEMENT_CATEGORY_VIOLENCE": "Violence",
}
"""What the content was found to be; exactly one, and any number besides."""

CONTENT_TYPE: Labels = {
    "CONTENT_TYPE_APP": "App",
    "CONTENT_TYPE_AUDIO": "Audio",
    "CONTENT_TYPE_IMAGE": "Image",
    "CONTENT_TYPE_PRODUCT": "Product",
    "CONTENT_TYPE_SYNTHETIC_MEDIA": "Synthetic Media",
    "CONTENT_TYPE_TEXT": "Text",
    "CONTENT_TYPE_VIDEO": "Video",
    "CONTENT_TYPE_OTHER": "Other",
}
"""Kinds of content."""

SOURCE_TYPE: Labels = {
    "SOURCE_ARTICLE_16": "Notice submitted in accordance with Article 16 DSA",
    "SOURCE_TRUSTED_FLAGGER": "Notice submitted by a trusted flagger",
    "SOURCE_TYPE_OTHER_NOTIFICATION": "Other type of notification",
    "SOURCE_VOLUNTARY": "Own voluntary initiative",
}
"""What the decision followed; Art. 17(3)(b)."""

AUTOMATED_DECISION: Labels = {
    "AUTOMATED_DECISION_FULLY": "Fully automated",
    "AUTOMATED_DECISION_PARTIALLY": "Partially automated",
    "AUTOMATED_DECISION_NOT_AUTOMATED": "Not Automated",
}
"""How far a machine decided; Art. 17(3)(c)."""

YES_NO: Labels = {"Yes": "Yes", "No": "No"}
"""Text on the wire, not a boolean."""

KEYWORDS: Mapping[str, Keyword] = {
    "KEYWORD_ANIMAL_HARM": Keyword("STATEMENT_CATEGORY_ANIMAL_WELFARE", "Animal harm"),
    "KEYWORD_UNLAWFUL_SALE_ANIMALS": Keyword(
        "STATEMENT_CATEGORY_ANIMAL_WELFARE", "Unlawful sale of animals"
    ),
    "KEYWORD_HIDDEN_ADVERTISEMENT": Keyword(
        "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
        "Hidden advertisement or commercial communication, including by influencers",
    ),
    "KEYWORD_INSUFFICIENT_INFORMATION_ON_TRADERS": Keyword(
        "STATEMENT_CATEGORY_CONSUMER_INFORMATION", "Insufficient information on traders"
    ),
    "KEYWORD_MISLEADING_INFO_GOODS_SERVICES": Keyword(
        "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
        "Misleading information about the characteristics of the goods and services",
    ),
    "KEYWORD_MISLEADING_INFO_CONSUMER_RIGHTS": Keyword(
        "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
        "Misleading information about the consumer's rights",
    ),
    "KEYWORD_NONCOMPLIANCE_PRICING": Keyword(
        "STATEMENT_CATEGORY_CONSUMER_INFORMATION", "Non-compliance with pricing regulations"
    ),
    "KEYWORD_CYBER_BULLYING_INTIMIDATION": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE", "Cyber bullying and intimidation"
    ),
    "KEYWORD_CYBER_HARASSMENT": Keyword("STATEMENT_CATEGORY_CYBER_VIOLENCE", "Cyber harassment"),
    "KEYWORD_CYBER_INCITEMENT": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE", "Cyber incitement to hatred or violence"
    ),
    "KEYWORD_CYBER_STALKING": Keyword("STATEMENT_CATEGORY_CYBER_VIOLENCE", "Cyber stalking"),
    "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "Non-consensual (intimate) material sharing, including (image-based) sexual abuse (excluding content depicting minors)",
    ),
    "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "Non-consensual sharing of material containing deepfake or similar technology using a third party's features (excluding content depicting minors)",
    ),
    "KEYWORD_BULLYING_AGAINST_GIRLS": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
        "Cyber bullying and intimidation against girls",
    ),
    "KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN", "Cyber harassment against women"
    ),
    "KEYWORD_CYBER_STALKING_AGAINST_WOMEN": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN", "Cyber stalking against women"
    ),
    "KEYWORD_FEMALE_GENDERED_DISINFORMATION": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN", "Gendered disinformation"
    ),
    "KEYWORD_INCITEMENT_AGAINST_WOMEN": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
        "Illegal incitement to violence and hatred against women",
    ),
    "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
        "Non-consensual (intimate) material sharing against women, including (image-based) sexual abuse against women (excluding content depicting minors)",
    ),
    "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE_AGAINST_WOMEN": Keyword(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
        "Non-consensual sharing of material containing deepfake or similar technology using a third party's features against women (excluding content depicting minors)",
    ),
    "KEYWORD_BIOMETRIC_DATA_BREACH": Keyword(
        "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "Biometric data breach"
    ),
    "KEYWORD_DATA_FALSIFICATION": Keyword(
        "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "Data falsification"
    ),
    "KEYWORD_MISSING_PROCESSING_GROUND": Keyword(
        "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        "Missing processing ground for data",
    ),
    "KEYWORD_RIGHT_TO_BE_FORGOTTEN": Keyword(
        "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "Right to be forgotten"
    ),
    "KEYWORD_DEFAMATION": Keyword("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "Defamation"),
    "KEYWORD_DISCRIMINATION": Keyword(
        "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "Discrimination"
    ),
    "KEYWORD_HATE_SPEECH": Keyword(
        "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        "Illegal incitement to violence and hatred based on protected characteristics (hate speech)",
    ),
    "KEYWORD_COPYRIGHT_INFRINGEMENT": Keyword(
        "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "Copyright infringements"
    ),
    "KEYWORD_DESIGN_INFRINGEMENT": Keyword(
        "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "Design infringements"
    ),
    "KEYWORD_GEOGRAPHIC_INDICATIONS_INFRINGEMENT": Keyword(
        "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "Geographic indications infringements",
    ),
    "KEYWORD_PATENT_INFRINGEMENT": Keyword(
        "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "Patent infringements"
    ),
    "KEYWORD_TRADE_SECRET_INFRINGEMENT": Keyword(
        "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "Trade secret infringements"
    ),
    "KEYWORD_TRADEMARK_INFRINGEMENT": Keyword(
        "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "Trademark infringements"
    ),
    "KEYWORD_MISINFORMATION_DISINFORMATION": Keyword(
        "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "Misinformation, disinformation, foreign information manipulation and interference",
    ),
    "KEYWORD_VIOLATION_EU_LAW": Keyword(
        "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "Violation of EU law relevant to civic discourse or elections",
    ),
    "KEYWORD_VIOLATION_NATIONAL_LAW": Keyword(
        "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "Violation of national law relevant to civic discourse or elections",
    ),
    "KEYWORD_ADULT_SEXUAL_MATERIAL": Keyword(
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "Adult sexual material"
    ),
    "KEYWORD_AGE_SPECIFIC_RESTRICTIONS": Keyword(
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "Age-specific restrictions"
    ),
    "KEYWORD_GEOGRAPHICAL_REQUIREMENTS": Keyword(
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "Geographical requirements"
    ),
    "KEYWORD_GOODS_SERVICES_NOT_PERMITTED": Keyword(
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        "Goods/services not permitted to be offered on the platform",
    ),
    "KEYWORD_LANGUAGE_REQUIREMENTS": Keyword(
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "Language requirements"
    ),
    "KEYWORD_NUDITY": Keyword("STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "Nudity"),
    "KEYWORD_AGE_SPECIFIC_RESTRICTIONS_MINORS": Keyword(
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "Age-specific restrictions concerning minors"
    ),
    "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL": Keyword(
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "Child sexual abuse material"
    ),
    "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE": Keyword(
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        "Child sexual abuse material containing deepfake or similar technology",
    ),
    "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS": Keyword(
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "Grooming/sexual enticement of minors"
    ),
    "KEYWORD_UNSAFE_CHALLENGES": Keyword(
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "Unsafe challenges"
    ),
    "KEYWORD_ILLEGAL_ORGANIZATIONS": Keyword(
        "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", "Illegal organizations"
    ),
    "KEYWORD_RISK_ENVIRONMENTAL_DAMAGE": Keyword(
        "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", "Risk for environmental damage"
    ),
    "KEYWORD_RISK_PUBLIC_HEALTH": Keyword(
        "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", "Risk for public health"
    ),
    "KEYWORD_TERRORIST_CONTENT": Keyword(
        "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", "Terrorist content"
    ),
    "KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING": Keyword(
        "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "Impersonation or account hijacking"
    ),
    "KEYWORD_INAUTHENTIC_ACCOUNTS": Keyword(
        "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "Inauthentic accounts"
    ),
    "KEYWORD_INAUTHENTIC_LISTINGS": Keyword(
        "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "Inauthentic listings"
    ),
    "KEYWORD_INAUTHENTIC_USER_REVIEWS": Keyword(
        "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "Inauthentic user reviews"
    ),
    "KEYWORD_PHISHING": Keyword("STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "Phishing"),
    "KEYWORD_PYRAMID_SCHEMES": Keyword("STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "Pyramid schemes"),
    "KEYWORD_CONTENT_PROMOTING_EATING_DISORDERS": Keyword(
        "STATEMENT_CATEGORY_SELF_HARM", "Content promoting eating disorders"
    ),
    "KEYWORD_SELF_MUTILATION": Keyword("STATEMENT_CATEGORY_SELF_HARM", "Self-mutilation"),
    "KEYWORD_SUICIDE": Keyword("STATEMENT_CATEGORY_SELF_HARM", "Suicide"),
    "KEYWORD_PROHIBITED_PRODUCTS": Keyword(
        "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS", "Prohibited or restricted products"
    ),
    "KEYWORD_UNSAFE_PRODUCTS": Keyword(
        "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS", "Unsafe or non-compliant products"
    ),
    "KEYWORD_COORDINATED_HARM": Keyword("STATEMENT_CATEGORY_VIOLENCE", "Coordinated harm"),
    "KEYWORD_INCITEMENT_VIOLENCE_HATRED": Keyword(
        "STATEMENT_CATEGORY_VIOLENCE", "General calls or incitement to violence and/or hatred"
    ),
    "KEYWORD_HUMAN_EXPLOITATION": Keyword("STATEMENT_CATEGORY_VIOLENCE", "Human exploitation"),
    "KEYWORD_HUMAN_TRAFFICKING": Keyword("STATEMENT_CATEGORY_VIOLENCE", "Human trafficking"),
    "KEYWORD_TRAFFICKING_WOMEN_GIRLS": Keyword(
        "STATEMENT_CATEGORY_VIOLENCE", "Trafficking in women and girls"
    ),
    "KEYWORD_OTHER": Keyword(None, "Not captured by any other keyword"),
    "KEYWORD_STALKING": Keyword(None, "Stalking"),
}
"""The 69 keywords of `category_specification`."""

EEA = frozenset(
    (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK "
    ).split()
)
"""The 30 countries of the European Economic Area: Greece is GR, never EL."""

COUNTRIES = frozenset(
    (
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO "
        "BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ "
        "DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP "
        "GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG "
        "KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML "
        "MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE "
        "PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL "
        "SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM "
        "US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
    ).split()
)
"""ISO 3166-1 alpha-2, for platforms whose profile reaches beyond the EEA."""

LANGUAGES = frozenset(
    (
        "AA AB AE AF AK AM AN AR AS AV AY AZ BA BE BG BH BI BM BN BO BR BS CA CE CH CO CR CS CU "
        "CV CY DA DE DV DZ EE EL EN EO ES ET EU FA FF FI FJ FO FR FY GA GD GL GN GU GV HA HE HI "
        "HO HR HT HU HY HZ IA ID IE IG II IK IO IS IT IU JA JV KA KG KI KJ KK KL KM KN KO KR KS "
        "KU KV KW KY LA LB LG LI LN LO LT LU LV MG MH MI MK ML MN MR MS MT MY NA NB ND NE NG NL "
        "NN NO NR NV NY OC OJ OM OR OS PA PI PL PS PT QU RM RN RO RU RW SA SC SD SE SG SI SK SL "
        "SM SN SO SQ SR SS ST SU SV SW TA TE TG TH TI TK TL TN TO TR TS TT TW TY UG UK UR UZ VE "
        "VI VO WA WO XH YI YO ZA ZH ZU "
    ).split()
)
"""ISO 639-1 in upper case, except the withdrawn SH; 184 codes."""

FORMER_CATEGORIES: Mapping[str, str | None] = {
    "STATEMENT_CATEGORY_NON_CONSENSUAL_BEHAVIOUR": None,
    "STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT": None,
    "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    "STATEMENT_CATEGORY_UNSAFE_AND_ILLEGAL_PRODUCTS": "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
}
"""Categories that ended on 30 June 2025 -> what took their place, if anything did."""

FORMER_KEYWORDS: Mapping[str, str | None] = {
    "KEYWORD_DANGEROUS_TOYS": None,
    "KEYWORD_DISINFORMATION": "KEYWORD_MISINFORMATION_DISINFORMATION",
    "KEYWORD_FOREIGN_INFORMATION_MANIPULATION": None,
    "KEYWORD_GENDER_BASED_VIOLENCE": None,
    "KEYWORD_IMAGE_BASED_SEXUAL_ABUSE": None,
    "KEYWORD_INSUFFICIENT_INFORMATION_TRADERS": "KEYWORD_INSUFFICIENT_INFORMATION_ON_TRADERS",
    "KEYWORD_MISINFORMATION": None,
    "KEYWORD_NON_CONSENSUAL_ITEMS_DEEPFAKE": "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE",
    "KEYWORD_ONLINE_BULLYING_INTIMIDATION": "KEYWORD_CYBER_BULLYING_INTIMIDATION",
    "KEYWORD_REGULATED_GOODS_SERVICES": None,
}
"""Keywords that ended on 30 June 2025 -> what took their place, if anything did."""
