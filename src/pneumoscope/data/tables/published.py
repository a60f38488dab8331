"""Published tables of films: what their columns are called and mean.

| name | table | source |
|---|---|---|
| rsna | stage_2_train_labels.csv, one row a box | RSNA Pneumonia Detection Challenge (2018), kaggle.com/c/rsna-pneumonia-detection-challenge/data; Shih et al. (2019), doi 10.1148/ryai.2019180041 |
| nih | Data_Entry_2017.csv | Wang et al. (2017), arXiv 1705.02315; nihcc.app.box.com/v/ChestXray-NIHCC |
| chexpert | train.csv, valid.csv | Irvin et al. (2019), arXiv 1901.07031; stanfordmlgroup.github.io/competitions/chexpert |
| mimic | mimic-cxr-2.0.0-{chexpert,negbio,metadata,split}.csv.gz | Johnson et al. (2019), arXiv 1901.07042; physionet.org/content/mimic-cxr-jpg |
| vindr | image_labels_{train,test}.csv, annotations_{train,test}.csv | Nguyen et al. (2022), doi 10.1038/s41597-022-01498-w; physionet.org/content/vindr-cxr |
| padchest | PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv | Bustos et al. (2020), arXiv 1901.07441; bimcv.cipf.es/bimcv-projects/padchest |
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

# The 14 observations of CheXpert's labeller, which labelled MIMIC-CXR too.
CHEXPERT_FINDINGS = (
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)


@dataclass(frozen=True)
class Companion:
    """A table beside the given one, whose cells join each row that has the same cells in the
    columns `on`. Its name is the given one's with `pattern` replaced by `name`. `without` says what
    follows where it is missing; it is needed where that is empty."""

    pattern: str
    name: str
    on: tuple[str, ...] = ()
    without: str = ""


@dataclass(frozen=True)
class PublishedTable:
    """What the columns of a published table are called and mean.

    `signature` are columns that tell it from others. `path` is a film's path, with the cells of
    columns in braces, below the table's folder, or where that is called `own_folder`, below the one
    above.

    Labels stand in the first of the columns `labels` that is there, several of them between `|` or
    as a list in Python's notation; or else in a column a finding, as 1 (present), 0 (absent), -1
    (uncertain) or nothing: in `findings`, or where that is empty in all columns that mean nothing
    else. `renamed` are labels that are called otherwise here.

    `patient` is the column of patients, and `patient_pattern` the part of its cell that tells them.
    Rows whose `view` is none of `frontal` are of other views. `reader` is the column that tells
    apart those who read a film. `base` is the table that has one row a film, where the given one
    has not.
    """

    title: str
    signature: tuple[str, ...]
    path: str
    labels: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    patient: str | None = None
    patient_pattern: str = "(.+)"
    split: str | None = None
    view: str | None = None
    frontal: tuple[str, ...] = ()
    reader: str | None = None
    base: Companion | None = None
    companions: tuple[Companion, ...] = ()
    own_folder: str = ""

    def path_columns(self) -> tuple[str, ...]:
        """The columns that a film's path is made of."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.path) if name)


PUBLISHED_TABLES: Mapping[str, PublishedTable] = {
    "rsna": PublishedTable(
        title="the RSNA Pneumonia Detection Challenge",
        signature=("patientId", "Target"),
        path="{patientId}.dcm",
        labels=("class", "Target"),
        renamed=(("1", "Pneumonia"), ("0", "Normal"), ("Lung Opacity", "Pneumonia")),
        patient="patientId",
        companions=(
            Companion(
                "train_labels",
                "detailed_class_info",
                ("patientId",),
                without="all films without pneumonia count as healthy, whatever else they show",
            ),
        ),
    ),
    "nih": PublishedTable(
        title="NIH ChestX-ray14",
        signature=("Image Index", "Finding Labels"),
        path="{Image Index}",
        labels=("Finding Labels",),
        patient="Patient ID",
    ),
    "chexpert": PublishedTable(
        title="CheXpert",
        signature=("Path", "Frontal/Lateral", "No Finding", "Pneumonia"),
        path="{Path}",
        findings=CHEXPERT_FINDINGS,
        patient="Path",
        patient_pattern="(patient[0-9]+)",
        view="Frontal/Lateral",
        frontal=("Frontal",),
    ),
    "mimic": PublishedTable(
        title="MIMIC-CXR-JPG",
        signature=("subject_id", "study_id", "No Finding", "Pneumonia"),
        path="files/p{subject_id:.2}/p{subject_id}/s{study_id}/{dicom_id}.jpg",
        findings=CHEXPERT_FINDINGS,
        patient="subject_id",
        split="split",
        view="ViewPosition",
        frontal=("PA", "AP"),
        base=Companion(r"-(chexpert|negbio|split)(?=\.csv)", "-metadata"),
        companions=(
            Companion(r"-(metadata|split)(?=\.csv)", "-chexpert", ("subject_id", "study_id")),
            Companion(r"-(chexpert|negbio|metadata)(?=\.csv)", "-split", ("dicom_id",)),
        ),
    ),
    "vindr": PublishedTable(
        title="VinDr-CXR",
        signature=("image_id", "rad_id"),
        path="{image_id}.dicom",
        labels=("class_name",),
        reader="rad_id",
        own_folder="annotations",
    ),
    "padchest": PublishedTable(
        title="PadChest",
        signature=("ImageID", "ImageDir", "PatientID", "Projection", "Labels"),
        path="{ImageDir}/{ImageID}",
        labels=("Labels",),
        patient="PatientID",
        view="Projection",
        frontal=("PA", "AP", "AP_horizontal"),
    ),
}


def likely_table(columns: Sequence[str]) -> str | None:
    """The published table that has such columns, if one has."""
    present = {name.casefold() for name in columns}
    for name, table in PUBLISHED_TABLES.items():
        if present >= {column.casefold() for column in table.signature}:
            return name
    return None
