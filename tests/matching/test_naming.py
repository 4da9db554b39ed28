import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.matching.worlds import planted

WORD = re.compile(r"[^\W_]+")
OURS = {"open", "table", "bring", "your", "own", "question", "for", "beginners", "in", "depth"}
"""Words of a title that are Covey's own."""

LITTLE = frozenset(
    WORD.findall(
        "a about among an and around as at between by for from how in into of on or started than the to towards under "
        "versus via vs with within without use using"
    )
)
ENDINGS = {"", "s", "es", "e", "ed", "d", "ing", "ation", "ations", "ion", "ment", "y", "ies", "ning", "ting", "ping"}


def words(text):
    return {word.casefold() for word in WORD.findall(text)}


def akin(one, other):
    """Whether two words are forms of one: the same but for a usual ending."""
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return one == other or (same > 2 and one[same:] in ENDINGS and other[same:] in ENDINGS)


def saying(word, people):
    """How many of these people use a word, in any form, in goal or topics."""
    return sum(
        any(akin(word, said) for said in words(" ".join([person.get("goal", ""), *person.get("topics", [])])))
        for person in people
    )


def timeless(title):
    return re.sub(r"( \(\d+\))?, \w+ \d+ \w+, \d\d:\d\d$", "", title)


def group_of(plan_of, instance):
    (group,) = plan_of(instance)["groups"]
    return group


def test_a_title_is_what_several_members_say(plan_of, evening):
    """The longest phrase that most share wins; capitals and verb are as most write them."""
    group = group_of(plan_of, evening)
    assert group["title"] == "Prove community ROI"
    assert "ambassadors" in " ".join(group["keywords"]).lower()


def test_a_subtitle_is_somebodys_goal_lightly_cleaned(plan_of, evening):
    """No "I want to", one line, a capital at the front."""
    group = group_of(plan_of, evening)
    assert group["subtitle"] in {
        "Prove community ROI to my boss",
        "Proving community ROI",
        "How do others prove community ROI?",
    }


def test_nothing_is_shown_of_people_who_want_that(plan_of, evening):
    """With one quotable person left there is no theme in members' words, and the title says only when."""
    for person in evening["attendees"][1:]:
        person["quotable"] = False
    evening["attendees"][0]["goal"] = ""
    group = group_of(plan_of, evening)
    assert group["title"] == "Open table, Tue 12 Jan, 16:00"
    assert (group["subtitle"], group["keywords"], group["weak"]) == ("", [], True)


SECRETS = ("zyxon", "Quibble", "grubnik")
SHOWN = ("prove community ROI", "ambassadors", "python basics", "", "How to use R", "new skills")


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people=st.lists(
        st.tuples(st.sampled_from(SHOWN + SECRETS), st.booleans(), st.sampled_from(SHOWN)), min_size=6, max_size=9
    )
)
def test_no_word_gets_into_a_title_without_two_members_who_let_it_be_shown(plan_of, evening, people):
    """Titles, keywords, subtitles and other people's reasons hold only words of those who agreed to that."""
    instance = {"event": evening["event"] | {"group_size": {"min": 3, "max": 5}}}
    instance["attendees"] = [
        {"id": f"a{n}", "goal": f"{goal} {other}", "quotable": quotable, "free": ["tue"]}
        for n, (goal, quotable, other) in enumerate(people)
    ]
    goals = {person["id"]: person for person in instance["attendees"]}
    for group in plan_of(instance)["groups"]:
        shown = [goals[member] for member in group["members"] if goals[member]["quotable"]]
        for text in (timeless(group["title"]), *group["keywords"]):
            for word in words(text) - OURS - LITTLE:
                assert saying(word, shown) >= 2, text
        assert words(group["subtitle"]) <= set().union(*(words(person["goal"]) for person in shown), {"zz"})
        for member, why in group["why"].items():
            others = set().union(*(words(person["goal"]) for person in shown), words(goals[member]["goal"]))
            assert {word.casefold() for word in SECRETS} & words(why) <= others


def test_one_persons_slip_of_the_pen_never_becomes_a_title(plan_of, evening):
    """The spelling of a title word is one that two people use."""
    for person, goal in zip(
        evening["attendees"], ("spredsheets", "Spreadsheet", "spreadsheets", "spreadsheets!", "", ""), strict=True
    ):
        person["goal"] = goal
    assert group_of(plan_of, evening)["title"] == "Spreadsheets"


def test_words_of_the_events_own_title_and_of_meeting_are_no_theme(plan_of, evening):
    """Everybody at a meeting of community managers says community; nobody needs to be told."""
    goals = ("I want to meet community managers", "hear from community managers about churn", "Community churn")
    for person, goal in zip(evening["attendees"], goals * 2, strict=True):
        person["goal"] = goal
    assert "churn" in group_of(plan_of, evening)["title"].lower()
    assert words(group_of(plan_of, evening)["title"]).isdisjoint({"want", "hear", "meet", "managers"})


def test_titles_differ_even_if_everybody_wants_the_same(plan_of, evening):
    """Three groups of one theme at one time still have three names."""
    evening["event"]["group_size"] = {"min": 2, "max": 2}
    for person in evening["attendees"]:
        person["goal"] = "python"
    titles = [group["title"] for group in plan_of(evening)["groups"]]
    assert len(set(titles)) == 3
    assert all("python" in title.lower() or "open table" in title.lower() for title in titles)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("goal", "shown"),
    [
        ("GIT", "Git"),
        ("lang\u202eEGAUGNAL <b>safety</b>\x00\x1b[31m", "safety"),
        ("安全なコード", ""),
        ("🎉🎉 party planning 🎉", "Party planning"),
        ("&lt;script&gt; injection", "injection"),
    ],
    ids=["shouting", "control and bidi marks", "no spaces", "emoji", "entities"],
)
def test_hostile_and_foreign_goals_make_harmless_titles(plan_of, evening, goal, shown):
    """No control, format or bidi character reaches anything that is shown."""
    for person in evening["attendees"]:
        person["goal"] = goal
    group = group_of(plan_of, evening)
    assert shown.lower() in group["title"].lower()
    texts = [group["title"], group["subtitle"], *group["keywords"], *group["why"].values()]
    assert all(letter.isprintable() for text in texts for letter in text)


def test_addresses_and_links_are_not_quoted(plan_of, evening):
    """A goal with a mail address or a link in it is nobody's subtitle."""
    for person in evening["attendees"]:
        person["goal"] = "write to ana@example.org or see https://example.org about churn"
    assert group_of(plan_of, evening)["subtitle"] == ""


def test_huge_goals_do_no_harm(plan_of, evening):
    """Five thousand characters, with and without spaces, are cut where a person would."""
    for person in evening["attendees"]:
        person["goal"] = "churn and retention matter " * 190
    evening["attendees"][0]["goal"] = "x" * 5000
    group = group_of(plan_of, evening)
    assert len(group["title"]) <= 60
    assert len(group["subtitle"]) <= 141
    assert all(len(why) < 250 for why in group["why"].values())


def test_topics_count_as_words(plan_of, evening):
    """Chips that several chose make a title even if nobody wrote a sentence."""
    for person in evening["attendees"]:
        person |= {"goal": "", "topics": ["Member retention"]}
    assert group_of(plan_of, evening)["title"] == "Member retention"


def test_reasons_count_only_people_who_agreed_to_be_shown(plan_of, evening):
    """Whoever shares a phrase with two quotable people is told of two, not of three."""
    evening["attendees"][2]["quotable"] = False
    why = group_of(plan_of, evening)["why"]
    assert why["a0"].startswith("You and one other here bring up “prove community ROI”.")
    assert why["a2"].startswith("You and two others here bring up “prove community ROI”.")


def test_names_of_a_planted_world_are_shown_only_where_allowed(plan_of):
    """The same rule on a world of sixty, where most titles come from goals."""
    world = planted(60, 3)
    people = {person["id"]: person for person in world["attendees"]}
    plan = plan_of(world)
    named = [group for group in plan["groups"] if not group["title"].startswith(("Open table", "Bring your"))]
    assert len(named) > len(plan["groups"]) / 2
    for group in named:
        shown = [people[member] for member in group["members"] if people[member]["quotable"]]
        for word in words(timeless(group["title"])) - OURS - LITTLE:
            assert saying(word, shown) >= 2, json.dumps(group)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("goals", "title"),
    [
        (
            ("Prove community ROI to leadership", "Proving ROI of our community", "prove ROI", "community"),
            "Prove community ROI",
        ),
        (
            ("How do I get started with Git?", "get started with Git", "Getting started with git", ""),
            "Get started with Git",
        ),
        (("New skills for data analysis in R", "data analysis", "analyze my data in R", "R"), "Data analysis in R"),
        (("AI native people", "a non native speaker", "native plants", "day"), "Open table, Tue 12 Jan, 16:00"),
        (
            ("street photography at night", "Street photography", "photography at night", ""),
            "Street photography at night",
        ),
        (("how to use R", "I want to use R well", "using R Studio", "R"), "How to use R"),
    ],
    ids=["verbs", "getting started", "complement", "no adjective alone", "place", "how to"],
)
def test_titles_are_whole_phrases_as_a_person_would_write_them(plan_of, evening, goals, title):
    """A phrase begins and ends where a member's did; its words come in the forms that members use."""
    evening["event"] |= {"title": "Evening", "group_size": {"min": 4, "max": 4}}
    evening["attendees"] = [{"id": f"a{n}", "goal": goal, "level": 2, "free": ["tue"]} for n, goal in enumerate(goals)]
    assert group_of(plan_of, evening)["title"] == title


@pytest.mark.slow
@pytest.mark.parametrize(
    ("goals", "title"),
    [
        (("我想学习数据分析", "数据分析入门", "提高数据分析能力", ""), "数据分析"),
        (("สอนการเขียนโปรแกรม", "การเขียนโปรแกรม", "อยากเรียนการเขียนโปรแกรม", ""), "การเขียนโปรแกรม"),
        (("データ分析を学びたい", "データ分析の基礎", "Pythonでデータ分析", ""), "データ分析"),
        (
            ("Podcasts aufnehmen und schneiden", "Podcasts schneiden", "Ich möchte Podcasts schneiden", ""),
            "Podcasts schneiden",
        ),
        (("Quiero aprender fotografía de calle", "fotografía de calle", "mi fotografía", ""), "Fotografía de calle"),
    ],
    ids=["Chinese", "Thai", "Japanese", "German", "Spanish"],
)
def test_other_languages_have_titles_too(plan_of, evening, goals, title):
    """Scripts without spaces are cut into what several share; little words of other languages tie, too."""
    evening["event"]["group_size"] = {"min": 4, "max": 4}
    evening["attendees"] = [{"id": f"a{n}", "goal": goal, "level": 2, "free": ["tue"]} for n, goal in enumerate(goals)]
    group = group_of(plan_of, evening)
    assert group["title"] == title
    assert not any(one != other and one in other for one in group["keywords"] for other in group["keywords"])


def test_nothing_rude_and_no_way_to_reach_anybody_is_shown(plan_of, evening):
    """Whoever writes so keeps it to themselves, however many they are."""
    for person in evening["attendees"]:
        person["goal"] = "fucking spreadsheets, call +49 170 1234567 or ana@example.org"
    group = group_of(plan_of, evening)
    assert group["title"] == "Spreadsheets"
    assert group["subtitle"] == ""
    assert not words(" ".join([*group["keywords"], *group["why"].values()])) & {"fucking", "170", "1234567", "ana"}


def test_a_group_of_beginners_says_so(plan_of, evening):
    """The level is in the title when three quarters have it and nobody is far from it."""
    for person in evening["attendees"]:
        person |= {"goal": "watercolour", "level": 1}
    assert group_of(plan_of, evening)["title"] == "Watercolour for beginners"
    evening["attendees"][0]["level"] = 3
    assert group_of(plan_of, evening)["title"] == "Watercolour"
