"""A model whose weights are divided over GPUs (FSDP, by accelerate), with batches from vladata.load.

torchrun --nproc-per-node 2 examples/fsdp.py out/demo/vla --steps 3

Without GPUs accelerate divides nothing: each process holds the whole model, and the first printed line says so.
"""

import argparse

import torch
from accelerate import Accelerator, FullyShardedDataParallelPlugin

import vladata


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Sequential(torch.nn.Linear(3, 32), torch.nn.GELU(), torch.nn.Linear(32, 7))

    def forward(self, images):
        return self.inner(images[:, 0, 0].float().mean((1, 2)) / 255)  # of the only camera: [B, 3]


def train(data, steps, batch_size):
    plugin = FullyShardedDataParallelPlugin(fsdp_version=2, auto_wrap_policy="no_wrap")
    accelerator = Accelerator(cpu=not torch.cuda.is_available(), fsdp_plugin=plugin)
    torch.manual_seed(0)
    model = Model()
    model, optimizer = accelerator.prepare(model, torch.optim.AdamW(model.parameters(), lr=1e-3))
    if accelerator.is_main_process:
        here = sum(getattr(w, "to_local", lambda w=w: w)().numel() for w in model.parameters())
        print(f"{accelerator.distributed_type.value}: {here} weights in this process", flush=True)
    loader = (
        vladata.load(  # gives each process its part of every batch, so accelerate need not divide batches
            data,
            batch_size,
            image_size=32,
            endless=True,
            rank=accelerator.process_index,
            world=accelerator.num_processes,
        )
    )
    for step, batch in zip(range(steps), loader, strict=False):
        images, action = (
            torch.from_numpy(batch[name]).to(accelerator.device) for name in ("images", "action")
        )
        loss = torch.nn.functional.mse_loss(model(images), action[:, 0])
        accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        whole = accelerator.gather(loss.detach()).mean()
        if accelerator.is_main_process:
            print(f"step {step} loss {whole:.6f}", flush=True)
    loader.close()
    accelerator.end_training()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=4, help="samples of a process's batch")
    args = parser.parse_args()
    train(args.data, args.steps, args.batch_size)
