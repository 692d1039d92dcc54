"""Trains a residual network on a data set in MedMNIST layout with PyTorch and writes it as ONNX: a classifier of somebody else.

    python3 bench/peer/classifier_peer.py DATA.npz --out classifier.onnx [--threshold 2] [--epochs 12] [--seed 0] [--threads 1] [--features]

Without a threshold the network tells grades: `logits` [n, classes]; with one it tells "label >= threshold": `logits` [n, 1].
With --features a second output is what it sees before it decides: `features` [n, 4 * width].
Its input `images` [n, c, h, w] is in [0, 1]. It never meets an encoder or a probe of Countergrade. Needs torch, numpy and onnx.
"""

import argparse
import json
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """conv-BN-ReLU-conv-BN, and the input added (He et al. 2016); halves the size where the channels grow."""

    def __init__(self, inside: int, outside: int):
        super().__init__()
        stride = 1 if inside == outside else 2
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outside)
        self.short = nn.Identity() if stride == 1 else nn.Conv2d(inside, outside, 1, stride, bias=False)

    def forward(self, x):
        h = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(h)) + self.short(x))


class Network(nn.Module):
    def __init__(self, channels: int, outputs: int, width: int):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 5, 2, 2, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.Sequential(Block(width, width), Block(width, 2 * width), Block(2 * width, 4 * width), Block(4 * width, 4 * width))
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(4 * width, outputs)

    def features(self, images):
        return self.blocks(self.stem(images - 0.5)).mean((2, 3))

    def forward(self, images):
        return self.out(self.drop(self.features(images)))


class Telling(nn.Module):
    """A trained network with what it sees before it decides."""

    def __init__(self, network: Network):
        super().__init__()
        self.network = network

    def forward(self, images):
        features = self.network.features(images)
        return self.network.out(features), features


def load(data, split):
    images = data[f"{split}_images"]
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return torch.from_numpy(images.astype(np.float32) / 255), torch.from_numpy(data[f"{split}_labels"].reshape(-1).astype(np.int64))


def augmented(x, generator):
    """Shifted by up to 3 px, turned by up to 6 degrees, brighter or darker, half of them mirrored."""
    n = len(x)
    r = lambda low, high: torch.rand(n, generator=generator) * (high - low) + low
    angle, scale = r(-0.1, 0.1), r(0.95, 1.05)
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    shift = 6 / x.shape[-1]
    theta = torch.stack([
        torch.stack([angle.cos() * scale * mirror, -angle.sin() * scale, r(-shift, shift)], 1),
        torch.stack([angle.sin() * scale * mirror, angle.cos() * scale, r(-shift, shift)], 1),
    ], 1)
    x = F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), align_corners=False, padding_mode="border")
    return (x * r(0.85, 1.15)[:, None, None, None] + r(-0.08, 0.08)[:, None, None, None]).clamp(0, 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--out", required=True)
    parser.add_argument("--threshold", type=int)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--features", action="store_true")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    generator = torch.Generator().manual_seed(args.seed)
    data = np.load(args.data)
    x, y = load(data, "train")
    vx, vy = load(data, "val")
    classes = int(y.max()) + 1
    net = Network(x.shape[1], 1 if args.threshold else classes, args.width)
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.05)
    batch = 64
    steps = args.epochs * (len(x) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    target = (lambda label: (label >= args.threshold).float()[:, None]) if args.threshold else (lambda label: label)
    loss_of = F.binary_cross_entropy_with_logits if args.threshold else lambda o, t: F.cross_entropy(o, t, label_smoothing=0.05)
    start = time.time()
    for epoch in range(args.epochs):
        net.train()
        order = torch.randperm(len(x), generator=generator)
        total = 0.0
        for at in range(len(x) // batch):
            rows = order[at * batch:(at + 1) * batch]
            loss = loss_of(net(augmented(x[rows], generator)), target(y[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss)
        print(f"epoch {epoch + 1} loss {total / (len(x) // batch):.4f} {time.time() - start:.0f} s", flush=True)
    net.eval()
    with torch.no_grad():
        out = torch.cat([net(vx[i:i + 64]) for i in range(0, len(vx), 64)])
    if args.threshold:
        figures = {"accuracy": float(((out[:, 0] > 0).long() == (vy >= args.threshold).long()).float().mean())}
    else:
        grade = (out.softmax(1) * torch.arange(classes)).sum(1)
        figures = {"accuracy": float((out.argmax(1) == vy).float().mean()), "mae": float((grade - vy).abs().mean())}
    names = ["logits", "features"] if args.features else ["logits"]
    torch.onnx.export(Telling(net) if args.features else net, x[:1], args.out, dynamo=False, input_names=["images"],
                      output_names=names, dynamic_axes={name: {0: "n"} for name in ["images", *names]})
    print(json.dumps({"out": args.out, "images": len(x), "val": figures}))


if __name__ == "__main__":
    main()
