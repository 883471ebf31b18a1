"""Reading corpora and splitting them."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from model.corpora.corpus import make_corpus, split
from model.corpora.readers import (
    read_3i4k,
    read_chat,
    read_kodoli,
    read_labelled_csv,
    read_naver_shopping,
    read_nsmc,
    read_nsmc_mixed,
    read_plain,
)
from model.errors import CorpusError
from model.reading.clean import clean
from model.reading.read import read


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_shopping_ratings_above_three_are_positive(tmp_path: Path) -> None:
    corpus = read_naver_shopping(write(tmp_path / "s.txt", '5\t"좋아요\n4\t괜찮네요\n2\t별로"예요\n1\t최악\r이에요\n'))
    assert corpus.texts == ["좋아요", "괜찮네요", "별로예요", "최악 이에요"]
    assert corpus.targets.tolist() == [1, 1, 0, 0]


def test_texts_that_clean_to_the_same_or_to_nothing_are_dropped(tmp_path: Path) -> None:
    corpus = read_naver_shopping(write(tmp_path / "s.txt", "5\t좋아요!\n1\t좋아요?\n5\t:)\n2\t  \n2\t별로\n"))
    assert corpus.texts == ["좋아요", "별로"]
    assert corpus.targets.tolist() == [1, 0]


def test_movie_reviews_have_a_header_and_labels(tmp_path: Path) -> None:
    corpus = read_nsmc(write(tmp_path / "r.txt", "id\tdocument\tlabel\n1\t재밌다\t1\n2\t\t0\n3\t지루하다\t0\n"))
    assert corpus.texts == ["재밌다", "지루하다"]
    assert corpus.targets.tolist() == [1, 0]


def test_mixed_reviews_and_plain_lines_are_neutral(tmp_path: Path) -> None:
    mixed = read_nsmc_mixed(write(tmp_path / "n.txt", "id\tdocument\trating\n1\t그럭저럭\t6\n"))
    plain = read_plain(write(tmp_path / "p.txt", "안녕\t하세요\n오늘 뭐 해\n\n"), "chat")
    assert mixed.targets.tolist() == [0.5]
    assert (plain.texts, plain.targets.tolist()) == (["안녕 하세요", "오늘 뭐 해"], [0.5, 0.5])


KODOLI = """offensiveness\tabuse\tsentiment\tsentence
NOT\tNON\tNEU\t비 온다
OFFEN\tABS\tNEG\t최악
NOT\tNON\tPOS\t최고
LIKELY\tABS\tNEU\t뭐래
"""
PUBLISHED = """index,sentences,abuse,sentiment,offensiveness
1,"비, 온다",NON,NEU,NOT
2,최악,ABS,NEG,OFFEN
3,최고,NON,POS,NOT
"""


@pytest.mark.parametrize(("name", "content"), [("k.tsv", KODOLI), ("k.csv", PUBLISHED)])
def test_talk_of_communities_is_neutral_or_an_opinion(tmp_path: Path, name: str, content: str) -> None:
    talk, opinions = read_kodoli(write(tmp_path / name, content))
    assert (talk.texts, talk.targets.tolist()) == (["비 온다"], [0.5])
    assert (opinions.texts, opinions.targets.tolist()) == (["최악", "최고"], [0, 1])


@pytest.mark.parametrize(("name", "header"), [("r.tsv", "class\tsentence\n"), ("r.txt", "")])
def test_requests_are_neutral(tmp_path: Path, name: str, header: str) -> None:
    corpus = read_3i4k(write(tmp_path / name, f"{header}1\t문 좀 닫아 줘\n2\t몇 시야\n"))
    assert (corpus.texts, corpus.targets.tolist()) == (["문 좀 닫아 줘", "몇 시야"], [0.5, 0.5])


def test_chat_is_read_from_lines_and_from_the_publishers_table(tmp_path: Path) -> None:
    lines = gzip.compress("12시 땡\n뭐 먹지\n".encode())
    (tmp_path / "chat.txt.gz").write_bytes(lines)
    table = write(tmp_path / "chat.csv", "Q,A,label\n12시 땡!,하루가 가네요,0\n뭐 먹지,글쎄요,0\n")
    assert read_chat(tmp_path / "chat.txt.gz").texts == read_chat(table).texts == ["12시 땡", "뭐 먹지"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("offensiveness\tsentence\nNOT\t비\n", r"must have the columns .*Missing: \['sentiment'\]"),
        (KODOLI.replace("POS", "NEG"), "positive and negative texts. There is no positive one"),
        (KODOLI.replace("NOT\tNON\tNEU", "OFFEN\tABS\tNEU"), "must hold neutral talk"),
    ],
)
def test_a_missing_column_and_an_empty_class_are_told(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_kodoli(write(tmp_path / "k.tsv", content))


def test_reviews_of_one_side_alone_teach_nothing(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="There is no negative one"):
        read_naver_shopping(write(tmp_path / "s.txt", "5\t좋아요\n4\t괜찮네요\n"))


def test_the_book_reads_a_line_by_its_own_rule(tmp_path: Path) -> None:
    path = write(tmp_path / "s.txt", "5\tㅋㅋㅋㅋㅋ  good  좋아요\n1\t별 로 예 요\n")
    assert read_naver_shopping(path, clean).texts == ["ㅋㅋㅋㅋㅋ    좋아요", "별 로 예 요"]
    assert read_naver_shopping(path).texts == ["ㅋㅋㅋ 좋아요", "별로예요"]


def test_rows_stay_in_their_part_however_texts_are_read() -> None:
    texts = [f"상품  {number}번 ㅋㅋㅋㅋㅋ" for number in range(300)]
    by_read, by_rule = (split(make_corpus("a", texts, np.zeros(300), reading), 0.2, 0.2) for reading in (read, clean))
    assert by_read.test.texts == [read(text) for text in by_rule.test.texts]


def test_labelled_rows_are_read_in_either_language(tmp_path: Path) -> None:
    corpus = read_labelled_csv(
        write(tmp_path / "l.csv", 'text,label\n"좋아요, 또 살게요",긍정\n별로,negative\n네,중립\n')
    )
    assert corpus.texts == ["좋아요 또 살게요", "별로", "네"]
    assert corpus.targets.tolist() == [1, 0, 0.5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("다섯\t좋아요\n", r"line 1: rating must be a number. Received: '다섯'"),
        ("5\t좋아요\n\n별로\n", "line 2"),
        ("5\t!!\n", "no Korean text"),
        ("", "no Korean text"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_the_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_naver_shopping(write(tmp_path / "s.txt", content))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        read_plain(tmp_path / "nothing.txt", "chat")


@pytest.mark.parametrize(
    ("content", "message"),
    [("text\n좋아요\n", "Missing: \\['label'\\]"), ("text,label\n좋아요,긍정\n별로,나쁨\n", "row 2.*Received: '나쁨'")],
)
def test_wrong_labels_are_told_with_their_row(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_labelled_csv(write(tmp_path / "l.csv", content))


def test_a_split_shares_no_text_and_holds_the_same_texts_in_every_corpus() -> None:
    texts = [f"상품 {number}번" for number in range(5000)]
    whole = split(make_corpus("a", texts, np.zeros(5000)), validation=0.1, test=0.2)
    half = split(make_corpus("b", texts[::2], np.ones(2500)), validation=0.1, test=0.2)
    parts = [set(part.texts) for part in (whole.train, whole.validation, whole.test)]
    assert [len(part) for part in parts] == pytest.approx([3500, 500, 1000], rel=0.15)
    assert len(set.union(*parts)) == 5000
    assert set(half.test.texts) == parts[2] & set(texts[::2])


def test_a_smaller_test_share_holds_out_a_part_of_the_larger_one() -> None:
    corpus = make_corpus("a", [f"{number}" for number in range(1000)], np.zeros(1000))
    assert set(split(corpus, 0, 0.1).test.texts) < set(split(corpus, 0, 0.3).test.texts)
