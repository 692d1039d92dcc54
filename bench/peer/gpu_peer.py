"""PyTorch's side of ../gpu/network.ts: the networks of engine_peer.py on the GPU (or the CPU, for a rehearsal).

Eager, compiled, or eager in bfloat16 where PyTorch casts by itself.

Times end when the device has finished. Precision is PyTorch's default: TF32 in convolutions, full float32 in products of
matrices.
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

import engine_peer
from engine_peer import encoder, read_safetensors, unet

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def synchronized():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return 1000 * time.perf_counter()


def peak_gb():
    if DEVICE.type == "cuda":
        return torch.cuda.max_memory_reserved() / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def loss_of(p, config, x, noise, t, a, s):
    said = unet(p, config, a * x + s * noise, t, encoder(p, config, x))
    target = {"eps": noise, "v": a * noise - s * x, "x0": x}[config["prediction"]]
    return F.mse_loss(said, target)


class Peer(engine_peer.Peer):
    """As on the CPU, with a mode: `eager` or `compiled`."""

    def __init__(self):
        self.compiled = {}

    def made(self, function, mode):
        """A function as it is or compiled, at its first use for a model: where that fails, eager PyTorch goes on."""
        if mode != "compiled":
            return function
        if function not in self.compiled:
            # On the CPU only the way through the compiler is rehearsed: generating code for it takes minutes.
            backend = "inductor" if DEVICE.type == "cuda" else "aot_eager"
            self.compiled[function] = torch.compile(function, backend=backend)
        return self.compiled[function]

    def device(self):
        name = torch.cuda.get_device_name() if DEVICE.type == "cuda" else "CPU"
        tf32 = {"cudnn": torch.backends.cudnn.allow_tf32, "matmul": torch.backends.cuda.matmul.allow_tf32}
        return {"device": name, "cuda": torch.version.cuda, "tf32": tf32}

    def load(self, config, weights):
        answer = super().load(config, weights)
        self.p = {name: value.to(DEVICE) for name, value in self.p.items()}
        if self.compiled:
            torch._dynamo.reset()
            self.compiled.clear()
        if DEVICE.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        return answer

    def inputs(self, path):
        self.batch = {name: value.to(DEVICE) for name, value in read_safetensors(path).items()}
        return {}

    def prepare_training(self, learningRate):
        answer = super().prepare_training(learningRate)
        self.abars = self.abars.to(DEVICE)
        return answer

    def train(self, emaDecay, maxGradientNorm, mode):
        start = synchronized()
        x, noise, t = (self.batch[name] for name in ("x", "noise", "t"))
        abar = self.abars[t.long()].reshape(-1, 1, 1, 1)
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=mode == "bfloat16"):
            loss = self.made(loss_of, mode)(
                self.p, self.config, x, noise, t, abar.sqrt().float(), (1 - abar).sqrt().float()
            )
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, maxGradientNorm)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, self.parameters, 1 - emaDecay)
        # The loss and the norm are read each step, as a training loop that reports them does.
        figures = {"loss": loss.item(), "gradientNorm": float(norm)}
        return {"ms": synchronized() - start, "gb": peak_gb(), **figures}


def main():
    # What the networks make themselves, frequencies of time embeddings say, is made there too.
    torch.set_default_device(DEVICE)
    peer = Peer()
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = getattr(peer, command.pop("do"))(**command)
        except Exception as error:  # a mode that does not work is told, and the next goes on
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
