"""The memory of images that are made from videos: a plan counts it before a frame is decoded."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.index.entries import Made
from vladata.robot.developed import PER_PIXEL
from vladata.robot.picturing import cameras
from vladata.sources.source import Source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.recipe import RecipeSpec
from vladata.spec.references import resolve


def images_made(spec: DatasetSpec, recipe: RecipeSpec, source: Source) -> Made | None:
    """Return a function that gives an upper bound of the bytes of each step's images; None if no camera of the recipe is a video.

    The function takes a part of the index with its column `images`.
    """
    taken = set(cameras(spec, recipe).values())
    keys = [resolve(key, source.columns) for camera in taken for key in spec.camera_keys(camera)]
    if not any(found and source.columns[found.path].kind == "video" for found in keys):
        return None

    def made(part: pa.Table) -> np.ndarray:
        sizes = np.zeros(len(part))
        images = part["images"].combine_chunks()
        rows, flat = pc.list_parent_indices(images).to_numpy(), images.flatten()
        fields = zip(rows.tolist(), *(flat.field(name).to_pylist() for name in FIELDS), strict=True)
        for row, camera, height, width, there in fields:
            if camera in taken and height and not there:  # images in the record are counted with its bytes
                sizes[row] += PER_PIXEL * math.prod(recipe.images.geometry(height, width).size)
        return sizes

    return made


FIELDS = ("camera", "height", "width", "bytes")
