"""Makes the pictures of this folder with Pillow, and expected.json with the numbers that Pillow reads back.

python make_pictures.py, with numpy and Pillow, in this folder.
"""

import json

import numpy as np
import PIL
from PIL import Image

random = np.random.default_rng(0)
y, x = np.mgrid[0:12, 0:17]
grey = ((x * 9 + y * 7) % 256).astype(np.uint8)
colour = np.stack([x * 15 % 256, y * 20 % 256, (x + y) * 8 % 256], axis=-1).astype(np.uint8)
deep = (random.integers(0, 65536, (12, 17))).astype(np.uint16)
floats = random.normal(size=(12, 17)).astype(np.float32)
expected = {}


def save(name, array, mode=None, **options):
    image = Image.fromarray(array, mode)
    image.save(name, **options)
    with Image.open(name) as back:
        expected[name] = np.asarray(back).astype(float).tolist()


save("grey.jpg", grey, quality=95)
save("colour.jpg", colour, quality=95, subsampling=0)
save("progressive.jpg", colour, quality=90, progressive=True, subsampling=0)
save("grey.tif", grey)
save("colour.tif", colour, compression="tiff_lzw")
save("deflate.tif", colour, compression="tiff_adobe_deflate")
save("deep.tif", deep)
save("float.tif", floats)
save("grey.png", grey)
save("deep.png", deep)
with open("expected.json", "w") as file:
    json.dump({"pillow": PIL.__version__, "numpy": np.__version__, "pictures": expected}, file)
    file.write("\n")
