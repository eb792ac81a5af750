"""A training loop with Hugging Face accelerate on any number of processes; checkpoints include the position in the data.

torchrun --nproc-per-node 2 examples/accelerate_loop.py out/demo/vla checkpoints --steps 7      (on GPUs: accelerate launch)
"""

import argparse
import hashlib
from pathlib import Path

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader

from vladata.loaders.torch import GlobalSampler, SampleDataset, collate, resumable


def train(data, folder, steps, batch_size):
    accelerator = Accelerator(cpu=True)
    dataset = SampleDataset(data, image_size=32, augment="openvla")  # random crops and colours
    loader = DataLoader(dataset, batch_sampler=GlobalSampler(dataset, batch_size), collate_fn=collate)
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 7)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    loader = resumable(loader)
    accelerator.register_for_checkpointing(loader)
    if (folder / "last").exists():
        accelerator.load_state(folder / "last")
    while steps:
        for batch in loader:  # the rest of an epoch, then whole ones
            pixels = batch["images"][:, 0, 0].float().mean((1, 2)) / 255  # of the only camera: [B, 3]
            loss = torch.nn.functional.mse_loss(model(pixels), batch["action"][:, 0])
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            with open(folder / f"seen-{accelerator.process_index}.txt", "a") as seen:
                for position, key, image in zip(
                    batch["position"], batch["key"], batch["images"], strict=True
                ):
                    digest = hashlib.sha256(image.numpy().tobytes()).hexdigest()
                    print(batch["epoch"], int(position), key, digest, file=seen)
            steps -= 1
            if not steps:
                break
    accelerator.save_state(folder / "last")
    accelerator.end_training()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("--steps", type=int, default=10, help="steps of this run")
    parser.add_argument("--batch-size", type=int, default=4, help="samples of a process's batch")
    args = parser.parse_args()
    args.checkpoints.mkdir(exist_ok=True)
    train(args.data, args.checkpoints, args.steps, args.batch_size)
