"""What the made-up platforms decide about: what was posted, what was done, and what is said of it.

Whatever is said about one decision comes from one matter, so that a complaint speaks of what was
decided, its answer of what was complained about, and an order of what was done. A matter without
arguments is one that nobody of the story complains about.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Literal, NamedTuple

from amparo.case.events import RemedyStep

FORO, MERCADO, NIDO = "Foro Libre", "Mercado Sol", "Nido Video"
"""A forum, a marketplace, and a platform for videos."""
How = Literal["reported", "found", "machine"]
"""Somebody sent a notice; a machine found it, and a person decided; a machine did both."""
Restriction = Literal[
    "removed", "disabled", "demoted", "age", "interaction", "suspended", "terminated", "payments"
]
UNDONE_BY: Mapping[Restriction, RemedyStep] = {
    "removed": "restore_content",
    "disabled": "restore_content",
    "demoted": "restore_visibility",
    "age": "restore_visibility",
    "interaction": "restore_visibility",
    "suspended": "restore_account",
    "terminated": "restore_account",
    "payments": "restore_payments",
}
"""What was done -> what an order against it says."""
STILL: Mapping[RemedyStep, str] = {
    "restore_content": "Friends of mine still cannot see it.",
    "restore_visibility": "Whoever does not have the address still does not find it.",
    "restore_account": "I come in, but all that I wrote is gone.",
    "restore_payments": "Nothing has been paid out to me since.",
}
"""Ordered -> why somebody says that it is not done."""
GONE: Mapping[RemedyStep, str] = {
    "restore_content": "The file was deleted with the old store. We offer three free months.",
    "restore_visibility": "It was about one evening, which is over. We offer three free months.",
    "restore_account": "Somebody else has the name of the account by now. We offer another one.",
    "restore_payments": "The sum went back to those who had paid it. We offer three free months.",
}
"""Ordered -> why a platform says that it cannot be done."""


class Argument(NamedTuple):
    """What somebody says against a decision, and how each outcome would be explained to them."""

    grounds: str
    falls: str
    stands: str


class Matter(NamedTuple):
    """A kind of decision at one platform."""

    category: str
    keyword: str
    kind: str
    """Of the content, after `CONTENT_TYPE_`."""
    clause: str
    law: str
    """The law under which some of them are decided; "": none is."""
    breach: str
    """What was posted, and what is wrong with it."""
    rule: str
    """What the clause says of it, where it is decided under the terms."""
    facts: str
    how: How
    does: tuple[Restriction, ...]
    """What is done about it: one of these."""
    content: str = ""
    """What a reviewer is given to look at."""
    question: str = ""
    """What a reviewer may ask whoever complains."""
    urgent: str = ""
    """Why it would be too late to wait for the answer."""
    arguments: tuple[Argument, ...] = ()


MATTERS: Mapping[str, tuple[Matter, ...]] = {
    FORO: (
        Matter(
            "ILLEGAL_OR_HARMFUL_SPEECH",
            "HATE_SPEECH",
            "TEXT",
            "Community rules, section 4.2: attacks on protected groups",
            "Penal code, incitement to hatred",
            "The reply calls for people to be excluded from public places because of their origin.",
            "Section 4.2 does not allow attacks on people for a protected characteristic; "
            "criticism of ideas, institutions and governments stays allowed.",
            "A reply under a news article was reported by two users. The whole thread was read "
            "before deciding. The words were not a quotation and no counter-speech.",
            "reported",
            ("removed", "disabled", "suspended"),
        ),
        Matter(
            "VIOLENCE",
            "INCITEMENT_VIOLENCE_HATRED",
            "TEXT",
            "Community rules, section 3.2: calls to violence",
            "Penal code, public call to a crime",
            "The post asks readers to come to a named place and hurt the people who gather there.",
            "Section 3.2 forbids calls to violence against persons, whoever they are.",
            "A classifier marked the post; a moderator read it with its answers. The gathering "
            "was to take place on the next day.",
            "found",
            ("removed", "removed", "suspended", "terminated"),
        ),
        Matter(
            "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
            "MISINFORMATION_DISINFORMATION",
            "TEXT",
            "Community rules, section 6.3: when and how to vote",
            "",
            "The post names a false date for the vote.",
            "Section 6.3 forbids false statements on when, where and how to vote; opinions on "
            "candidates and results stay allowed.",
            "The calendar of the electoral office was compared. A classifier had found the post "
            "by its words.",
            "found",
            ("removed", "removed", "demoted", "interaction"),
            "«Do not forget: we vote until Thursday, not until Sunday!»",
            "Which vote is the post about, and where did you find the date?",
            "The vote that the post is about is on Sunday; afterwards nobody would need it.",
            (
                Argument(
                    "Thursday is the last day for voting by post. The electoral office says so "
                    "itself.",
                    "The date is the last day for voting by post, as the electoral office has "
                    "published it. The post is right.",
                    "The post does not speak of voting by post. Whoever reads it stays at home "
                    "on the day of the vote.",
                ),
                Argument(
                    "It was about the board of our allotments, as everybody in that thread knows.",
                    "The whole thread is about the board of a club, and no public vote is meant. "
                    "Only this one post had been read.",
                    "Nothing in the thread speaks of a club, and three people asked there "
                    "whether the polling stations are open.",
                ),
            ),
        ),
        Matter(
            "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
            "",
            "TEXT",
            "Community rules, section 4.6: private addresses",
            "",
            "The post shows the home address of a person who is not a public figure, with a call "
            "to visit.",
            "Section 4.6 forbids this, whoever the person is.",
            "Reported by the person concerned. The post had been shared 140 times.",
            "reported",
            ("removed", "removed", "disabled"),
            "«Mill Lane 14, second door. Come by, all of you, on Saturday!»",
            "Is it the address of a shop or of a home? Please say where one can see that.",
            "The shop opens on Saturday, and the post says where it is.",
            (
                Argument(
                    "It is the address of my own shop. It stands on its door, and in every "
                    "telephone book.",
                    "The address is that of your shop, under whose name the account posts. The "
                    "person who reported it lives in another house.",
                    "Your shop has moved. Since May a private person lives at this address, and "
                    "she asked for the post to be taken down.",
                ),
                Argument(
                    "I quoted somebody else in order to object. Read the line above the address.",
                    "You quoted the address in order to object to it, and somebody had asked you "
                    "to. The first reading had missed the line above.",
                    "The line above was read as well. The quotation repeats the whole address, "
                    "and it is the address that does the harm.",
                ),
            ),
        ),
        Matter(
            "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
            "COPYRIGHT_INFRINGEMENT",
            "IMAGE",
            "Terms of use, clause 9: rights of others",
            "Directive 2001/29/EC, Article 3",
            "The notice identifies a photograph and shows that its sender may act for the "
            "photographer. The post shows the same photograph without a licence.",
            "Clause 9 forbids it.",
            "A notice was received with all elements that the law asks for. The picture was "
            "compared with the one in the notice.",
            "reported",
            ("removed", "disabled"),
            "A picture of a shop window in the rain. Below it: «Ours, since Monday.»",
            "Can you send the original file, or say where you had published the picture before?",
            "The exhibition that the picture announces opens on Saturday.",
            (
                Argument(
                    "This is my own photograph, taken at my own shop. I can send you the original.",
                    "Your original was taken three days before the picture in the notice, from "
                    "the other side of the street. They are two pictures.",
                    "What you sent is smaller than the picture in the notice, and was cut from it.",
                ),
                Argument(
                    "I show it small, to criticise it, and I name who took it.",
                    "The picture is shown small and discussed line by line, and its photographer "
                    "is named. That is a quotation, which the first reading had not weighed.",
                    "The picture fills the post, and the one line below says nothing about it. "
                    "That is no quotation.",
                ),
            ),
        ),
        Matter(
            "SCAMS_AND_FRAUD",
            "IMPERSONATION_ACCOUNT_HIJACKING",
            "TEXT",
            "Terms of use, clause 3.4: accounts in the name of others",
            "",
            "The account bears the name and the picture of a singer, and nothing on it says that "
            "it is not hers.",
            "Clause 3.4 forbids accounts that pass for somebody else's.",
            "A classifier found the same picture on two accounts. A moderator compared them.",
            "found",
            ("suspended", "terminated"),
            "A profile with the picture of a singer. Its first line: «Aquí hablamos quienes la "
            "admiramos.»",
            "Under which name is the account registered, and since when?",
            "The account announces a concert on Saturday, and those who come ask there.",
            (
                Argument(
                    "It is a page of fans, and its first line says so.",
                    "The first line of the profile says that it is a page of fans, in a language "
                    "that the first reader did not know. Clause 3.4 leaves such pages alone.",
                    "The line was added on the day after the decision. Until then the account "
                    "answered messages in her name.",
                ),
                Argument(
                    "I have this name from my parents. I sent you my passport in May.",
                    "Your passport shows the name. That somebody famous has it too is no reason "
                    "to close an account.",
                    "The passport bears another name than the account. With its own name the "
                    "account can be opened again at any time.",
                ),
            ),
        ),
    ),
    MERCADO: (
        Matter(
            "OTHER_VIOLATION_TC",
            "GOODS_SERVICES_NOT_PERMITTED",
            "PRODUCT",
            "Seller agreement, annex B: what is not sold here",
            "",
            "The listing offers a room for the night.",
            "Annex B allows goods only.",
            "A classifier found the listing by its words.",
            "machine",
            ("removed",),
        ),
        Matter(
            "UNSAFE_AND_PROHIBITED_PRODUCTS",
            "PROHIBITED_PRODUCTS",
            "PRODUCT",
            "Seller agreement, annex B: what is not sold here",
            "",
            "The listing offers a medicine that only pharmacies may sell.",
            "Annex B names it.",
            "A search for words found the listing. A moderator found no licence in the profile.",
            "found",
            ("removed", "removed", "suspended"),
            "«Valerian drops, 50 ml, from our own garden»",
            "Which licence do you have, and until when is it in force?",
            "The herbs are fresh, and spoil within the week.",
            (
                Argument(
                    "I have sold this for six years, with the licence in my profile.",
                    "The licence in your profile is that of a pharmacy, and is in force. The "
                    "first reading had looked at the listing alone.",
                    "The licence in your profile ended in March. With a new one you can sell it "
                    "again at any time.",
                ),
                Argument(
                    "It is a tea and no medicine. It only has the name of the herb.",
                    "It is a tea that any shop may sell. The name of the herb was taken for that "
                    "of the medicine.",
                    "The listing promises that it lowers the blood pressure. What promises to "
                    "heal counts as a medicine, whatever is in it.",
                ),
            ),
        ),
        Matter(
            "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
            "TRADEMARK_INFRINGEMENT",
            "PRODUCT",
            "Terms of use, clause 9: rights of others",
            "",
            "The listing offers a bag under a protected name. By the notice, the owner of the "
            "name has not made it.",
            "Clause 9 forbids it.",
            "A notice of the owner of the name, with all elements that the law asks for. The "
            "pictures were compared with its catalogue.",
            "reported",
            ("removed", "disabled"),
            "«Leather bag, hardly worn, 140 €», with three pictures",
            "Do you have the receipt, or a picture of the number inside?",
            "The sale at which it is offered ends on Sunday.",
            (
                Argument(
                    "It is a real one, bought in 2019. I have the receipt, and sell it used.",
                    "The receipt shows where it was bought. Whoever has bought the real thing "
                    "may sell it again.",
                    "The receipt is for another bag. The number inside this one was never given "
                    "out, as the owner of the name has shown.",
                ),
                Argument(
                    "It is a strap that I sew myself. The listing says which bags it fits.",
                    "A strap may be said to fit a bag. The name says what it is for, and not who "
                    "made it.",
                    "The title and the picture bear the name alone. That the strap is your own "
                    "work stands nowhere.",
                ),
            ),
        ),
        Matter(
            "SCAMS_AND_FRAUD",
            "INAUTHENTIC_USER_REVIEWS",
            "TEXT",
            "Seller agreement, clause 5: reviews",
            "",
            "Twelve reviews of this seller came within an hour, and resemble each other.",
            "Clause 5 forbids reviews that were bought.",
            "A classifier compared the reviews of one day, and stopped what is paid out to this "
            "seller.",
            "machine",
            ("payments",),
            "Twelve reviews of a potter, all with five stars, all of one afternoon",
            "Who are the twelve, and what did each of them buy?",
            "What is kept back was to pay for the clay, which has to be ordered this week.",
            (
                Argument(
                    "We had an open day. I asked everybody to write how they like the pots.",
                    "The twelve bought on your open day, and each describes another pot. That "
                    "they wrote within an hour is what an open day looks like.",
                    "Nine of the twelve have never bought anything from you, and four wrote the "
                    "same sentence about other sellers.",
                ),
                Argument(
                    "One customer ordered twelve cups, and her friends have them now.",
                    "The cups went to twelve addresses, and each who wrote has one of them.",
                    "No such order was found: the twelve accounts were opened on the day before.",
                ),
            ),
        ),
        Matter(
            "CONSUMER_INFORMATION",
            "INSUFFICIENT_INFORMATION_ON_TRADERS",
            "TEXT",
            "Seller agreement, clause 2: who sells",
            "",
            "The profile of this seller names no address, and no number in the register of trade.",
            "Clause 2 asks for both of whoever sells as a business.",
            "A machine lists the sellers of forty pieces and more, once a year. A moderator wrote "
            "to this one twice.",
            "found",
            ("suspended", "terminated"),
            "A profile with 40 listings: «clothes for children, all sizes»",
            "Do you sell as a business? Under which number of the register?",
            "The clothes are for this winter, and nobody buys them in spring.",
            (
                Argument(
                    "I sell what my children have outgrown. I am no business.",
                    "Forty pieces in a year, all of them used, in sizes that grow: that is a "
                    "household. Clause 2 asks nothing of it.",
                    "The same coat is offered new in seven sizes. That is a business, and its "
                    "customers have to know with whom they deal.",
                ),
                Argument(
                    "I sent you the number in May. Your form takes none with a letter in it.",
                    "You sent the number in May, and the form had refused it for its letter. It "
                    "is in your profile now.",
                    "The number that you sent is another firm's. With your own the account is "
                    "opened again at once.",
                ),
            ),
        ),
    ),
    NIDO: (
        Matter(
            "VIOLENCE",
            "INCITEMENT_VIOLENCE_HATRED",
            "VIDEO",
            "Community rules, section 3.1: calls to violence",
            "Penal code, public call to a crime",
            "The video asks viewers to come to a named place and hurt the people who gather there.",
            "Section 3.1 forbids calls to violence against persons, whoever they are.",
            "A classifier marked the video; a moderator watched all of it. The gathering was to "
            "take place on the next day.",
            "found",
            ("removed", "suspended"),
        ),
        Matter(
            "PROTECTION_OF_MINORS",
            "UNSAFE_CHALLENGES",
            "VIDEO",
            "Community rules, section 2.4: dangerous challenges",
            "",
            "The video shows how to hold one's breath until fainting, and asks others to film "
            "themselves.",
            "Section 2.4 forbids challenges that can kill.",
            "Reported by a teacher through the form for notices. Similar videos had led to "
            "injuries.",
            "reported",
            ("removed", "age"),
            "A video, 1:12: somebody in a bath holds their breath, somebody else a watch",
            "From which longer video is this, and where can one see it?",
            "The course that it belongs to begins on Monday.",
            (
                Argument(
                    "I teach diving. I say at the beginning who must never try it.",
                    "It is a lesson with a warning and a second person, and asks nobody to do "
                    "the same. Section 2.4 leaves lessons alone.",
                    "The warning stands below the video and not in it, and at its end everybody "
                    "is asked to send in a time of their own.",
                ),
                Argument(
                    "Our class made this film against the challenge. Watch it to the end.",
                    "The scene is followed by an ambulance, and by what a doctor says. Only the "
                    "first minute had been reported and watched.",
                    "What the class says about it is in another video. This one shows the scene "
                    "alone, and is shared alone.",
                ),
            ),
        ),
        Matter(
            "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
            "COPYRIGHT_INFRINGEMENT",
            "VIDEO",
            "Terms of use, clause 9: rights of others",
            "Directive 2001/29/EC, Article 3",
            "The notice identifies a film and shows that the sender may act for its producer. "
            "The upload holds the whole film without comment or change.",
            "Clause 9 forbids it.",
            "A notice was received with all elements that the law asks for. The uploader was "
            "heard, and did not answer within seven days.",
            "reported",
            ("removed", "disabled"),
            "A video, 41:07: a silent film with music",
            "Who made the film, and when? Please send what shows it.",
            "Schools show the film this week, by this link.",
            (
                Argument(
                    "The film is from 1921, and free for everybody.",
                    "The film is from 1921, and its maker died in 1938. Nobody has rights in it "
                    "any more; the notice was about another edition.",
                    "The film is from 1921; its music and the restored pictures are from 2015, "
                    "and it is this edition that you uploaded.",
                ),
                Argument(
                    "I made this film. Whoever sent the notice only showed it at a festival.",
                    "The contract that you sent gives the festival one evening and no more. The "
                    "film is yours.",
                    "By the contract that you sent the film was sold in 2022, and the buyer sent "
                    "the notice.",
                ),
            ),
        ),
        Matter(
            "OTHER_VIOLATION_TC",
            "NUDITY",
            "VIDEO",
            "Community rules, section 5: adults only",
            "",
            "The video shows naked people. It may be posted behind the notice for adults, and was "
            "posted without it.",
            "Section 5 asks for the notice.",
            "Found by a classifier of pictures, which set the notice. Nobody has watched the "
            "video.",
            "machine",
            ("age", "interaction"),
            "A video, 11:30: a class draws a model",
            "For whom is the video made, and where is it used?",
            "The examination that it prepares for is on Friday.",
            (
                Argument(
                    "I teach drawing. What I show hangs in every museum.",
                    "It is a lesson in drawing, with a model. Section 5 leaves teaching alone.",
                    "Two of its eleven minutes are a lesson. The rest is not, and stays where "
                    "adults can see it.",
                ),
                Argument(
                    "It is a birth, filmed by a midwife for those who expect a child.",
                    "The video shows a birth and explains it. Section 5 speaks of something else.",
                    "The mother asked us for the notice. She had not agreed that everybody sees "
                    "it.",
                ),
            ),
        ),
        Matter(
            "CONSUMER_INFORMATION",
            "HIDDEN_ADVERTISEMENT",
            "VIDEO",
            "Terms of use, clause 6: advertisements",
            "",
            "The video praises a juicer for nine minutes, and does not say that its maker pays "
            "for it.",
            "Clause 6 asks that whatever is paid for is called an advertisement.",
            "A machine found the code of a shop below the video. A moderator watched it.",
            "found",
            ("payments", "demoted"),
            "A video, 9:02: «The juicer that changed my mornings»",
            "Who paid for the juicer, and for the video?",
            "The channel pays her rent, on the first of the month.",
            (
                Argument(
                    "I bought it myself, and here is the bill. I get nothing for the code.",
                    "The bill shows that you bought it, and the shop says that it pays nothing "
                    "for the code.",
                    "The shop pays five per cent of each sale that the code brings. That is an "
                    "advertisement, and has to be called one.",
                ),
                Argument(
                    "It is called an advertisement in the first seconds, in Catalan.",
                    "It is called an advertisement in the first seconds, in Catalan. The "
                    "moderator did not know the word.",
                    "The word is there for half a second, in the colour of the background. "
                    "Nobody who watches it learns of it.",
                ),
            ),
        ),
    ),
}
"""Platform -> what it decides about: a forum, a marketplace, videos."""
