"""The files of data/ keep the product's rules."""

import json
import re
from pathlib import Path

DATA = Path(__file__).resolve().parents[3] / "data"


def rows(name):
    return json.loads((DATA / f"{name}.json").read_text())[name.split("/")[1]]


def test_every_departement_stands_once():
    areas = rows("reference/areas")
    codes = [area["id"] for area in areas]
    expected = ([f"{n:02d}" for n in range(1, 20)] + ["2A", "2B"] + [f"{n}" for n in range(21, 96)]
                + ["971", "972", "973", "974", "976"])
    assert codes == expected and len(codes) == 101


def test_P41_holiday_sets_stand_where_the_law_says():
    sets = {}
    for area in rows("reference/areas"):
        sets.setdefault(area["holidays"], []).append(area["id"])
    assert sets.pop("alsace_moselle") == ["57", "67", "68"]
    assert len(sets.pop("national")) == 93
    assert sets == {"guadeloupe": ["971"], "martinique": ["972"], "guyane": ["973"], "reunion": ["974"],
                    "mayotte": ["976"]}


def test_P41_time_zones_are_known_to_this_machine():
    for area in rows("reference/areas"):
        assert (Path("/usr/share/zoneinfo") / area["time_zone"]).exists(), area


def test_P22_identifiers_only_for_the_entitled():
    entitled = {}
    for organisation in rows("reference/organisations"):
        for identifier in organisation["entitled"]:
            entitled.setdefault(identifier, set()).add(organisation["short_name"])
    assert entitled == {
        "nir": {"CAF", "CARSAT", "CPAM", "CNAV", "CRAM", "MSA", "URSSAF", "France Travail", "CNAV"},
        "tax_number": {"DDFIP", "DRFIP", "Chèque énergie"},
        "caf_number": {"CAF"},
    }


# The product's list (P8), by the names people know.
ORGANISATIONS = {
    "ANAH", "ANTS", "Association", "BDF", "CAF", "CARSAT", "CCAS", "CDAD", "CNAM", "CNAV", "CPAM", "CRAM", "Chèque énergie",
    "Collectivité", "DDFIP", "DILA", "DRFIP", "Défenseur des droits", "Département", "France Rénov’", "France Services",
    "France Travail", "Hôpital", "La Poste", "MDPH", "MSA", "MSAP", "Mairie", "Mission locale", "OFPRA", "Préfecture",
    "Sous-préfecture", "URSSAF"}
THEMES = {"papers", "family", "work", "housing", "retirement", "taxes", "law", "address", "business", "health"}


def test_P8_every_organisation_of_the_product_is_there():
    organisations = rows("reference/organisations")
    assert {row["short_name"] for row in organisations} == ORGANISATIONS
    assert all(row["full_name"] for row in organisations)


def test_P20_every_theme_has_subjects_and_somebody_to_ask():
    themes = rows("reference/themes")
    assert {row["id"] for row in themes} == THEMES
    asked = {theme for row in rows("reference/organisations") for theme in row["theme_ids"]}
    for row in themes:
        assert len(row["suggested_subjects"]) >= 3, row["id"]
        assert row["id"] in asked, row["id"]


def test_organisations_refer_to_themes_that_exist():
    themes = {theme["id"] for theme in rows("reference/themes")}
    assert len(themes) == 10
    organisations = rows("reference/organisations")
    assert len({organisation["id"] for organisation in organisations}) == len(organisations) == 33
    for organisation in organisations:
        assert organisation["kind"] in ("helper", "instructor")
        assert set(organisation["theme_ids"]) <= themes
        assert bool(organisation["theme_ids"]) == (organisation["kind"] == "instructor"), organisation["id"]


def test_P20_suggested_subjects_fit():
    for theme in rows("reference/themes"):
        assert theme["suggested_subjects"]
        assert all(0 < len(subject) <= 150 for subject in theme["suggested_subjects"])


def test_demonstration_is_marked_and_harmless():
    organisations = {row["id"]: row for row in rows("reference/organisations")}
    areas = {row["id"] for row in rows("reference/areas")}
    groups = {row["id"]: row for row in rows("demo/groups")}
    for group in groups.values():
        assert group["name"].endswith("(démonstration)")
        assert group["organisation_id"] in organisations and set(group["area_ids"]) <= areas and group["area_ids"]
        assert not group["mailbox"] or group["mailbox"].endswith(".test")
    emails = set()
    for user in rows("demo/users"):
        assert re.fullmatch(r"[a-z.\-]+@[a-z0-9]+\.test", user["email"]), user["email"]
        assert user["email"] not in emails
        emails.add(user["email"])
        # P2: an administrator belongs to no group, an expert to one at most.
        if "administrator" in user["account_roles"]:
            assert not user["memberships"]
        if "expert" in user["account_roles"]:
            assert len(user["memberships"]) <= 1
        for membership in user["memberships"]:
            assert membership["group_id"] in groups and membership["roles"]
    assert sum("expert" in user["account_roles"] for user in rows("demo/users")) <= 3


def test_P5_every_instructor_group_can_be_picked():
    active = {membership["group_id"] for user in rows("demo/users") for membership in user["memberships"]
              if "instructor" in membership["roles"]}
    kinds = {row["id"]: row["kind"] for row in rows("reference/organisations")}
    for group in rows("demo/groups"):
        assert group["id"] in active or kinds[group["organisation_id"]] == "helper", group["name"]
