"""What the vectors of people promise: who is nearer to whom, what wishes change, and that machines agree."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from chalicelib.domain.event import Wishes
from chalicelib.domain.instance import Candidate
from chalicelib.matching import features, meanings
from infra import meanings as making

ROOT = Path(__file__).parents[2]

OTHERS = (
    "Bake sourdough bread",
    "Train for a half marathon",
    "Speak Spanish without fear",
    "Grow tomatoes on a balcony",
    "Write unit tests for old code",
    "Sleep training for a baby",
    "Find volunteers for a food bank",
    "Play the guitar with others",
)
"""A roster around the people of a test, so that words are neither rare nor common."""


def likeness(people, wishes=None):
    """How much each two people have in common, shape (P, P)."""
    vectors, signs = features.vectors(people, wishes)
    return (vectors.astype(float) * signs) @ vectors.T.astype(float) / features.SCALE**2


def said(*goals, **answers):
    return [Candidate(id=f"p{n:03}", goal=goal, **answers) for n, goal in enumerate((*goals, *OTHERS))]


@pytest.mark.parametrize(
    ("goal", "same", "other"),
    [
        ("Share a repo with my team", "GitHub", "Knit a sweater"),
        ("Plan our household budget", "Save money every month", "Paint with oils"),
        ("Coping with burnout", "Exhaustion and stress at the office", "Pottery glazes"),
        ("JavaScript", "Front end code for the browser", "Raising chickens"),
        ("chatbots for support", "Answers by artificial intelligence", "Trail running"),
    ],
)
def test_people_who_mean_the_same_in_other_words_are_nearer_than_others(goal, same, other):
    """Not a word in common, and yet they belong together."""
    common = likeness(said(goal, same, other))
    assert common[0, 1] > common[0, 2] + 0.02


@pytest.mark.parametrize(
    ("goal", "same"),
    [
        ("Knitting sweaters", "knit a sweater"),
        ("Photography at night", "fotography at nihgt"),
        ("Woodworking", "wood-working"),
        ("Kubernetes", "kubernets"),
        ("Zwergkaninchen halten", "Zwergkaninchen richtig füttern"),
        ("日本語を話したい", "日本語の練習"),
        ("Xylozart plugins", "my first xylozart"),
    ],
)
def test_word_forms_slips_and_unknown_words_are_seen_through(goal, same):
    """Whoever spells, bends or translates a word differently is nearer than anybody else."""
    common = likeness(said(goal, same))
    assert common[0, 1] == max(common[0, 1:])


@pytest.mark.parametrize("goals", [("",), ("", ""), ("🎉",), ("the", "and"), ("a" * 5000, "b"), ("日本語",)])
def test_however_little_is_said_there_are_vectors(goals):
    """One row for each person, in whole numbers, without topics or words to compare."""
    people = [Candidate(id=str(n), goal=goal) for n, goal in enumerate(goals)]
    vectors, signs = features.vectors(people)
    assert vectors.shape == (len(goals), len(signs))
    assert vectors.dtype == np.int16


def test_people_without_a_theme_have_less_in_common_with_each_other_than_with_anybody_else():
    """So they go where topics, levels and times put them, and not into a group of their own."""
    vague = ("meet people", "learn new things", "have fun", "new ideas", "", "get better at things")
    common = likeness(said(*vague))
    among = common[: len(vague), : len(vague)][np.triu_indices(len(vague), 1)]
    across = common[: len(vague), len(vague) :]
    assert among.max() < across.min()


def test_one_precise_word_is_as_long_as_a_sentence():
    """Short is not vague."""
    vectors, _ = features.vectors(said("Python", "meet people"))
    length = np.sqrt((vectors[:2, :-1].astype(float) ** 2).sum(axis=1)) / features.SCALE
    assert length[0] > 0.7 > 2 * length[1]


def test_a_topic_draws_to_whoever_speaks_of_it():
    """Somebody vague who ticked a topic is nearer to those who want it, though they did not tick it."""
    people = [Candidate(id="a", goal="meet people", topics=("Baking",)), *said()]
    common = likeness(people)
    assert common[0, 1:].argmax() == 0


def test_the_weight_of_topics_runs_from_nothing_to_everything():
    """At one end only goals count, at the other only topics."""
    goals = ("Bake bread", "Bake bread", "Run a marathon")
    topics = (("Mornings",), ("Evenings",), ("Mornings",))
    people = [
        Candidate(id=str(n), goal=goal, topics=chosen)
        for n, (goal, chosen) in enumerate(zip(goals, topics, strict=True))
    ]
    by_goal, by_topic = likeness(people, Wishes(topics=0)), likeness(people, Wishes(topics=1))
    assert by_goal[0, 1] > 0.9 > by_goal[0, 2] + 0.5
    assert by_topic[0, 2] > 0.9 > by_topic[0, 1] + 0.3


@pytest.mark.parametrize("levels", [None, "similar", "mixed"])
def test_a_wish_for_levels_turns_likeness_of_levels_round(levels):
    """Of two people with the same goal, the one of the wished level is nearer; two levels are further than one."""
    people = [Candidate(id=str(level), goal="Bake bread", level=level) for level in (1, 2, 3)]
    common = likeness(people, Wishes(levels=levels))
    steps = [common[0, 0] - common[0, 1], common[0, 1] - common[0, 2]]
    assert all(step < -0.05 for step in steps) if levels == "mixed" else all(step > 0 for step in steps)
    assert levels != "similar" or steps[1] > 0.1


@pytest.mark.slow
def test_every_machine_gives_the_same_vectors():
    """Processes that differ in threads, hash seed and processor kernels; below and above the sample."""
    code = (
        "import hashlib, random\n"
        "from chalicelib.domain.instance import Candidate\n"
        "from chalicelib.matching import features, meanings\n"
        "draw = random.Random(3)\n"
        "words = [*list(meanings.table().row)[200:3000], 'to', 'the', 'learn', 'новый', 'zzyx', 'qwertz', 'brot']\n"
        "for size in (7, 300, 3000):\n"
        "    people = [Candidate(id=str(n), goal=' '.join(draw.choices(words, k=draw.randint(0, 9))),\n"
        "        topics=tuple(draw.choices(words[:40], k=draw.randint(0, 2))), level=draw.randint(1, 3))\n"
        "        for n in range(size)]\n"
        "    vectors, signs = features.vectors(people)\n"
        "    print(hashlib.sha256(vectors.tobytes() + signs.tobytes()).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, check=True, capture_output=True
        ).stdout
        for environment in (
            {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "1", "OPENBLAS_CORETYPE": "Nehalem"},
            {"OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "2", "OPENBLAS_CORETYPE": "Haswell"},
            {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3"},
        )
    }
    assert len(found) == 1
    assert len(set(found.pop().split())) == 3


def test_the_table_of_meanings_is_whole():
    """A vector of the promised length for each word, no word twice, and all words that the settings explain."""
    table = meanings.table()
    assert len(table.row) == len(table.vectors) == len(meanings.WORDS.read_text(encoding="utf-8").split())
    lengths = np.sqrt((table.vectors.astype(float) ** 2).sum(axis=1))
    assert np.abs(lengths - meanings.UNIT).max() < 3
    assert set(tomllib.loads(making.SETTINGS.read_text(encoding="utf-8"))["words"]) <= set(table.row)


def test_the_table_is_made_of_common_words_those_near_a_subject_and_those_explained(monkeypatch):
    """A rare word far from all subjects finds no room; a young word lies among those that explain it."""
    monkeypatch.setattr(making, "COMMON", 100)
    monkeypatch.setattr(making, "SIZE", 110)
    draw = np.random.default_rng(1)
    words = [f"w{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(400)]
    vectors = draw.normal(size=(400, 100))
    vectors[300:310] = vectors[7] + 0.1 * draw.normal(size=(10, 100))
    made, table = making.build(words, vectors, [words[7]], {"young": [words[3], words[5]]})
    assert made == [*words[:100], *words[300:310], "young"]
    near = table.astype(float) @ table[-1]
    assert set(np.argsort(-near)[:3].tolist()) == {3, 5, len(made) - 1}


def test_a_missing_word_is_looked_up_by_its_parts_its_beginning_or_a_near_spelling():
    """And a word that is like none has no meaning."""
    table = meanings.table()
    word = {row: one for one, row in table.row.items()}

    def found(written):
        return [word[row] for row in table.rows(written, written.casefold())]

    assert found("Bread") == ["bread"]
    assert found("OpenStreetMap") == ["open", "street", "map"]
    assert found("photographyy") == ["photography"]
    assert found("gardenning") == ["gardening"]
    assert found("xyzzyqux") == []


def test_people_without_a_theme_are_spread_over_groups_that_have_one(plan_of):
    """Seven of them among seven themes, everybody free at any time: nowhere do they make half of a group."""
    vague = ("meet people", "learn new things", "have fun", "new ideas", "", "just curious", "anything")
    themes = {
        "bread": ("Bake sourdough", "Bread with a good crust", "Rye loaves", "Bake rolls", "Pizza dough", "Flour"),
        "runs": ("Train for a marathon", "Running at dawn", "Jog in the park", "Sprints", "Trail runs", "Race day"),
        "code": ("Write Python", "Debug JavaScript", "Learn to code", "Software tests", "Git", "Databases"),
        "songs": ("Play guitar", "Sing in a choir", "Write songs", "Piano", "Jazz", "Record an album"),
        "plants": ("Grow tomatoes", "Compost", "Herbs on a balcony", "Prune roses", "Soil", "Seeds"),
        "money": ("Save for a house", "Index funds", "Pay off debt", "Taxes", "Budgets", "Pensions"),
        "kids": ("Toddler sleep", "Tantrums", "Raise teenagers", "Babies", "Bedtime", "Picky eaters"),
    }
    goals = [*((f"v{n}", goal) for n, goal in enumerate(vague))]
    goals += [(f"{theme}{n}", goal) for theme, said in themes.items() for n, goal in enumerate(said)]
    slots = [{"id": f"s{n}", "start": f"2027-01-1{n}T09:00:00Z", "end": f"2027-01-1{n}T11:00:00Z"} for n in range(1, 9)]
    event = {"id": "e", "title": "Open", "timezone": "UTC", "group_size": {"min": 6, "max": 8}, "slots": slots}
    free = [slot["id"] for slot in slots]
    plan = plan_of({"event": event, "attendees": [{"id": one, "goal": goal, "free": free} for one, goal in goals]})
    assert plan["placed"] == len(goals)
    assert all(2 * sum(one.startswith("v") for one in group["members"]) < 6 for group in plan["groups"])
