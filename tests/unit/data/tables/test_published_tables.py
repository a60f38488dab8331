"""Small tables with the columns of published ones, whose sources stand beside them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.film_tables import read_film_table
from pneumoscope.data.tables.published import CHEXPERT_FINDINGS, PUBLISHED_TABLES, likely_table
from pneumoscope.data.tables.rules import PUBLISHED, TableRules
from pneumoscope.data.tables.table_files import read_rows
from pneumoscope.errors import DatasetError


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        content = text.encode()
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


def read(table: Path, published: str, **rules: object) -> FilmTable:
    return read_film_table(table, TableRules(published=published, **rules))  # type: ignore[arg-type]


def labels(table: FilmTable) -> dict[str, str]:
    return {film.path: film.label for film in table.films}


def said(table: FilmTable) -> str:
    return " ".join(table.table_notes)


# Columns of stage_2_train_labels.csv and of stage_2_detailed_class_info.csv, and the three classes:
# kaggle.com/c/rsna-pneumonia-detection-challenge/data.
RSNA = (
    "patientId,x,y,width,height,Target\n"
    "0004cfab,,,,,0\n"
    "00313ee0,,,,,0\n"
    "00436515,264.0,152.0,213.0,379.0,1\n"
    "00436515,562.0,152.0,256.0,453.0,1\n"
)
RSNA_CLASSES = (
    "patientId,class\n"
    "0004cfab,No Lung Opacity / Not Normal\n"
    "00313ee0,Normal\n"
    "00436515,Lung Opacity\n"
    "00436515,Lung Opacity\n"
)


def test_rsna_has_a_row_a_box_and_a_class_beside_it(tmp_path: Path) -> None:
    images = [f"stage_2_train_images/{name}.dcm" for name in ("0004cfab", "00313ee0", "00436515")]
    write(tmp_path, {**dict.fromkeys(images, ""), "stage_2_train_labels.csv": RSNA})
    table = read(tmp_path / "stage_2_train_labels.csv", "rsna")
    assert labels(table) == dict(zip(images, ["NORMAL", "NORMAL", "PNEUMONIA"], strict=True))
    assert table.patient_ids.tolist() == ["0004cfab", "00313ee0", "00436515"]
    assert "4 rows of 3 films, each once." in said(table)
    assert "stage_2_detailed_class_info.csv is missing, so all films without" in said(table)

    write(tmp_path, {"stage_2_detailed_class_info.csv": RSNA_CLASSES})
    table = read(tmp_path / "stage_2_train_labels.csv", "rsna")
    assert labels(table) == {images[1]: "NORMAL", images[2]: "PNEUMONIA"}
    table = read(tmp_path / "stage_2_train_labels.csv", "rsna", other_findings="healthy")
    assert labels(table)[images[0]] == "NORMAL"


# The header of Data_Entry_2017.csv, whose names in brackets make two cells each, and that ends with
# a comma: nihcc.app.box.com/v/ChestXray-NIHCC, of Wang et al., arXiv 1705.02315.
NIH = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n"
    "00000001_000.png,Pneumonia|Edema,0,1,58,M,PA,2682,2749,0.143,0.143,\n"
    "00000001_001.png,No Finding,1,1,58,M,PA,2894,2729,0.143,0.143,\n"
    "00000002_000.png,Hernia,0,2,81,M,AP,2500,2048,0.168,0.168,\n"
)


def test_nih_has_labels_between_bars_and_films_in_twelve_folders(tmp_path: Path) -> None:
    films = [
        "images_001/images/00000001_000.png",
        "images_001/images/00000001_001.png",
        "images_002/images/00000002_000.png",
    ]
    write(tmp_path, {**dict.fromkeys(films, ""), "Data_Entry_2017.csv": NIH})
    table = read(tmp_path / "Data_Entry_2017.csv", "nih")
    assert labels(table) == {films[0]: "PNEUMONIA", films[1]: "NORMAL"}
    assert table.patient_ids.tolist() == ["1", "1"]
    assert table.patients().way == "by the column 'Patient ID' of the table"
    hernia = read(tmp_path / "Data_Entry_2017.csv", "nih", finding="Hernia")
    assert labels(hernia) == {films[1]: "NORMAL", films[2]: "Hernia"}


def chexpert_rows(*values: dict[str, str]) -> str:
    return "\n".join(
        ",".join([row["start"], *(row.get(name, "") for name in CHEXPERT_FINDINGS)])
        for row in values
    )


# The header of train.csv and valid.csv: stanfordmlgroup.github.io/competitions/chexpert, of Irvin
# et al., arXiv 1901.07031, which also says what 1, 0, -1 and blanks are.
CHEXPERT = ",".join(["Path,Sex,Age,Frontal/Lateral,AP/PA", *CHEXPERT_FINDINGS]) + "\n"


@pytest.fixture
def chexpert(tmp_path: Path) -> Path:
    folder = tmp_path / "CheXpert-v1.0-small"
    paths = [f"train/patient0000{n}/study1/view1_frontal.jpg" for n in range(1, 6)]
    lateral = "train/patient00001/study1/view2_lateral.jpg"
    start = [f"CheXpert-v1.0-small/{path},Female,68,Frontal,AP" for path in paths]
    rows = chexpert_rows(
        {"start": start[0], "Pneumonia": "1.0", "Support Devices": "1.0"},
        {"start": f"CheXpert-v1.0-small/{lateral},Female,68,Lateral,", "Pneumonia": "1.0"},
        {"start": start[1], "Pneumonia": "-1.0", "Fracture": "1.0"},
        {"start": start[2], "No Finding": "1.0", "Support Devices": "1.0"},
        {"start": start[3], "Pneumonia": "0.0", "Edema": "1.0"},
        {"start": start[4]},
    )
    write(folder, {**dict.fromkeys([*paths, lateral], ""), "train.csv": CHEXPERT + rows})
    return folder / "train.csv"


def shown(table: FilmTable) -> dict[str, str]:
    return {film.patient_id[-1]: film.label for film in table.films}


def test_chexpert_has_uncertain_and_blank_labels(chexpert: Path) -> None:
    table = read(chexpert, "chexpert")
    assert shown(table) == {"1": "PNEUMONIA", "3": "NORMAL"}
    assert table.root == chexpert.parent
    assert table.films[0].path == "train/patient00001/study1/view1_frontal.jpg"
    for line in (
        "Left out: 1 row of lateral or other views",
        "Left out: 2 films with neither PNEUMONIA nor a label of healthy films",
        "Left out: 1 film for which it is uncertain whether PNEUMONIA is shown",
    ):
        assert line in said(table)
    assert shown(read(chexpert, "chexpert", uncertain="ill"))["2"] == "PNEUMONIA"
    assert shown(read(chexpert, "chexpert", uncertain="healthy"))["2"] == "NORMAL"
    others = shown(read(chexpert, "chexpert", other_findings="healthy"))
    assert (others["4"], others["5"]) == ("NORMAL", "NORMAL")
    assert len(read(chexpert, "chexpert", laterals=True)) == 3


def test_a_value_that_is_no_label_names_its_row_and_column(chexpert: Path) -> None:
    chexpert.write_text(chexpert.read_text().replace("-1.0", "maybe"))
    with pytest.raises(DatasetError, match=r"Row 4 .* has 'maybe' in the column 'Pneumonia'"):
        read(chexpert, "chexpert")


# Names of files and columns: physionet.org/content/mimic-cxr-jpg/2.1.0, of Johnson et al., arXiv
# 1901.07042. The metadata table has further columns.
MIMIC = {
    "mimic-cxr-2.0.0-metadata.csv.gz": (
        "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns\n"
        "02aa804e,10000032,50414267,CHEST (PA AND LAT),PA,3056,2544\n"
        "174413ec,10000032,50414267,CHEST (PA AND LAT),LATERAL,3056,2544\n"
        "2a2277a9,11000764,53911762,CHEST (PORTABLE AP),AP,2705,2539\n"
        "68b5c4b1,11000764,56699142,CHEST (PORTABLE AP),AP,2705,2539\n"
    ),
    "mimic-cxr-2.0.0-split.csv.gz": (
        "dicom_id,study_id,subject_id,split\n"
        "02aa804e,50414267,10000032,train\n174413ec,50414267,10000032,train\n"
        "2a2277a9,53911762,11000764,validate\n68b5c4b1,56699142,11000764,validate\n"
    ),
    "mimic-cxr-2.0.0-chexpert.csv.gz": (
        ",".join(["subject_id,study_id", *sorted(CHEXPERT_FINDINGS)])
        + "\n10000032,50414267,,,,,,,,,1.0,,,,,\n11000764,53911762,,,,,,,,,,,,1.0,,\n"
    ),
}


def test_mimic_is_a_join_of_three_tables(tmp_path: Path) -> None:
    films = [
        "files/p10/p10000032/s50414267/02aa804e.jpg",
        "files/p11/p11000764/s53911762/2a2277a9.jpg",
    ]
    write(tmp_path, {**dict.fromkeys(films, ""), **MIMIC})
    for given in MIMIC:
        table = read(tmp_path / given, "mimic")
        assert labels(table) == dict(zip(films, ["NORMAL", "PNEUMONIA"], strict=True))
        assert [film.split for film in table.films] == ["train", "val"]
        assert table.patient_ids.tolist() == ["10000032", "11000764"]
        assert "1 row of lateral or other views" in said(table)
        assert "1 row without a label" in said(table)
    (tmp_path / "mimic-cxr-2.0.0-split.csv.gz").unlink()
    with pytest.raises(DatasetError, match=r"no mimic-cxr-2\.0\.0-split\.csv\.gz beside"):
        read(tmp_path / "mimic-cxr-2.0.0-chexpert.csv.gz", "mimic")


# Columns of image_labels_train.csv, four of its 28 findings, and columns of annotations_train.csv:
# physionet.org/content/vindr-cxr/1.0.0, of Nguyen et al., doi 10.1038/s41597-022-01498-w.
VINDR_VOTES = {"ill": "1 1 0", "unsure": "0 0 1", "well": "0 0 0", "other": "0 0 0"}
VINDR_HEADER = "image_id,rad_ID,Cardiomegaly,Pneumonia,Tuberculosis,No finding\n"


def test_vindr_has_several_readers_whose_majority_counts(tmp_path: Path) -> None:
    rows = "".join(
        f"{image},R{reader},{int(image == 'other')},{vote},0,{int(image == 'well')}\n"
        for image, votes in VINDR_VOTES.items()
        for reader, vote in enumerate(votes.split(), 8)
    )
    films = {f"train/{image}.dicom": "" for image in VINDR_VOTES}
    write(tmp_path, {**films, "annotations/image_labels_train.csv": VINDR_HEADER + rows})
    file = tmp_path / "annotations" / "image_labels_train.csv"
    table = read(file, "vindr")
    assert labels(table) == {"train/ill.dicom": "PNEUMONIA", "train/well.dicom": "NORMAL"}
    assert table.root == tmp_path
    assert "12 rows of 4 films" in said(table)
    table = read(file, "vindr", uncertain="ill", other_findings="healthy")
    assert list(labels(table).values()) == ["PNEUMONIA", "NORMAL", "PNEUMONIA", "NORMAL"]


def test_vindr_s_boxes_are_read_by_their_names(tmp_path: Path) -> None:
    boxes = (
        "image_id,rad_id,class_name,x_min,y_min,x_max,y_max\n"
        "a,R8,Cardiomegaly,1,2,3,4\na,R8,Lung Opacity,1,2,3,4\na,R9,Cardiomegaly,1,2,3,4\n"
        "b,R8,No finding,,,,\nb,R9,No finding,,,,\n"
    )
    write(tmp_path, {"train/a.dicom": "", "train/b.dicom": "", "annotations/boxes.csv": boxes})
    table = read(tmp_path / "annotations" / "boxes.csv", "vindr", finding="cardiomegaly")
    assert labels(table) == {"train/a.dicom": "cardiomegaly", "train/b.dicom": "NORMAL"}
    with pytest.raises(DatasetError, match="'PNEUMONIA'") as caught:
        read(tmp_path / "annotations" / "boxes.csv", "vindr")
    assert "Cardiomegaly" in caught.value.hint


# Columns that are used of the 35 in PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv, whose
# first has no name: bimcv.cipf.es/bimcv-projects/padchest, of Bustos et al., arXiv 1901.07441.
PADCHEST = (
    ",ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,Projection,Labels\n"
    "0,a.png,0,20140915,s1,p1,PA,\"['pneumonia', 'alveolar pattern']\"\n"
    "1,b.png,0,20140915,s1,p1,L,\"['pneumonia', 'alveolar pattern']\"\n"
    "2,c.png,14,20140915,s2,p2,AP_horizontal,['normal']\n"
    "3,d.png,14,20140915,s3,p3,PA,\n"
)


def test_padchest_has_lists_of_labels_and_projections(tmp_path: Path) -> None:
    write(tmp_path, {"0/a.png": "", "0/b.png": "", "14/c.png": "", "padchest.csv": PADCHEST})
    table = read(tmp_path / "padchest.csv", "padchest")
    assert labels(table) == {"0/a.png": "PNEUMONIA", "14/c.png": "NORMAL"}
    assert table.patient_ids.tolist() == ["p1", "p2"]
    assert "1 row without a label in the column 'Labels', the first of which is row 5" in said(
        table
    )
    assert set(labels(read(tmp_path / "padchest.csv", "padchest", laterals=True))) == {
        "0/a.png",
        "0/b.png",
        "14/c.png",
    }


def test_of_a_published_table_a_part_may_be_there(tmp_path: Path) -> None:
    films = {"images/00000001_000.png": "", "images/00000002_000.png": ""}
    write(tmp_path, {**films, "Data_Entry_2017.csv": NIH})
    table = read(tmp_path / "Data_Entry_2017.csv", "nih", other_findings="healthy")
    assert list(labels(table)) == list(films)
    assert "1 film of Data_Entry_2017.csv is not there: row 3 (00000001_001.png)." in said(table)


def test_a_table_of_other_columns_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"films.csv": "path,label\na.png,x\n"})
    for name, column in [
        ("rsna", "patientId"),
        ("nih", "Image Index"),
        ("chexpert", "Frontal/Lateral"),
        ("vindr", "image_id"),
        ("padchest", "ImageDir"),
    ]:
        with pytest.raises(DatasetError, match=f"no column '{column}'"):
            read(tmp_path / "films.csv", name)


def test_published_tables_are_known_by_their_columns(chexpert: Path) -> None:
    assert tuple(PUBLISHED_TABLES) == PUBLISHED
    assert likely_table(read_rows(chexpert).columns) == "chexpert"
    assert likely_table(["path", "label"]) is None
