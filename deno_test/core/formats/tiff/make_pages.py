"""Makes the TIFF files of pages/ with ImageMagick 6 (libtiff 4.5), and pages.json with what it reads back.

In pages/: python3 ../make_pages.py, with `convert` in the path. Numbers are 0 … 65535, row by row, red, green
and blue of colors one after the other; opacity is left out.
"""

import json
import struct
import subprocess

random = 12345
gray, color = [], []
for i in range(20 * 17):
    random = (random * 1103515245 + 12345) % 2**31
    gray.append(min(65535, (i % 20) * 2800 + (i // 20) * 400 + random // 65536 % 900))
    color += [gray[-1], 65535 - gray[-1], (i // 20) * 3500]
open("gray.pgm", "wb").write(b"P5 20 17 65535\n" + struct.pack(">340H", *gray))
open("color.ppm", "wb").write(b"P6 20 17 65535\n" + struct.pack(">1020H", *color))
expected = {}


def make(name, source, *options, kind="tiff", channels=None):
    subprocess.run(["convert", source, *options, f"{kind}:{name}"], check=True)
    channels = channels or (1 if source == "gray.pgm" else 3)
    to = ["-depth", "16", "gray:-" if channels == 1 else "rgb:-"]
    raw = subprocess.run(
        ["convert", name, "-auto-orient", "-endian", "LSB", *to], check=True, capture_output=True
    ).stdout
    expected[name] = {"channels": channels, "data": list(struct.unpack(f"<{len(raw) // 2}H", raw))}


tiles = ["-define", "tiff:tile-geometry=16x16"]
make("tiled_gray8.tif", "gray.pgm", "-depth", "8", *tiles)
make("tiled_gray16_big_endian.tif", "gray.pgm", "-depth", "16", "-endian", "MSB", *tiles)
make("tiled_color8.tif", "color.ppm", "-depth", "8", *tiles)
make("tiled_color16_lzw.tif", "color.ppm", "-depth", "16", "-compress", "LZW", *tiles)
make("planar_color8.tif", "color.ppm", "-depth", "8", "-interlace", "Plane")
make("strips_color8_zip.tif", "color.ppm", "-depth", "8", "-compress", "Zip", "-define", "tiff:rows-per-strip=5")
make("gray16_predictor.tif", "gray.pgm", "-depth", "16", "-compress", "LZW", "-define", "tiff:predictor=2")
make("color8_predictor.tif", "color.ppm", "-depth", "8", "-compress", "Zip", "-define", "tiff:predictor=2")
make("packbits.tif", "gray.pgm", "-depth", "8", "-compress", "RLE")
for bits in (1, 2, 4):
    more = ["-monochrome"] if bits == 1 else []
    make(f"gray{bits}.tif", "gray.pgm", *more, "-depth", str(bits), "-compress", "None")
make("gray12.tif", "gray.pgm", "-depth", "12")
make("white_is_zero.tif", "gray.pgm", "-depth", "8", "-define", "quantum:polarity=min-is-white")
make("low_bit_first.tif", "gray.pgm", "-monochrome", "-compress", "None", "-define", "tiff:fill-order=lsb")
make("palette.tif", "color.ppm", "-colors", "40", "-type", "Palette", "-depth", "8")
make("big.tif", "gray.pgm", "-depth", "8", kind="tiff64")
make("jpeg_gray.tif", "gray.pgm", "-depth", "8", "-compress", "JPEG", "-quality", "95")
make("jpeg_color.tif", "color.ppm", "-depth", "8", "-compress", "JPEG", "-quality", "95")
make("alpha.tif", "color.ppm", "-depth", "8", "-alpha", "set", "-channel", "A", "-evaluate", "set", "40%", channels=3)
for orientation in ("RightTop", "BottomRight", "LeftBottom"):
    make(f"{orientation}.tif", "gray.pgm", "-depth", "8", "-orient", orientation)
make("float.tif", "gray.pgm", "-depth", "32", "-compress", "Zip", "-define", "tiff:predictor=3", "-define", "quantum:format=floating-point")
make("half.tif", "gray.pgm", "-depth", "16", "-compress", "Zip", "-define", "tiff:predictor=1", "-define", "quantum:format=floating-point")
rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in sorted(expected.items()))
open("../pages.json", "w").write("{\n" + rows + "\n}\n")
subprocess.run(["rm", "gray.pgm", "color.ppm"], check=True)
