"""Makes the volumes of this folder with readers of others: nibabel, pydicom, and MetaImage written by hand.

In volumes/: python ../make_volumes.py, with numpy, nibabel 5.0 and pydicom 2.3. volumes.json holds what those
libraries read back: size, affine in RAS mm, and the numbers with the first axis fastest.
"""

import json
import struct
import zlib

import nibabel
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless, SecondaryCaptureImageStorage

expected = {}


def remember(name, array, affine, **more):
    """array [i, j, k] or [i, j, k, channel]."""
    flat = np.asarray(array, dtype=np.float64)
    if flat.ndim == 3:
        flat = flat[..., None]
    expected[name] = {
        "size": list(flat.shape[:3]),
        "channels": flat.shape[3],
        "affine": np.asarray(affine, dtype=np.float64).ravel().tolist(),
        "data": flat.ravel(order="F").tolist(),
        **more,
    }


def rotation(x, y, z):
    cx, sx, cy, sy, cz, sz = np.cos(x), np.sin(x), np.cos(y), np.sin(y), np.cos(z), np.sin(z)
    return (
        np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
        @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        @ np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    )


random = np.random.default_rng(0)
shape = (5, 4, 3)
numbers = random.integers(-500, 500, shape)
oblique = np.eye(4)
oblique[:3, :3] = rotation(0.2, -0.1, 0.3) @ np.diag([0.7, 1.1, 3.0])
oblique[:3, 3] = [-40, 12.5, 7]
flipped = np.array([[0, 0, 2.0, -5], [-0.5, 0, 0, 9], [0, -1.5, 0, 30], [0, 0, 0, 1]])


def nifti(name, array, affine, kind=nibabel.Nifti1Image, dtype=np.int16, slope=None, forms=("scanner", "scanner"), big=False):
    image = kind(array.astype(dtype), affine)
    image.set_data_dtype(dtype)
    image.set_sform(affine if forms[0] else None, code=forms[0] or 0)
    image.set_qform(affine if forms[1] else None, code=forms[1] or 0)
    if big:
        image = kind(array.astype(dtype), affine, image.header.as_byteswapped(">"))
    if slope:
        image.header.set_slope_inter(*slope)
    nibabel.save(image, name)
    read = nibabel.load(name)
    remember(name, read.get_fdata(), read.affine)


nifti("oblique.nii.gz", numbers, oblique)
nifti("flipped.nii", numbers, flipped, dtype=np.float32)
nifti("qform.nii.gz", numbers, oblique, forms=(None, "scanner"))
nifti("left_handed.nii.gz", numbers, np.diag([-1, 1, 2, 1]), forms=(None, "scanner"))
nifti("no_form.nii.gz", numbers, np.diag([0.5, 0.25, 2, 1]), forms=(None, None))
# nifti1.h, method 1: spacing alone. nibabel would mirror and center it, as SPM did with Analyze files.
expected["no_form.nii.gz"]["affine"] = np.diag([0.5, 0.25, 2, 1]).ravel().tolist()
nifti("version2.nii.gz", numbers, oblique, kind=nibabel.Nifti2Image, dtype=np.float64)
nifti("big_endian.nii.gz", numbers, oblique, big=True)
nifti("channels.nii.gz", random.integers(0, 255, (3, 4, 2, 4)), flipped, dtype=np.uint8)
image = nibabel.Nifti1Image(numbers.astype(np.float64) / 7, oblique)
image.set_data_dtype(np.int16)
nibabel.save(image, "scaled.nii.gz")
remember("scaled.nii.gz", nibabel.load("scaled.nii.gz").get_fdata(), oblique)


def metaimage(name, array, affine, type_name, dtype, compressed=False, channels=1, apart=None, big=False):
    """array [i, j, k] or [i, j, k, channel]; affine in RAS."""
    lps = np.diag([-1, -1, 1, 1]) @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    direction = lps[:3, :3] / spacing
    order = array if channels == 1 else np.moveaxis(array, -1, 0)
    data = order.astype(np.dtype(dtype).newbyteorder(">" if big else "<")).ravel(order="F").tobytes()
    packed = zlib.compress(data) if compressed else data
    lines = [
        "ObjectType = Image",
        "NDims = 3",
        "BinaryData = True",
        f"BinaryDataByteOrderMSB = {big}",
        f"CompressedData = {compressed}",
        "TransformMatrix = " + " ".join(repr(float(v)) for v in direction.T.ravel()),
        "Offset = " + " ".join(repr(float(v)) for v in lps[:3, 3]),
        "CenterOfRotation = 0 0 0",
        "ElementSpacing = " + " ".join(repr(float(v)) for v in spacing),
        "DimSize = " + " ".join(str(n) for n in array.shape[:3]),
        "AnatomicalOrientation = RAI",
    ]
    if compressed:
        lines.append(f"CompressedDataSize = {len(packed)}")
    if channels > 1:
        lines.append(f"ElementNumberOfChannels = {channels}")
    lines += [f"ElementType = {type_name}", f"ElementDataFile = {apart or 'LOCAL'}"]
    header = ("\n".join(lines) + "\n").encode()
    with open(name, "wb") as file:
        file.write(header if apart else header + packed)
    if apart:
        with open(apart, "wb") as file:
            file.write(packed)
    remember(name, array, affine)


metaimage("oblique.mha", numbers, oblique, "MET_SHORT", np.int16)
metaimage("compressed.mha", numbers, flipped, "MET_FLOAT", np.float32, compressed=True)
metaimage("apart.mhd", numbers, oblique, "MET_SHORT", np.int16, apart="apart.raw", big=True)
metaimage("colors.mha", random.integers(0, 255, (3, 4, 2, 3)), flipped, "MET_UCHAR", np.uint8, channels=3)


def dicom(name, pixels, syntax=ExplicitVRLittleEndian, **fields):
    """pixels [row, column], [frame, row, column] or [row, column, 3]."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax in (RLELossless, JPEG2000Lossless) else syntax
    data = FileDataset(name, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4"
    data.Modality, data.PatientID, data.PatientName = "CT", "patient-7", "Nobody"
    color = pixels.ndim == 3 and pixels.shape[-1] == 3
    data.Rows, data.Columns = pixels.shape[-3:-1] if color else pixels.shape[-2:]
    data.SamplesPerPixel = 3 if color else 1
    data.PhotometricInterpretation = "RGB" if color else "MONOCHROME2"
    bits = pixels.dtype.itemsize * 8
    data.BitsAllocated, data.BitsStored, data.HighBit = bits, bits, bits - 1
    data.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    if color:
        data.PlanarConfiguration = 0
    if pixels.ndim == 3 and not color:
        data.NumberOfFrames = pixels.shape[0]
    data.PixelSpacing = [0.8, 0.6]
    data.SliceThickness = 2.5
    data.ImageOrientationPatient = [1, 0, 0, 0, 0.8, -0.6]
    data.ImagePositionPatient = [-10, 20, 5]
    data.is_little_endian = syntax != ExplicitVRBigEndian
    data.is_implicit_VR = syntax == ImplicitVRLittleEndian
    body = pixels.astype(pixels.dtype.newbyteorder(">")) if syntax == ExplicitVRBigEndian else pixels
    data.PixelData = body.tobytes()
    for key, value in fields.items():
        setattr(data, key, value)
    if syntax == RLELossless:
        data.compress(RLELossless)
    data.save_as(name, write_like_original=False)
    if syntax == JPEG2000Lossless:
        with open(name, "rb") as file:
            raw = file.read()
        # As long as the name of the syntax that it replaces.
        old, new = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.4.90"
        at = raw.index(old)
        head = raw[: at - 2] + struct.pack("<H", len(new)) + new + raw[at + len(old) :]
        group = struct.unpack_from("<I", head, 140)[0]
        with open(name, "wb") as file:
            file.write(head[:140] + struct.pack("<I", group + len(new) - len(old)) + head[144:])
        return
    read = pydicom.dcmread(name)
    array = pydicom.pixel_data_handlers.util.apply_modality_lut(read.pixel_array, read)
    if color:
        volume = np.transpose(array, (1, 0, 2))[:, :, None, :]
    else:
        volume = np.transpose(np.atleast_3d(array) if array.ndim == 3 else array[None], (2, 1, 0))
    i, j = np.array(data.ImageOrientationPatient[:3], float), np.array(data.ImageOrientationPatient[3:], float)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = i * 0.6, j * 0.8, np.cross(i, j) * 2.5
    affine[:3, 3] = data.ImagePositionPatient
    more = {}
    if not color and "WindowCenter" in data:
        shown = pydicom.pixel_data_handlers.util.apply_voi_lut(array, read, index=0)
        more["shown"] = np.transpose(shown[None], (2, 1, 0)).ravel(order="F").tolist()
    remember(name, volume, np.diag([-1, -1, 1, 1]) @ affine, **more)


gray = random.integers(0, 4000, (6, 5)).astype(np.uint16)
signed = random.integers(-1000, 1000, (6, 5)).astype(np.int16)
frames = random.integers(0, 255, (3, 4, 6)).astype(np.uint8)
colors = random.integers(0, 255, (4, 6, 3)).astype(np.uint8)
rescale = {"RescaleSlope": 2, "RescaleIntercept": -1024}
dicom("gray16.dcm", gray, WindowCenter=1500, WindowWidth=2000, **rescale)
dicom("implicit.dcm", signed, ImplicitVRLittleEndian)
dicom("big_endian.dcm", signed, ExplicitVRBigEndian)
dicom("deflated.dcm", gray, DeflatedExplicitVRLittleEndian)
dicom("twelve_bits.dcm", gray % 4096, BitsStored=12, HighBit=11)
dicom("inverted.dcm", gray, PhotometricInterpretation="MONOCHROME1")
dicom("frames.dcm", frames)
dicom("colors.dcm", colors)
dicom("rle16.dcm", gray, RLELossless)
dicom("rle_colors.dcm", np.repeat(colors, 2, axis=0), RLELossless)
dicom("jpeg2000.dcm", gray, JPEG2000Lossless)

with open("../volumes.json", "w") as file:
    json.dump({"numpy": np.__version__, "nibabel": nibabel.__version__, "pydicom": pydicom.__version__, "volumes": expected}, file)
    file.write("\n")
