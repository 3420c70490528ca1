"""In a returned dossier the pictures that only reopened items name may be put in and taken out."""

import pytest

from awards.applications import actions as applying
from awards.applications.points import ReopenedPictures, named, places, reopened_pictures
from awards.models import Application
from awards.programmes.catalogue import default_catalogue
from foshan_quality.lib.problems import Refused
from tests import given
from tests.enterprises.files.corpus import drawn_picture
from tests.steps import refused

CATALOGUE = default_catalogue()
EVIDENCE = CATALOGUE[-1]
REPORT = {"4.1.2": "[图：甲.png]\n[图：乙.JPEG]", "4.1.3": "[图：甲.png]\n[图：丙.png]", "4.2.1": ""}


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ({"4.1.2"}, ReopenedPictures(EVIDENCE, ("乙.jpg",), ("4.1.2",))),
        ({"4.1.2", "4.1.3"}, ReopenedPictures(EVIDENCE, ("丙.png", "乙.jpg", "甲.png"), ("4.1.2", "4.1.3"))),
        ({"4.2.1", "overview"}, ReopenedPictures(EVIDENCE, (), ("4.2.1",))),
        ({"overview"}, None),
        ({"4.1.2", "evidence"}, None),
    ],
)
def test_pictures_are_open_that_only_reopened_items_name(points, found):
    assert EVIDENCE.key == "evidence"
    assert reopened_pictures(points, REPORT, CATALOGUE) == found


def test_without_a_line_for_pictures_there_is_nothing_to_open():
    assert reopened_pictures({"4.1.2"}, REPORT, [line for line in CATALOGUE if not line.takes_many]) is None


def test_another_picture_of_the_same_name_is_a_change_of_the_item_that_shows_it():
    point, place = {"place": "4.1.2", "text": "图看不清"}, places([("4.1", "领导", "4.1.2", "高层领导的作用")])
    first, other = (
        {"report": {"4.1.2": "[图：甲.png]"}, "documents": [{"name": "甲.png", "sha256": digest, "kind": "evidence"}]}
        for digest in ("a", "b")
    )

    assert [named([point], place, first, now)[0].is_changed for now in (first, other)] == [False, True]


@pytest.mark.django_db
def test_a_picture_named_by_a_reopened_item_comes_in_and_goes_out_and_nothing_else_does(draft, owner, secretary):
    applying.add_document(draft, by=owner, kind="evidence", upload=given.upload("专利.pdf"))
    given.returned(given.submitted(draft), by=secretary, points={"4.1.2": "缺图"})
    returned = Application.objects.get()
    picture = drawn_picture("PNG")

    def add(name, content):
        return applying.add_document(returned, by=owner, kind="evidence", upload=given.upload(name, content))

    with pytest.raises(Refused, match="只收、只换需补正的条目"):
        add("曲线.png", picture)

    applying.save_answers(returned, by=owner, texts={"4.1.2": "[图：曲线.png]"})
    added = add("曲线.PNG", picture)
    applying.remove_document(added, by=owner)
    applying.restore_document(added, by=owner)

    with refused("shut", untouched=[returned]):
        applying.remove_document(returned.documents.get(file__name="专利.pdf"), by=owner)
    with pytest.raises(Refused, match="这里只收"):
        add("曲线.png", given.pdf_bytes())
    assert list(returned.documents.filter(kind="evidence", removed_at=None).values_list("file__name", flat=True)) == [
        "专利.pdf",
        "曲线.png",
    ]
