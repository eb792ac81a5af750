"""A loop of Hugging Face accelerate on any number of processes, with its own checkpoints: the loader's place is part of them.

accelerate launch --cpu --num_processes 2 examples/accelerate_loop.py out/demo/vla checkpoints --steps 7
"""

import argparse
import hashlib
from pathlib import Path

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader

from vladata.loaders.torch import GlobalSampler, SampleDataset, collate, resumable


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("--steps", type=int, default=10, help="steps of this run")
    parser.add_argument("--batch-size", type=int, default=4, help="samples of a process's batch")
    args = parser.parse_args()

    accelerator = Accelerator(cpu=True)
    augment = {"crop": {"area": [0.5, 1.0]}, "jitter": {"brightness": 0.3, "hue": 0.1}}
    dataset = SampleDataset(args.data, image_size=32, augment=augment)
    loader = DataLoader(dataset, batch_sampler=GlobalSampler(dataset, args.batch_size), collate_fn=collate)
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 7)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    loader = resumable(loader)
    accelerator.register_for_checkpointing(loader)
    if (args.checkpoints / "last").exists():
        accelerator.load_state(args.checkpoints / "last")

    steps, seen = 0, []
    while steps < args.steps:
        for batch in loader:  # the rest of an epoch, then whole ones
            pixels = batch["images"][:, 0, 0].float().mean((1, 2)) / 255  # of the only camera: [B, 3]
            loss = torch.nn.functional.mse_loss(model(pixels), batch["action"][:, 0])
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
            for n, position in enumerate(batch["position"].tolist()):
                digest = hashlib.sha256(batch["images"][n].numpy().tobytes()).hexdigest()
                seen.append(f"{batch['epoch']} {position} {batch['key'][n]} {digest}\n")
            if steps == args.steps:
                break
    accelerator.save_state(args.checkpoints / "last")
    with open(args.checkpoints / f"seen-{accelerator.process_index}.txt", "a") as file:
        file.writelines(seen)
    accelerator.end_training()


if __name__ == "__main__":
    main()
