"""PyTorch's side of ../engine.ts and ../path.ts: the same networks in eager PyTorch, told what to do line by line.

Started by torch_peer.ts, which writes one JSON object per line to standard input and reads one JSON answer per
line from standard output. Tensors travel as safetensors files. Parameter names are those of daeParameters() in
core/nn/dae_network.ts, which are those of Diff-AE, so one file of weights serves both sides.
"""

import ctypes
import json
import math
import platform
import struct
import sys
import time

import torch
import torch.nn.functional as F


# Files


def read_safetensors(path):
    with open(path, "rb") as file:
        raw = bytearray(file.read())
    (length,) = struct.unpack_from("<Q", raw)
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        flat = torch.frombuffer(raw, dtype=torch.float32, count=(end - start) // 4, offset=8 + length + start)
        tensors[name] = flat.clone().reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    header, parts, end = {}, [], 0
    for name, value in tensors.items():
        value = value.detach().float().contiguous()
        size = 4 * value.numel()
        parts.append(ctypes.string_at(value.data_ptr(), size))
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


# Networks: p maps names to parameters, `at` is a block's name in p.


def group_norm(p, at, x):
    return F.group_norm(x, min(32, x.shape[1]), p[f"{at}.weight"], p[f"{at}.bias"], 1e-5)


def conv(p, at, x):
    weight = p[f"{at}.weight"]
    convolve = F.conv3d if weight.dim() == 5 else F.conv2d
    return convolve(x, weight, p[f"{at}.bias"], padding=weight.shape[-1] // 2)


def pointwise(p, at, x):
    return F.conv1d(x, p[f"{at}.weight"], p[f"{at}.bias"])


def linear(p, at, x):
    return F.linear(x, p[f"{at}.weight"], p[f"{at}.bias"])


def resample(x, direction):
    if direction == "up":
        return F.interpolate(x, scale_factor=2, mode="nearest")
    if direction == "down":
        return (F.avg_pool3d if x.dim() == 5 else F.avg_pool2d)(x, 2)
    return x


def per_channel(value, x):
    return value.reshape(value.shape + (1,) * (x.dim() - 2))


def unshuffle(x, k):
    """Blocks of k × k pixels, of volumes k × k × k, as channels: pixel_unshuffle for any number of axes."""
    n, c, *space = x.shape
    axes = range(len(space))
    blocks = x.reshape(n, c, *(part for length in space for part in (length // k, k)))
    blocks = blocks.permute(0, 1, *(3 + 2 * i for i in axes), *(2 + 2 * i for i in axes))
    return blocks.reshape(n, c * k ** len(space), *(length // k for length in space))


def shuffle(x, k):
    """The inverse of unshuffle."""
    n, c, *space = x.shape
    axes = range(len(space))
    blocks = x.reshape(n, c // k ** len(space), *(k for _ in space), *space)
    order = (part for i in axes for part in (2 + len(space) + i, 2 + i))
    return blocks.permute(0, 1, *order).reshape(n, c // k ** len(space), *(length * k for length in space))


def residual_block(p, at, x, condition=None, direction=None):
    h = resample(F.silu(group_norm(p, f"{at}.in_layers.0", x)), direction)
    h = conv(p, f"{at}.in_layers.2", h)
    if condition is not None:
        time_embedding, code = condition
        scale, shift = linear(p, f"{at}.emb_layers.1", time_embedding).chunk(2, dim=1)
        gain = linear(p, f"{at}.cond_emb_layers.1", code)
        h = group_norm(p, f"{at}.out_layers.0", h)
        h = h * (1 + per_channel(scale, h)) + per_channel(shift, h)
        h = h * (1 + per_channel(gain, h))
        h = conv(p, f"{at}.out_layers.3", F.silu(h))
    skip = resample(x, direction)
    if h.shape[1] != x.shape[1]:
        skip = conv(p, f"{at}.skip_connection", skip)
    return skip + h


def attention(p, at, x, heads):
    n, c, *space = x.shape
    places = math.prod(space)
    per_head = c // heads
    flat = group_norm(p, f"{at}.norm", x).reshape(n, c, places)
    qkv = pointwise(p, f"{at}.qkv", flat).reshape(n * heads, 3 * per_head, places)
    q, k, v = qkv.chunk(3, dim=1)
    weights = torch.softmax(torch.bmm((q / math.sqrt(per_head)).transpose(1, 2), k), dim=-1)
    mixed = torch.bmm(v, weights.transpose(1, 2)).reshape(n, c, places)
    return x + pointwise(p, f"{at}.proj_out", mixed).reshape(x.shape)


def block(p, at, x, heads, attend, condition=None, direction=None):
    h = residual_block(p, f"{at}.0", x, condition, direction)
    return attention(p, f"{at}.1", h, heads) if attend else h


def way_down(config, multipliers, per_level, attended):
    """(attend, direction) of each block after the first convolution; channels follow from the weights."""
    size = config["imageSize"] // config["unshuffle"]
    blocks = []
    for level in range(len(multipliers)):
        blocks += [(size in attended, None)] * per_level
        if level + 1 < len(multipliers):
            blocks.append((False, "down"))
            size //= 2
    return blocks


def go_down(p, at, config, images, blocks, condition=None):
    h = conv(p, f"{at}input_blocks.0.0", unshuffle(images, config["unshuffle"]))
    levels = [[h]]
    for i, (attend, direction) in enumerate(blocks, start=1):
        h = block(p, f"{at}input_blocks.{i}", h, config["heads"], attend, condition, direction)
        if direction == "down":
            levels.append([])
        levels[-1].append(h)
    h = residual_block(p, f"{at}middle_block.0", h, condition)
    h = attention(p, f"{at}middle_block.1", h, config["heads"])
    return residual_block(p, f"{at}middle_block.2", h, condition), levels


def encoder(p, config, images):
    attended = config.get("encoderAttention", config["attention"])
    blocks = way_down(config, config["encoderMultipliers"], config["encoderResidualBlocks"], attended)
    h, _ = go_down(p, "encoder.", config, images, blocks)
    h = F.silu(group_norm(p, "encoder.out.0", h))
    if config["pool"] == "mean":
        return conv(p, "encoder.out.3", h.mean(dim=tuple(range(2, h.dim())), keepdim=True)).flatten(1)
    return linear(p, "encoder.out.3", conv(p, "encoder.out.2", h).flatten(1))


def embedded_times(t, size):
    half = size // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32) / half)
    angles = t[:, None] * frequencies[None]
    return torch.cat([angles.cos(), angles.sin()], dim=1)


def unet(p, config, x, t, z):
    e = F.silu(linear(p, "time_embed.time_embed.0", embedded_times(t, config["channels"])))
    condition = (F.silu(linear(p, "time_embed.time_embed.2", e)), F.silu(z))
    multipliers, heads, attended = config["multipliers"], config["heads"], config["attention"]
    blocks = way_down(config, multipliers, config.get("inputResidualBlocks", config["residualBlocks"]), attended)
    h, skips = go_down(p, "", config, x, blocks, condition)
    index = 0
    for level in reversed(range(len(multipliers))):
        for i in range(config["residualBlocks"] + 1):
            at = f"output_blocks.{index}"
            attend = h.shape[2] in attended
            joined = torch.cat([h, skips[level].pop()], dim=1) if skips[level] else h
            h = block(p, at, joined, heads, attend, condition)
            if level > 0 and i == config["residualBlocks"]:
                h = residual_block(p, f"{at}.{2 if attend else 1}", h, condition, "up")
            index += 1
    h = conv(p, "out.2", F.silu(group_norm(p, "out.0", h)))
    return shuffle(h, config["unshuffle"])


# Diffusion


def alpha_bars(config):
    first, last = config["betas"]
    betas = torch.linspace(first, last, config["noiseSteps"], dtype=torch.float64)
    return torch.cumprod(1 - betas, dim=0)


def clean_image(config, said, x, abar):
    a, s = math.sqrt(abar), math.sqrt(1 - abar)
    if config["prediction"] == "eps":
        x0 = (x - s * said) / a
    elif config["prediction"] == "v":
        x0 = a * x - s * said
    else:
        x0 = said
    return x0.clamp(-1, 1)


def ddim_walk(p, config, abars, x, z, times, targets):
    """One evaluation per time, each followed by the step to its target ᾱ (DDIM, equation 12 with σ = 0)."""
    for t, target in zip(times, targets):
        abar = abars[t]
        said = unet(p, config, x, torch.full((x.shape[0],), float(t)), z)
        x0 = clean_image(config, said, x, abar)
        eps = (x - math.sqrt(abar) * x0) / math.sqrt(1 - abar)
        x = math.sqrt(target) * x0 + math.sqrt(1 - target) * eps
    return x


def ddim_path(p, config, x, codes, inversion, rendering, limit):
    """The reference's procedure: invert once, then render frame by frame. `limit` cuts each walk short, for estimates."""
    abars = alpha_bars(config).tolist()
    spaced = lambda n: [i * len(abars) // n for i in range(n)]
    done = 0
    up = spaced(inversion)
    to = [abars[t] for t in up[1:]] + [0.0]
    z = encoder(p, config, x)
    noise = ddim_walk(p, config, abars, x, z, up[:limit], to[:limit])
    done += len(up[:limit])
    down = spaced(rendering)
    back = [1.0] + [abars[t] for t in down[:-1]]
    frames = []
    for i in range(codes.shape[0]):
        times, targets = down[::-1][:limit], back[::-1][:limit]
        frames.append(ddim_walk(p, config, abars, noise, codes[i : i + 1], times, targets))
        done += len(times)
    return noise, torch.cat(frames), done


# Commands


def times(start, cpu):
    """Milliseconds since then, of the clock and of the processor."""
    return {"ms": 1000 * (time.perf_counter() - start), "cpuMs": 1000 * (time.process_time() - cpu)}


class Peer:
    """What the commands work on: the weights of one model and, while training, their optimizer."""

    def hello(self, threads):
        torch.set_num_threads(threads)
        return {
            "torch": torch.__version__,
            "python": platform.python_version(),
            "threads": torch.get_num_threads(),
        }

    def load(self, config, weights):
        self.config, self.p, self.batch = config, read_safetensors(weights), None
        return {"parameters": sum(value.numel() for value in self.p.values())}

    @torch.no_grad()
    def initial(self, parameters, seed, outputs):
        """Weights as PyTorch's layers start (kaiming_uniform with a = √5: ±1/√fan_in), and the network's zeros and ones."""
        torch.manual_seed(seed)
        weights = {}
        for parameter in parameters:
            value, start = torch.empty(parameter["shape"]), parameter["initial"]
            bound = start.get("uniform")
            weights[parameter["name"]] = value.fill_(start["fill"]) if bound is None else value.uniform_(-bound, bound)
        write_safetensors(outputs, weights)
        return {"torch": torch.__version__}

    @torch.no_grad()
    def predict(self, inputs, outputs):
        """All outputs once, to be compared before anything is timed; also which parameters were never used."""
        asked = set()

        class Asked(dict):
            def __getitem__(self, name):
                asked.add(name)
                return super().__getitem__(name)

        p, given = Asked(self.p), read_safetensors(inputs)
        z = encoder(p, self.config, given["x"])
        prediction = unet(p, self.config, given["x"], given["t"], z)
        write_safetensors(outputs, {"z": z, "prediction": prediction})
        return {"unused": sorted(set(self.p) - asked)}

    def inputs(self, path):
        self.batch = read_safetensors(path)
        return {}

    @torch.no_grad()
    def infer(self):
        given = self.batch
        start, cpu = time.perf_counter(), time.process_time()
        unet(self.p, self.config, given["x"], given["t"], given["z"])
        return times(start, cpu)

    def prepare_training(self, learningRate):
        self.parameters = [value.requires_grad_(True) for value in self.p.values()]
        self.averages = [value.detach().clone() for value in self.parameters]
        self.abars = alpha_bars(self.config)
        try:
            self.optimizer = torch.optim.Adam(self.parameters, lr=learningRate, fused=True)
            return {"optimizer": "fused Adam"}
        except (TypeError, RuntimeError):  # older PyTorch fuses on CUDA only
            self.optimizer = torch.optim.Adam(self.parameters, lr=learningRate)
            return {"optimizer": "Adam"}

    def train(self, emaDecay, maxGradientNorm):
        start, cpu = time.perf_counter(), time.process_time()
        x, noise, t = (self.batch[name] for name in ("x", "noise", "t"))
        abar = self.abars[t.long()].reshape(-1, *[1] * (x.dim() - 1))
        a, s = abar.sqrt().float(), (1 - abar).sqrt().float()
        said = unet(self.p, self.config, a * x + s * noise, t, encoder(self.p, self.config, x))
        target = {"eps": noise, "v": a * noise - s * x, "x0": x}[self.config["prediction"]]
        loss = F.mse_loss(said, target)
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, maxGradientNorm)
        self.optimizer.step()
        with torch.no_grad():
            for average, value in zip(self.averages, self.parameters):
                average.lerp_(value, 1 - emaDecay)
        figures = {"loss": loss.item(), "gradientNorm": float(norm)}
        return {**times(start, cpu), **figures}

    @torch.no_grad()
    def path(self, inversion, rendering, limit=None, outputs=None):
        given = self.batch
        start = time.perf_counter()
        noise, frames, done = ddim_path(
            self.p, self.config, given["x"], given["codes"], inversion, rendering, limit
        )
        elapsed = 1000 * (time.perf_counter() - start)
        if outputs is not None:
            write_safetensors(outputs, {"noise": noise, "frames": frames})
        return {"ms": elapsed, "evaluations": done}


def main():
    peer = Peer()
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(getattr(peer, command.pop("do"))(**command)), flush=True)


if __name__ == "__main__":
    main()
