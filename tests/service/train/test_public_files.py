"""Public collections of ratings, recreated small in their formats: no line is copied."""

import pytest

from service.train.layout import Columns
from tests.service.train.conftest import Reader
from tests.service.train.test_reader import triples

WANTED = [("1", "10", 4.0), ("2", "9", 3.0)]

# Each format with the page that the files come from.
SHAPES = {
    # http://www2.informatik.uni-freiburg.de/~cziegler/BX/: quoted, by semicolons, 0 is "implicit".
    "Book-Crossing": (
        "BX-Book-Ratings.csv",
        '"User-ID";"ISBN";"Book-Rating"\r\n"1";"10";"4"\r\n"2";"9";"3"\r\n',
    ),
    # https://github.com/zygmuntz/goodbooks-10k, and the same with the book first.
    "goodbooks-10k": ("ratings.csv", "user_id,book_id,rating\n1,10,4\n2,9,3\n"),
    "books first": ("ratings.csv", "book_id,user_id,rating\n10,1,4\n9,2,3\n"),
    # https://mengtingwan.github.io/data/goodreads: flags beside the rating.
    "Goodreads": (
        "goodreads_interactions.csv",
        "user_id,book_id,is_read,rating,is_reviewed\n1,10,1,4,0\n2,9,1,3,1\n2,8,0,0,0\n",
    ),
    # https://www.kaggle.com/CooperUnion/anime-recommendations-database: -1 is seen and not rated.
    "MyAnimeList": ("rating.csv", "user_id,anime_id,rating\n1,10,4\n2,9,3\n2,8,-1\n3,10,-1\n"),
    # https://github.com/caserec/Datasets-for-Recommender-Systems: anime_ratings.dat.
    "MyAnimeList, reduced": ("anime_ratings.dat", "User_ID\tAnime_ID\tFeedback\n1\t10\t4\n2\t9\t3\n"),
    # https://www.kaggle.com/datasets/hernan4444/anime-recommendation-database-2020: with progress.
    "anime lists 2020": (
        "animelist.csv",
        "user_id,anime_id,rating,watching_status,watched_episodes\n1,10,4,1,1\n2,9,3,2,24\n2,8,0,6,0\n",
    ),
    # https://grouplens.org/datasets/hetrec-2011/: Last.fm's user_artists.dat, how often somebody listened.
    "Last.fm, HetRec": ("user_artists.dat", "userID\tartistID\tweight\n1\t10\t4\n2\t9\t3\n"),
    # https://github.com/sidooms/MovieTweetings: 1M's shape, its own names.
    "MovieTweetings": ("ratings.dat", "1::10::4::1365029107\n2::9::3::1373234211\n"),
    # The Million Song Dataset's taste profile, as it is passed on with a header.
    "taste profile": ("plays.csv", "user_id,song_id,play_count\n1,10,4\n2,9,3\n"),
    # https://guoguibing.github.io/librec/datasets.html: FilmTrust by spaces, as a header would name it.
    "by spaces": ("ratings.txt", "user item rating\n1 10 4\n2 9 3\n"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shape_is_recognised(read_text: Reader, shape: str) -> None:
    """A file with a usual header needs no options."""
    name, text = SHAPES[shape]
    assert triples(read_text(text, name=name))[:1] == WANTED[:1]
    assert [triple for triple in triples(read_text(text, name=name)) if triple[2] > 0] == WANTED


NO_HEADER = {
    # https://cseweb.ucsd.edu/~jmcauley/datasets.html: Amazon's ratings, of 2014 and, items first, of 2018.
    "Amazon 2014": ("ratings_Books.csv", "1,10,4.0,1356048000\n2,9,3.0,1373328000\n", Columns(header=False)),
    "Amazon 2018": (
        "Books.csv",
        "10,1,4.0,1356048000\n9,2,3.0,1373328000\n",
        Columns(user="2", item="1", rating="3", timestamp="4"),
    ),
    # http://ocelma.net/MusicRecommendationDataset/lastfm-360K.html: artists without an id.
    "Last.fm 360K": (
        "usersha1-artmbid-artname-plays.tsv",
        '1\t3bd7-2256\t10\t4\n2\t\t9\t3\n2\t77\t"weird" al\t0\n',
        Columns(user="1", item="3", rating="4"),
    ),
    # FilmTrust's ratings.txt.
    "FilmTrust": ("ratings.txt", "1 10 4\n2 9 3\n", Columns(header=False)),
}


@pytest.mark.parametrize("shape", NO_HEADER)
def test_shape_without_a_header_is_told(read_text: Reader, shape: str) -> None:
    """Only the owner knows which column is which: the first line is a rating as well."""
    name, text, columns = NO_HEADER[shape]
    assert [
        triple for triple in triples(read_text(text, name=name, columns=columns)) if triple[2] > 0
    ] == WANTED


def test_latin_1_is_told(read_text: Reader) -> None:
    """Book-Crossing's ISBNs contain letters of Latin-1."""
    text = '"User-ID";"ISBN";"Book-Rating"\r\n"1";"é";"4"\r\n'.encode("latin-1")
    read = read_text(text, columns=Columns(encoding="latin-1"))
    assert triples(read) == [("1", "é", 4.0)]
