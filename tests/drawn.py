"""One drawn picture, encoded in every image format that vladata reads."""

import io
import struct
import zlib

import numpy as np
import simplejpeg
from PIL import Image

Y, X = np.mgrid[0:256, 0:320]
PICTURE = np.stack([X * 255 // 319, Y, (X + Y) * 7 % 256], -1).astype(np.uint8)  # [256, 320, 3]


def pixels(height=48, width=64):
    return np.ascontiguousarray(PICTURE[:height, :width])


def jpeg(height=48, width=64, quality=90):
    return simplejpeg.encode_jpeg(pixels(height, width), quality=quality, colorsubsampling="420")


def saved(kind, mode="RGB", **options):
    file = io.BytesIO()
    Image.fromarray(pixels()).convert(mode).save(file, kind, **options)
    return file.getvalue()


def chunk(name, data=b""):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_that_claims(width, height):
    """A small and otherwise right PNG; only its header is that large."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND")


KINDS = {
    "JPEG": ("jpg", jpeg()),
    "progressive JPEG": ("jpg", saved("JPEG", progressive=True)),
    "grey JPEG": ("jpg", saved("JPEG", "L")),
    "CMYK JPEG": ("jpg", saved("JPEG", "CMYK")),
    "PNG": ("png", saved("PNG")),
    "palette PNG": ("png", saved("PNG", "P")),
    "RGBA PNG": ("png", saved("PNG", "RGBA")),
    "1 bit PNG": ("png", saved("PNG", "1")),
    "GIF": ("gif", saved("GIF")),
    "WebP": ("webp", saved("WEBP")),
    "lossless WebP": ("webp", saved("WEBP", lossless=True)),
    "extended WebP": ("webp", saved("WEBP", exif=b"Exif\0\0II*\0")),
}
