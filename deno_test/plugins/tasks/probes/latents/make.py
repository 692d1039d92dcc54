"""Writes flat.pt and nested.pt: 24 codes of three grades, and 12 of them again, as torch.save writes dicts (PyTorch 2.x)."""

import torch

torch.manual_seed(0)
labels = torch.arange(24) % 3
codes = torch.randn(24, 4) * 0.3
codes[:, 0] += labels
torch.save(
    {
        "train_latents": codes,
        "train_labels": labels,
        "val_latents": codes[:12].half(),
        "val_labels": labels[:12].to(torch.uint8),
    },
    "flat.pt",
)
torch.save(
    {
        "train": {"latents": codes, "labels": labels},
        "val": {"latents": codes[:12], "labels": labels[:12]},
    },
    "nested.pt",
)
