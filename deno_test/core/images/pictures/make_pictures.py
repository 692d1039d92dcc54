"""Makes the pictures of this folder with Pillow, and expected.json with the numbers that Pillow reads back.

python make_pictures.py, with numpy and Pillow, in this folder.
"""

import json

import numpy as np
import PIL
from PIL import Image

random = np.random.default_rng(0)
y, x = np.mgrid[0:12, 0:17]
gray = ((x * 9 + y * 7) % 256).astype(np.uint8)
color = np.stack([x * 15 % 256, y * 20 % 256, (x + y) * 8 % 256], axis=-1).astype(np.uint8)
deep = (random.integers(0, 65536, (12, 17))).astype(np.uint16)
floats = random.normal(size=(12, 17)).astype(np.float32)
expected = {}


def save(name, array, mode=None, **options):
    image = Image.fromarray(array, mode)
    image.save(name, **options)
    with Image.open(name) as back:
        expected[name] = np.asarray(back).astype(float).tolist()


save("gray.jpg", gray, quality=95)
save("color.jpg", color, quality=95, subsampling=0)
save("progressive.jpg", color, quality=90, progressive=True, subsampling=0)
save("gray.tif", gray)
save("color.tif", color, compression="tiff_lzw")
save("deflate.tif", color, compression="tiff_adobe_deflate")
save("deep.tif", deep)
save("float.tif", floats)
save("gray.png", gray)
save("deep.png", deep)
with open("expected.json", "w") as file:
    json.dump({"pillow": PIL.__version__, "numpy": np.__version__, "pictures": expected}, file)
    file.write("\n")
