"""Makes encoder.onnx, decoder.onnx and reference.json: a small random autoencoder as PyTorch exports it.

python make_autoencoder.py, with torch and onnx installed, in this folder.
"""

import json

import torch
from torch import nn

torch.manual_seed(0)
encoder = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8 * 8, 8))
decoder = nn.Sequential(
    nn.Linear(8, 4 * 8 * 8), nn.ReLU(), nn.Unflatten(1, (4, 8, 8)), nn.ConvTranspose2d(4, 1, 2, 2), nn.Sigmoid()
)
images = torch.linspace(0, 1, 2 * 256).reshape(2, 1, 16, 16)
with torch.no_grad():
    codes = encoder(images)
    decoded = decoder(codes)


def export(module, example, name, given, made):
    axes = {given: {0: "n"}, made: {0: "n"}}
    torch.onnx.export(
        module, (example,), name, input_names=[given], output_names=[made], dynamic_axes=axes, dynamo=False
    )


export(encoder, images, "encoder.onnx", "image", "code")
export(decoder, codes, "decoder.onnx", "code", "image")
with open("reference.json", "w") as file:
    json.dump(
        {
            "torch": torch.__version__,
            "codes": codes.flatten().tolist(),
            "decoded": decoded.flatten()[:64].tolist(),
        },
        file,
        indent=2,
    )
    file.write("\n")
