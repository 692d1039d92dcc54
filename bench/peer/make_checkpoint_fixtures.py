"""Checkpoints of random little networks in the reference's formats, each with what the network computes from it.

    python3 bench/peer/make_checkpoint_fixtures.py OUT [NAME …]     writes NAME.ckpt and NAME.npz, all of VARIANTS by default
    python3 bench/peer/make_checkpoint_fixtures.py --check FOLDER   compares with the reference's own tiny_gray32 in FOLDER
    python3 bench/peer/make_checkpoint_fixtures.py --size OUT.ckpt  a whole spider64 training checkpoint, 1.4 GB

The networks are those of engine_peer.py; --check shows that they are the reference's. Names and shapes of parameters
come from the rules in parameter_shapes(), written down apart from those in core/nn. Needs PyTorch and NumPy; the tests
of the project use the few files that are kept in deno_test/plugins/encoders/checkpoints, and all where PyTorch is at hand.
"""

import collections
import os
import sys

import numpy
import torch

from engine_peer import alpha_bars, ddim_walk, encoder, unet, write_safetensors

# Hyper-parameters as the code of the reference names them. What a variant leaves out is as in this table.
DEFAULTS = dict(
    img_size=32, in_channels=1, net_ch=32, net_ch_mult=(1, 1), net_enc_channel_mult=(1, 1, 1), net_attn=(16,),
    net_enc_attn=None, net_num_res_blocks=1, net_num_input_res_blocks=None, net_enc_num_res_blocks=1,
    net_beatgans_embed_channels=32, net_beatgans_attn_head=1, style_ch=32, T=1000, beta_scheduler="linear", dims=2,
)

# name: (how it is saved, hyper-parameters)
VARIANTS = {
    # Kept in the repository.
    "rgb64": ("fork", dict(img_size=64, in_channels=3, net_ch=16, net_attn=(32,), net_beatgans_attn_head=4, half=True)),
    "official": ("official", dict(img_size=16, in_channels=3, net_ch=16, net_ch_mult=(2,), net_attn=(),
                                  net_enc_channel_mult=(2, 1), net_beatgans_embed_channels=24, style_ch=20, half=True)),
    "bare": ("bare", dict(net_ch=16, net_attn=(16,), net_enc_channel_mult=(1, 1), net_num_res_blocks=2,
                          net_enc_num_res_blocks=2, half=True)),
    "volume": ("fork", dict(dims=3, img_size=8, net_ch=8, net_attn=(4,), net_enc_channel_mult=(1, 1), style_ch=16,
                            net_beatgans_embed_channels=16, half=True)),
    # Made on the fly.
    "wide": ("fork", dict(net_ch=32, net_ch_mult=(1, 2, 3), net_enc_channel_mult=(1, 2, 3, 3), net_num_res_blocks=2)),
    "everywhere": ("fork", dict(net_attn=(32, 16, 8), net_beatgans_attn_head=8, net_ch_mult=(1, 1, 2))),
    "nowhere": ("fork", dict(net_attn=(), net_ch_mult=(1, 2))),
    "encoder_attention": ("fork", dict(net_attn=(16,), net_enc_attn=(8, 32), net_enc_channel_mult=(1, 2, 2))),
    "blocks": ("fork", dict(net_num_res_blocks=3, net_enc_num_res_blocks=2)),
    "fewer_input_blocks": ("fork", dict(net_num_res_blocks=3, net_num_input_res_blocks=1)),
    "more_input_blocks": ("fork", dict(net_num_res_blocks=1, net_num_input_res_blocks=2)),
    "one_level": ("fork", dict(net_ch_mult=(1,), net_enc_channel_mult=(1,), net_attn=(32,))),
    "first_multiplier": ("fork", dict(net_ch=16, net_ch_mult=(2, 4), net_enc_channel_mult=(4, 2))),
    "broken_multiplier": ("fork", dict(net_ch=64, net_ch_mult=(0.5, 1, 1.5), net_enc_channel_mult=(1, 1.5))),
    "embeddings": ("fork", dict(net_beatgans_embed_channels=48, style_ch=100)),
    "odd_sizes": ("fork", dict(img_size=28, net_attn=(7,), net_enc_channel_mult=(1, 1, 1, 1))),
    "big": ("fork", dict(img_size=48, in_channels=3, net_attn=(12,), net_ch_mult=(1, 1, 2))),
    "short_chain": ("fork", dict(T=100)),
    "official64": ("official", dict(img_size=64, in_channels=3, net_ch_mult=(1, 1, 2, 2), net_enc_channel_mult=(1, 1, 2, 2, 2))),
    "bare_deep": ("bare", dict(img_size=64, in_channels=3, net_ch_mult=(1, 1, 2), net_enc_channel_mult=(1, 1, 2, 2),
                               net_num_res_blocks=2, net_enc_num_res_blocks=2)),
    "bare_heads": ("bare", dict(net_beatgans_attn_head=4, net_attn=(32, 16))),
    "bare_doubles": ("bare", dict(double=True)),
    "odd_layout": ("layout", dict()),
    "bfloat": ("fork", dict(bfloat=True)),
    "no_average": ("plain", dict()),
    "parallel": ("parallel", dict()),
    "nested": ("nested", dict()),
    "safetensors": ("safetensors", dict()),
}

SPIDER64 = dict(img_size=64, net_ch=64, net_ch_mult=(1, 2, 4, 8), net_enc_channel_mult=(1, 2, 4, 8, 8), net_num_res_blocks=2,
                net_enc_num_res_blocks=2, net_beatgans_embed_channels=512, style_ch=512)


def parameter_shapes(hyper):
    """(name, shape) of all parameters, in the order of the reference's state dict."""
    shapes = []
    kernel, point = (3,) * hyper["dims"], (1,) * hyper["dims"]

    def affine(at, channels):
        shapes.extend([(f"{at}.weight", (channels,)), (f"{at}.bias", (channels,))])

    def weights(at, out, *rest):
        shapes.extend([(f"{at}.weight", (out, *rest)), (f"{at}.bias", (out,))])

    def residual(at, channels, out, conditioned):
        affine(f"{at}.in_layers.0", channels)
        weights(f"{at}.in_layers.2", out, channels, *kernel)
        if conditioned:
            weights(f"{at}.emb_layers.1", 2 * out, hyper["net_beatgans_embed_channels"])
            weights(f"{at}.cond_emb_layers.1", out, hyper["style_ch"])
            affine(f"{at}.out_layers.0", out)
            weights(f"{at}.out_layers.3", out, out, *kernel)
        if channels != out:
            weights(f"{at}.skip_connection", out, channels, *point)

    def attention(at, channels):
        affine(f"{at}.norm", channels)
        weights(f"{at}.qkv", 3 * channels, channels, 1)
        weights(f"{at}.proj_out", channels, channels, 1)

    def down(at, multipliers, blocks, attended, conditioned):
        """Returns the channels at the end and those of the skips, by level."""
        size, channels = hyper["img_size"], int(multipliers[0] * hyper["net_ch"])
        weights(f"{at}input_blocks.0.0", channels, hyper["in_channels"], *kernel)
        skips, index = [[channels]], 1
        for level, multiplier in enumerate(multipliers):
            for _ in range(blocks):
                out = int(multiplier * hyper["net_ch"])
                residual(f"{at}input_blocks.{index}.0", channels, out, conditioned)
                if size in attended:
                    attention(f"{at}input_blocks.{index}.1", out)
                channels, index = out, index + 1
                skips[level].append(channels)
            if level + 1 < len(multipliers):
                residual(f"{at}input_blocks.{index}.0", channels, channels, conditioned)
                size, index = size // 2, index + 1
                skips.append([channels])
        residual(f"{at}middle_block.0", channels, channels, conditioned)
        attention(f"{at}middle_block.1", channels)
        residual(f"{at}middle_block.2", channels, channels, conditioned)
        return channels, skips, size

    embedding = hyper["net_beatgans_embed_channels"]
    weights("time_embed.time_embed.0", embedding, hyper["net_ch"])
    weights("time_embed.time_embed.2", embedding, embedding)
    multipliers, blocks = hyper["net_ch_mult"], hyper["net_num_res_blocks"]
    input_blocks = hyper["net_num_input_res_blocks"] or blocks
    channels, skips, size = down("", multipliers, input_blocks, hyper["net_attn"], True)
    index = 0
    for level in reversed(range(len(multipliers))):
        out = int(multipliers[level] * hyper["net_ch"])
        for i in range(blocks + 1):
            lateral = skips[level].pop() if skips[level] else 0
            residual(f"output_blocks.{index}.0", channels + lateral, out, True)
            attend = size in hyper["net_attn"]
            if attend:
                attention(f"output_blocks.{index}.1", out)
            if level and i == blocks:
                residual(f"output_blocks.{index}.{1 + attend}", out, out, True)
                size *= 2
            channels, index = out, index + 1
    affine("out.0", channels)
    weights("out.2", hyper["in_channels"], channels, *kernel)
    attended = hyper["net_enc_attn"] or hyper["net_attn"]
    channels, _, _ = down("encoder.", hyper["net_enc_channel_mult"], hyper["net_enc_num_res_blocks"], attended, False)
    affine("encoder.out.0", channels)
    weights("encoder.out.3", hyper["style_ch"], channels, *point)
    return shapes


def random_parameters(hyper, generator):
    """Every parameter is random, also those that the reference starts at zero: else half of the network would be silent."""
    parameters = {}
    for name, shape in parameter_shapes(hyper):
        value = torch.randn(shape, generator=generator)
        if len(shape) > 1:
            value *= (0.6 if "emb" not in name else 0.3) / numpy.prod(shape[1:]) ** 0.5
        elif name.endswith("weight"):
            value = 1 + 0.2 * value
        else:
            value *= 0.1
        parameters[name] = value
    return parameters


def peer_config(hyper):
    scale = 1000 / hyper["T"]
    return dict(
        imageSize=hyper["img_size"], unshuffle=1, channels=hyper["net_ch"], multipliers=hyper["net_ch_mult"],
        encoderMultipliers=hyper["net_enc_channel_mult"], residualBlocks=hyper["net_num_res_blocks"],
        inputResidualBlocks=hyper["net_num_input_res_blocks"] or hyper["net_num_res_blocks"],
        encoderResidualBlocks=hyper["net_enc_num_res_blocks"], attention=hyper["net_attn"],
        encoderAttention=hyper["net_enc_attn"] or hyper["net_attn"], heads=hyper["net_beatgans_attn_head"], pool="mean",
        noiseSteps=hyper["T"], betas=(1e-4 * scale, 0.02 * scale), prediction="eps",
    )


@torch.no_grad()
def outputs(config, p, given):
    """All arrays of a reference file from x and t, with T_inv = 20 and T_render = 10; inputs of later stages may be given."""
    abars = alpha_bars(config).tolist()
    x, own = given["x"], encoder(p, config, given["x"])
    z = given.get("z", own)
    up, down = (list(range(0, len(abars), len(abars) // n)) for n in (20, 10))
    inverted = ddim_walk(p, config, abars, x, z, up, [abars[t] for t in up[1:]] + [0.0])
    noise = given.get("xT", inverted)
    back = ([1.0] + [abars[t] for t in down[:-1]])[::-1]
    z_edit = given.get("z_edit", z + 0.3 * torch.sin(torch.arange(z.numel(), dtype=torch.float32)).reshape(z.shape))
    return dict(
        x=x, t=given["t"], z=own, eps=unet(p, config, x, given["t"].float(), z), xT=inverted, z_edit=z_edit,
        rec=ddim_walk(p, config, abars, noise, z, down[::-1], back),
        edit=ddim_walk(p, config, abars, noise, z_edit, down[::-1], back),
    )


def prefixed(prefix, parameters):
    return collections.OrderedDict((f"{prefix}{name}", value) for name, value in parameters.items())


def jsonable(hyper):
    return {key: value for key, value in hyper.items() if key not in ("half", "double", "bfloat")}


def training_state(parameters):
    """What Lightning keeps beside the weights."""
    nothing = torch.zeros(1)
    adam = {i: dict(step=7, exp_avg=nothing.expand(value.shape), exp_avg_sq=nothing.expand(value.shape))
            for i, value in enumerate(parameters.values())}
    return {
        "epoch": 3, "global_step": 1234, "pytorch-lightning_version": "1.4.5",
        "callbacks": {"ModelCheckpoint": {"monitor": None, "best_model_path": ""}},
        "optimizer_states": [{"state": adam, "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.999), "params": list(adam)}]}],
        "lr_schedulers": [], "hparams_name": "kwargs",
    }


def content(form, hyper, averaged, trained):
    """What torch.save is given."""
    x_T = torch.zeros(1, hyper["in_channels"], *[hyper["img_size"]] * hyper["dims"])
    state = prefixed("model.", trained) | prefixed("ema_model.", averaged) | {"x_T": x_T}
    if form == "fork":
        given = jsonable(hyper) | dict(out_channels=hyper["in_channels"], net_enc_pool="adaptivenonzero", net_resblock_updown=True,
                                       net_beatgans_resnet_two_cond=True, fp16=True, dropout=0.1, model_conf=None)
        return training_state(averaged) | {"state_dict": state, "hyper_parameters": given}
    if form == "official":
        given = {key: value for key, value in jsonable(hyper).items() if key != "in_channels"}
        given |= dict(net_enc_pool="adaptivenonzero", net_beatgans_resnet_two_cond=True, net_resblock_updown=True,
                      model_conf=dict(image_size=hyper["img_size"], in_channels=hyper["in_channels"], num_heads=1))
        for part in ("model", "ema_model"):
            state[f"{part}.latent_net.layers.0.linear.weight"] = torch.ones(4, 4)
            state[f"{part}.latent_net.layers.0.linear.bias"] = torch.ones(4)
        state |= {"conds_mean": torch.zeros(1, hyper["style_ch"]), "conds_std": torch.ones(1, hyper["style_ch"])}
        return training_state(averaged) | {"state_dict": state, "hyper_parameters": given}
    if form == "plain":
        return {"state_dict": prefixed("model.", averaged) | {"x_T": x_T}, "hyper_parameters": jsonable(hyper)}
    if form == "parallel":
        return {"state_dict": prefixed("module.model.", trained) | prefixed("module.ema_model.", averaged)}
    if form == "nested":
        return {"model": trained, "ema": averaged, "args": dict(lr=1e-4), "optimizer": training_state(trained)["optimizer_states"][0]}
    if form == "layout":
        # Transposed, sliced and shared storages.
        flat = torch.cat([value.flatten() for value in averaged.values()])
        odd, at = collections.OrderedDict(), 0
        for i, (name, value) in enumerate(averaged.items()):
            window = flat[at : at + value.numel()].reshape(value.shape)
            at += value.numel()
            if i % 3 == 0 and value.dim() > 1:
                window = value.transpose(0, 1).contiguous().transpose(0, 1)
            if i % 3 == 1:
                window = torch.stack([value, value + 1], dim=-1)[..., 0]
            odd[name] = torch.nn.Parameter(window) if i % 2 else window
        return {"state_dict": odd, "hyper_parameters": jsonable(hyper)}
    return averaged


def make(name, folder):
    form, changes = VARIANTS[name]
    hyper = DEFAULTS | changes
    generator = torch.Generator().manual_seed(sum(name.encode()))
    kind = torch.float16 if hyper.get("half") else torch.bfloat16 if hyper.get("bfloat") else torch.float64 if hyper.get("double") else torch.float32
    stored = {key: value.to(kind) for key, value in random_parameters(hyper, generator).items()}
    trained = {key: value.to(kind) for key, value in random_parameters(hyper, generator).items()}
    if hyper.get("half"):  # of what is not to be read: one number
        nothing = torch.zeros(1, dtype=kind)
        trained = {key: nothing.expand(value.shape) for key, value in trained.items()}
    exact = {key: value.float() for key, value in stored.items()}
    size = hyper["img_size"]
    low = 0 if form in ("fork", "plain", "layout") else -1
    n = 1 + (name in ("official", "bare"))
    x = torch.rand((n, hyper["in_channels"], *[size] * hyper["dims"]), generator=generator) * (1 - low) + low
    t = torch.tensor([hyper["T"] // 3, hyper["T"] - 1])[:n]
    arrays = outputs(peer_config(hyper), exact, dict(x=x, t=t))
    if form == "safetensors":
        write_safetensors(os.path.join(folder, f"{name}.ckpt"), stored)
    else:
        torch.save(content(form, hyper, stored, trained), os.path.join(folder, f"{name}.ckpt"))
    numpy.savez_compressed(os.path.join(folder, f"{name}.npz"), **{key: value.numpy() for key, value in arrays.items()})
    return sum(value.numel() for value in stored.values())


def check(folder):
    """Our networks from the reference's checkpoint, against what the reference computed."""
    file = torch.load(os.path.join(folder, "tiny_gray32.ckpt"), map_location="cpu", weights_only=False)
    hyper = DEFAULTS | {key: value for key, value in file["hyper_parameters"].items() if key in DEFAULTS}
    p = {name.removeprefix("ema_model."): value for name, value in file["state_dict"].items() if name.startswith("ema_model.")}
    rules = parameter_shapes(hyper)
    same = [name for name, _ in rules] == list(p) and all(tuple(p[name].shape) == shape for name, shape in rules)
    print(f"names and shapes of {len(p)} parameters: {'the same, in order' if same else 'DIFFERENT'}")
    given = {key: torch.from_numpy(value) for key, value in numpy.load(os.path.join(folder, "tiny_gray32.npz")).items()}
    for key, value in outputs(peer_config(hyper), p, given).items():
        error = (value - given[key]).abs().max() / given[key].abs().max()
        print(f"{key:7} {error:.1e}")


def make_large(path):
    hyper = DEFAULTS | SPIDER64
    averaged = random_parameters(hyper, torch.Generator().manual_seed(1))
    trained = {name: value + 1 for name, value in averaged.items()}
    file = content("fork", hyper, averaged, trained)
    for i, value in enumerate(averaged.values()):
        file["optimizer_states"][0]["state"][i] |= dict(exp_avg=value * 2, exp_avg_sq=value * value)
    torch.save(file, path)


if __name__ == "__main__":
    command, *names = sys.argv[1:]
    if command == "--check":
        check(*names)
    elif command == "--size":
        make_large(*names)
    else:
        os.makedirs(command, exist_ok=True)
        for name in names or VARIANTS:
            print(f"{name}: {make(name, command)} parameters")
