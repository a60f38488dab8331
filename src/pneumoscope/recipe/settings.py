"""The settings of one training run, validated before anything starts.

Unknown keys are refused, and values that would fail only later, in the middle of a run.
`recipe.parsing` says what was wrong in plain words, and `recipe.files` reads recipes from YAML
files.
"""

from __future__ import annotations

from typing import Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from pneumoscope.class_roles import AUTO
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.metrics.operating_points import Screening
from pneumoscope.recipe.search_space import SearchedValues

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
# PyTorch takes seeds of 64 bits.
Seed = Annotated[int, Field(ge=0, lt=2**64)]
Range = tuple[float, float]
SplitMode = Literal["given", "rejoin", "random", "blocks", "groups", "conflict"]
Statistic = Literal[
    "sharpness",
    "mean",
    "contrast",
    "border",
    "width",
    "height",
    "aspect",
    "file_size",
    "frame_only",
    "acquisition",
]

# The widest range that each range of an AugmentConfig may have.
_AUGMENT_BOUNDS: dict[str, Range] = {
    "zoom": (0.1, 10.0),
    "aspect": (0.1, 10.0),
    "crop_area": (0.01, 1.0),
    "gamma": (0.1, 10.0),
    "blur": (0.0, 10.0),
    "sharpen": (0.0, 10.0),
    "noise": (0.0, 1.0),
    "resample": (0.05, 1.0),
    "jpeg": (1, 100),
    "border": (0.0, 0.45),
}

LUNG_SETTINGS = frozenset({"augment.surroundings_probability", "loss.evidence_outside_lungs"})
"""Settings that, above zero, need lung fields."""

# Backbones halve the image five times: 32 pixels are one cell of the last activation map.
_SMALLEST_SIZE = 32


class Section(BaseModel):
    """Base of every part of a recipe: frozen; unknown keys, infinity and NaN are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SplitConfig(Section):
    """How films are divided into train, val and test. Patients never straddle two splits.

    `given`: as the folders say. `rejoin`: the official tiny `val` joins train and a new validation
    set is carved out of random patients. `random`: random patients of everything, folders ignored.
    `blocks`: whole contiguous blocks of patient numbers, `block_count` of them spread over each
    series of identifiers, because numbers follow acquisition. `test_fraction` holds out further
    random patients as a second, easier check.

    `groups`: whole acquisition groups, so that val is made otherwise than train. `conflict`: the
    films of each class, `sides` healthy, ill or both, whose statistic contradicts it most, such as
    the blurriest healthy ones where healthy films are sharp; the statistic is the first of
    `statistics`, any that an audit probes or, left out, the one that tells the classes best.
    """

    mode: SplitMode = "rejoin"
    val_fraction: Fraction = 0.15
    test_fraction: Fraction = 0.0
    block_count: int = Field(2, ge=1)
    statistics: tuple[Statistic, ...] = ()
    sides: Literal["both", "healthy", "ill"] = "both"
    seed: Seed = 0

    @property
    def needs_traits(self) -> bool:
        """Whether films have to be measured before they can be divided."""
        return self.mode in ("groups", "conflict")


class FoldConfig(Section):
    """Folds, each held out from a model of its own, before the run trains its model.

    With `count` of two or more, calibration and thresholds are fitted to what these models say of
    the films that they were not shown: many more films than `val`. `mode` says what a fold holds
    out, as `split.mode` does (`rejoin` and `given` stand for random patients); left out, it is that
    of the split. `seeds` trains every fold from so many seeds.
    """

    count: int = Field(0, ge=0)
    mode: SplitMode | None = None
    seeds: int = Field(1, ge=1)

    @field_validator("count")
    @classmethod
    def _is_none_or_several(cls, value: int) -> int:
        if value == 1:
            raise ValueError("one fold holds nothing out: expected 0 for none, or 2 or more")
        return value


class ModelConfig(Section):
    """The network: a registered name or any timm backbone.

    `weights`: `imagenet` (timm's download and cache), `none` (from scratch), or the path of a local
    `.safetensors` file in timm's layout. `pixel_mean` and `pixel_std` scale pixels of 0 to 1; left
    out, they are those that the backbone's published weights were trained with.

    `output_stride` is how many pixels a cell of the activation map spans each way; left out, it is
    the backbone's own, mostly 32. With 16, the last stage keeps its resolution and its filters are
    dilated instead (Yu & Koltun 2016): weights stay what they are, maps have four times the cells,
    and the last stage costs four times as much.
    """

    name: str = "mobilenetv2"
    weights: str = "imagenet"
    dropout: Fraction = 0.2
    pixel_mean: float | None = None
    pixel_std: float | None = Field(None, gt=0.0)
    output_stride: Literal[8, 16, 32] | None = None


class AugmentConfig(Section):
    """Random changes of training films. A probability of zero, or an empty range, turns one off.

    Geometry: `rotation` in degrees either way, `translation` as a share of the side, `zoom` and
    `aspect` as ranges of factors, `crop_area` the range of the area kept by a random resized crop.
    Intensity: `brightness` and `contrast` as largest relative change, `gamma` as a range of
    exponents. Encoding, each with its probability: `blur` (standard deviations in pixels),
    `sharpen` (unsharp amounts), `noise` (standard deviations on a scale of 0 to 1), `resample`
    (share of the side kept), `jpeg` (qualities). What is not lung: `border` (shares of the side
    covered at each edge), and `surroundings_probability`, with which everything but the lungs is
    replaced; that needs lung fields.
    """

    rotation: float = Field(0.0, ge=0.0, le=180.0)
    translation: Fraction = 0.0
    zoom: Range = (1.0, 1.0)
    aspect: Range = (1.0, 1.0)
    crop_area: Range = (1.0, 1.0)
    horizontal_flip: Probability = 0.0
    brightness: Fraction = 0.0
    contrast: Fraction = 0.0
    gamma: Range = (1.0, 1.0)
    blur: Range = (0.0, 0.0)
    blur_probability: Probability = 0.0
    sharpen: Range = (0.0, 0.0)
    sharpen_probability: Probability = 0.0
    noise: Range = (0.0, 0.0)
    noise_probability: Probability = 0.0
    resample: Range = (1.0, 1.0)
    resample_probability: Probability = 0.0
    jpeg: tuple[int, int] = (95, 95)
    jpeg_probability: Probability = 0.0
    erasing_probability: Probability = 0.0
    border: Range = (0.0, 0.1)
    border_probability: Probability = 0.0
    surroundings_probability: Probability = 0.0

    @field_validator(*_AUGMENT_BOUNDS)
    @classmethod
    def _within_bounds(cls, value: Range, info: ValidationInfo) -> Range:
        lowest, highest = _AUGMENT_BOUNDS[str(info.field_name)]
        low, high = value
        if not lowest <= low <= high <= highest:
            raise ValueError(
                f"expected a range [low, high] with {lowest:g} <= low <= high <= {highest:g}"
            )
        return value


class LossConfig(Section):
    """Cross entropy or focal loss (Lin et al. 2017). `class_weights: balanced` weighs each class by
    films / (classes x films of the class): 1.94 and 0.67 on the official training split.

    `evidence_outside_lungs` weighs a penalty on evidence in cells of the activation map that hold
    no lung; that needs lung fields, and goes with no mixup. `patch_mixing` is the share of training
    films that get patches of other films, and of their classes.
    """

    name: Literal["cross_entropy", "focal"] = "cross_entropy"
    class_weights: Literal["balanced", "none"] | tuple[float, ...] = "balanced"
    label_smoothing: Fraction = 0.0
    focal_gamma: float = Field(2.0, ge=0.0)
    mixup: float = Field(
        0.0, ge=0.0, description="alpha of the Beta distribution; 0 turns mixup off"
    )
    patch_mixing: Probability = 0.0
    evidence_outside_lungs: float = Field(0.0, ge=0.0)

    @field_validator("class_weights")
    @classmethod
    def _weights_are_positive(cls, value: str | tuple[float, ...]) -> str | tuple[float, ...]:
        if not isinstance(value, str) and not all(weight > 0 for weight in value):
            raise ValueError("expected `balanced`, `none`, or a positive number for every class")
        return value

    @model_validator(mode="after")
    def _lungs_are_not_mixed(self) -> LossConfig:
        if self.mixup > 0 and self.evidence_outside_lungs > 0:
            raise ValueError("mixup blends films whose lungs lie elsewhere; set one of them to 0")
        return self


class OptimizerConfig(Section):
    """AdamW, Adam or SGD. `lr` is the peak learning rate of the head and the last block group."""

    name: Literal["adamw", "adam", "sgd"] = "adamw"
    lr: float = Field(3e-4, gt=0.0)
    weight_decay: float = Field(1e-2, ge=0.0)
    momentum: float = Field(0.9, ge=0.0, lt=1.0)
    clip_norm: float | None = Field(1.0, gt=0.0)


class ScheduleConfig(Section):
    """How the learning rate moves over all stages.

    `final_fraction` is the share of the peak that is left at the end.
    """

    name: Literal["constant", "cosine", "one_cycle", "plateau"] = "cosine"
    warmup_epochs: float = Field(0.5, ge=0.0)
    final_fraction: Fraction = 0.01
    plateau_patience: int = Field(2, ge=0)
    plateau_factor: float = Field(0.3, gt=0.0, lt=1.0)


class Stage(Section):
    """One stage of fine-tuning. `train`: only the `head`; the last N block groups (an integer); or
    `all`.

    `lr_scale` multiplies the learning rate; each block group further from the head is multiplied by
    `group_decay` once more (discriminative learning rates, Howard & Ruder 2018).
    """

    epochs: int = Field(ge=1)
    train: Literal["head", "all"] | Annotated[int, Field(ge=1)] = "all"
    lr_scale: float = Field(1.0, gt=0.0)
    group_decay: float = Field(1.0, gt=0.0, le=1.0)


class EarlyStopping(Section):
    """Stop when validation ROC-AUC has not risen for `patience` epochs.

    The best epoch is kept either way.
    """

    patience: int = Field(5, ge=1)
    min_delta: float = Field(0.0, ge=0.0)


class OperatingPointConfig(Section):
    """How thresholds are fitted on validation. `balanced` maximises sensitivity + specificity;
    `screening` is the highest threshold that still reaches `screening_sensitivity`, and never
    above that of `balanced`.

    On new films like them, the sensitivity is reached in about half of all cases. With
    `screening_confidence`, such as 0.95, the threshold is lower, so that it is reached in that
    share of all cases; that needs films enough (149 of each finding for 0.98, 59 for 0.95).
    """

    screening_sensitivity: float = Field(0.98, gt=0.5, le=1.0)
    screening_confidence: float | None = Field(None, gt=0.5, lt=1.0)

    @property
    def screening(self) -> Screening:
        """What the operating point `screening` is asked for."""
        return Screening(self.screening_sensitivity, self.screening_confidence)


class CardConfig(Section):
    """What the model file will say of itself to the people who use it."""

    licence: str = "not stated"
    data_source: str = "not stated"
    data_licence: str = "not stated"
    intended_use: str = "Research and teaching. Not a medical device; not for diagnosis."
    limitations: str = "Not examined beyond the validation films of its own training run."
    warning: str = Field("", description="one sentence that is told with every answer of the model")


class Recipe(Section):
    """Everything that decides a training run, apart from the films and the machine."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    labels: Literal["folder", "pathogen"] = "folder"
    normal_class: Annotated[str, Field(min_length=1)] = Field(
        AUTO,
        coerce_numbers_to_str=True,
        description="the healthy class by its name, `none` where every class is a finding, or "
        "`auto`: the one class whose name is recognised",
    )
    split: SplitConfig = SplitConfig()
    folds: FoldConfig = FoldConfig()
    preprocess: PreprocessConfig = PreprocessConfig()
    model: ModelConfig = ModelConfig()
    augment: AugmentConfig = AugmentConfig()
    loss: LossConfig = LossConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)] = (Stage(epochs=10),)
    ema_decay: float | None = Field(None, gt=0.0, lt=1.0)
    early_stopping: EarlyStopping | None = EarlyStopping()
    operating_points: OperatingPointConfig = OperatingPointConfig()
    card: CardConfig = CardConfig()
    batch_size: int = Field(32, ge=2)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    seed: Seed = 0
    search: dict[str, SearchedValues] = Field(
        {}, description="for `pneumoscope tune`: settings by dotted name, each a range or choices"
    )

    @field_validator("preprocess")
    @classmethod
    def _size_suits_a_network(cls, value: PreprocessConfig) -> PreprocessConfig:
        if value.size < _SMALLEST_SIZE:
            raise ValueError(f"size must be at least {_SMALLEST_SIZE} pixels")
        return value

    @property
    def epochs(self) -> int:
        """Epochs over all stages."""
        return sum(stage.epochs for stage in self.stages)

    @property
    def needs_lung_fields(self) -> bool:
        """Whether training has to know where the lungs are."""
        return self.augment.surroundings_probability > 0 or self.loss.evidence_outside_lungs > 0

    def to_yaml(self) -> str:
        """The recipe as it would be read back."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)
