"""Makes the DICOM files of this folder: one small picture in every transfer syntax, encoded by others.

In syntaxes/: /usr/bin/python3 ../make_syntaxes.py, with numpy, pydicom 2.3 and python3-gdcm, and the programs gdcmconv 3.0 and dcmcjpeg
(dcmtk 3.6) in the path. expected.json holds the numbers that gdcm reads back, row by row, colors as RGB, or those that
were encoded where the syntax loses nothing.
"""

import base64
import json
import os
import subprocess

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

expected = {}
random = np.random.default_rng(7)
y, x = np.mgrid[:16, :20]
gray12 = np.clip(x * 180 + y * 25 + random.integers(0, 90, (16, 20)), 0, 4095).astype("<u2")
gray8 = (gray12 >> 4).astype("u1")
signed16 = (gray12.astype("<i4") - 1000).astype("<i2")
color = np.stack([gray8, 255 - gray8, (y * 15 + x).astype("u1")], -1)


def save(name, pixels, stored, photometric="MONOCHROME2", frames=1, **more):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    ds = FileDataset(name, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.SOPClassUID, ds.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3.4"
    ds.PatientID, ds.Modality = "P1", "OT"
    ds.SamplesPerPixel = 3 if pixels.ndim - (frames > 1) == 3 else 1
    if ds.SamplesPerPixel == 3:
        ds.PlanarConfiguration = 0
    ds.PhotometricInterpretation = photometric
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.Rows, ds.Columns = 16, 20
    ds.BitsAllocated = pixels.dtype.itemsize * 8
    ds.BitsStored, ds.HighBit = stored, stored - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = pixels.tobytes()
    for key, value in more.items():
        setattr(ds, key, value)
    ds.save_as(name, write_like_original=False)


def told(name):
    """What gdcm decodes, as RGB."""
    raw = name + ".raw.dcm"
    subprocess.run(["gdcmconv", "--raw", name, raw], check=True)
    ds = pydicom.dcmread(raw)
    pixels = ds.pixel_array
    os.remove(raw)
    if ds.PhotometricInterpretation.startswith("YBR"):
        from pydicom.pixel_data_handlers.util import convert_color_space
        pixels = convert_color_space(pixels, ds.PhotometricInterpretation, "RGB")
    return pixels


def encode(name, source, command, exact=None, tolerance=0):
    subprocess.run(command + [source, name], check=True)
    pixels = told(name) if exact is None else exact
    expected[name] = {"shape": list(pixels.shape), "data": pixels.ravel().tolist(), "tolerance": tolerance}


# Even areas, in which codes are runs.
flat = np.where((x // 7 + y // 5) % 2, 3000, 200).astype("<u2")
flat[8:, 3:9] = 777
color[2:9, 4:15] = [40, 90, 200]
save("flat.tmp", flat, 12)
save("gray8.tmp", gray8, 8)
save("gray12.tmp", gray12, 12)
save("signed16.tmp", signed16, 16)
save("color.tmp", color, 8, "RGB")
save("frames.tmp", np.stack([gray12, gray12[::-1], gray12[:, ::-1]]), 12, frames=3)
encode("baseline_gray.dcm", "gray8.tmp", ["dcmcjpeg", "+eb", "+q", "95"], tolerance=2)
encode("baseline_color.dcm", "color.tmp", ["dcmcjpeg", "+eb", "+q", "95", "+s4"], tolerance=4)
encode("baseline_color_422.dcm", "color.tmp", ["dcmcjpeg", "+eb", "+q", "95", "+s2"], tolerance=12)
encode("baseline_rgb.dcm", "color.tmp", ["dcmcjpeg", "+eb", "+q", "95", "+cr"], tolerance=4)
encode("extended_12.dcm", "gray12.tmp", ["dcmcjpeg", "+ee", "+q", "95"], tolerance=4)
encode("lossless_14.dcm", "gray12.tmp", ["dcmcjpeg", "+el", "+sv", "6"], gray12)
encode("lossless_sv1.dcm", "gray12.tmp", ["dcmcjpeg", "+e1"], gray12)
encode("lossless_sv1_signed.dcm", "signed16.tmp", ["dcmcjpeg", "+e1"], signed16)
encode("lossless_sv1_color.dcm", "color.tmp", ["dcmcjpeg", "+e1"], color)
encode("lossless_sv1_frames.dcm", "frames.tmp", ["dcmcjpeg", "+e1"], np.stack([gray12, gray12[::-1], gray12[:, ::-1]]))
encode("jpegls.dcm", "gray12.tmp", ["gdcmconv", "--jpegls"], gray12)
encode("jpegls_signed.dcm", "signed16.tmp", ["gdcmconv", "--jpegls"], signed16)
encode("jpegls_color.dcm", "color.tmp", ["gdcmconv", "--jpegls"], color)
encode("jpegls_color_lines.dcm", "color.tmp", ["dcmcjpls", "+el", "+il"], color)
encode("jpegls_color_samples.dcm", "color.tmp", ["dcmcjpls", "+el", "+is"], color)
encode("jpegls_flat.dcm", "flat.tmp", ["dcmcjpls", "+el"], flat)
encode("jpegls_near.dcm", "gray8.tmp", ["dcmcjpls", "+en", "+md", "2"], tolerance=0)
encode("j2k.dcm", "gray12.tmp", ["gdcmconv", "--j2k"], gray12)
encode("j2k_signed.dcm", "signed16.tmp", ["gdcmconv", "--j2k"], signed16)
encode("j2k_color.dcm", "color.tmp", ["gdcmconv", "--j2k"], color)
encode("j2k_frames.dcm", "frames.tmp", ["gdcmconv", "--j2k"], np.stack([gray12, gray12[::-1], gray12[:, ::-1]]))
encode("j2k_lossy.dcm", "gray12.tmp", ["gdcmconv", "--j2k", "--lossy", "-q", "40"], tolerance=40)

# High-Throughput JPEG 2000 of gray12, by HTJ2KEncoder of the npm package @cornerstonejs/codec-openjph 2.4.11.
HTJ2K = """
/0//UQApQAAAAAAUAAAAEAAAAAAAAAAAAAAAFAAAABAAAAAAAAAAAAABCwEB/1AACAACAAAABv9SAAwAAgABAAUEBEAB/1wAEyBo
cHBwcHBwcHBwcHBwaGho/2QAFwABT3BlbkpQSCBWZXIgMC4zMS4wLv+QAAoAAAAAAbUAAf+TwAJQXwIHdADAATAg9wOHdADAASwA
E0ABKPkAh3QAxIEAYjQA5AAHdADAAVEABWQAE4AWQ7HwAEOUACEoLLhXyAAAgb2WALu2CQAilADAAW1AAWzAAW0AhWwVRkFtCF0i
wGox0fBCBjKrP8aID/JjOABVQUA5222cwhswRVIim/4EzpFRwBeyAzoAsXHLNBKQVC0/1q4bACWEbZcOjOEbwAASmQDAAvU4AF6d
AAvVwJ2X6jDDurqauHZCJeaM9tOpGK1DYKmXD4/XBAJCigCXZ3PICemHgmlwVe3kaTnU1HW1SynGGKxFu5mSBC/IAE6D2DTODMIP
OslDQw9pIygQG5UBlrMsH6zHqOx76eMtFyVWEzU3tl8LUzkcbfga0L3pwvKLKV4t7TXTcHODjtkVMOHiPS6CN2E402m6C+cEjgyS
4iNXPNSgIRAMZNJyIrMBBrhY+zI5CavJRERpvVOYyTOQKauC4KV6EmWmWaTM45gnUapxrB903KAhuxM8oyoFGecXaCBHwMyowQY3
aGSjJPz+Ay4QhTuzyuXTuAwOoQsAAAJyKZUB/9k=
"""
ds = pydicom.dcmread("gray12.tmp")
ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
ds.PixelData = encapsulate([base64.b64decode(HTJ2K)])
ds["PixelData"].is_undefined_length = True
ds["PixelData"].VR = "OB"
ds.save_as("htj2k.dcm")
# pydicom 2.3 does not know the syntax: its name is two bytes longer, and so is the group.
content = open("htj2k.dcm", "rb").read()
content = content.replace(b"UI\x16\x001.2.840.10008.1.2.4.90", b"UI\x18\x001.2.840.10008.1.2.4.201\0")
content = content[:140] + bytes([content[140] + 2]) + content[141:]
open("htj2k.dcm", "wb").write(content)
expected["htj2k.dcm"] = {"shape": [16, 20], "data": gray12.ravel().tolist(), "tolerance": 0}

# RLE, its frame cut into two fragments, which PS3.5 A.4.2 does not allow and some writers do all the same.
subprocess.run(["gdcmconv", "--rle", "gray12.tmp", "rle.tmp"], check=True)
ds = pydicom.dcmread("rle.tmp")
frame = next(pydicom.encaps.generate_pixel_data_frame(ds.PixelData, 1))
cut = len(frame) // 4 * 2
ds.PixelData = encapsulate([frame], fragments_per_frame=2, has_bot=True)
ds.save_as("rle_fragments.dcm")
expected["rle_fragments.dcm"] = {"shape": [16, 20], "data": gray12.ravel().tolist(), "tolerance": 0}

for name in list(os.listdir(".")):
    if name.endswith(".tmp"):
        os.remove(name)
rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in sorted(expected.items()))
with open("expected.json", "w") as file:
    file.write("{\n" + rows + "\n}\n")
