"""Train on any number of ranks, stop, and go on with another number: the samples that are left come in the same order.

torchrun --nproc-per-node 2 examples/torch_ddp.py out/demo/vla checkpoints --steps 7
torchrun --nproc-per-node 3 examples/torch_ddp.py out/demo/vla checkpoints --steps 5
"""

import argparse
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from vladata.loaders.torch import GlobalSampler, SampleDataset, collate, resumable


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("--steps", type=int, default=10, help="steps of this run")
    parser.add_argument("--batch-size", type=int, default=4, help="samples of a rank's batch")
    parser.add_argument("--workers", type=int, default=0)
    args = parser.parse_args()

    dist.init_process_group("gloo")
    dataset = SampleDataset(args.data, image_size=32)
    sampler = GlobalSampler(dataset, args.batch_size)  # rank and world are those of torch.distributed
    loader = resumable(
        DataLoader(dataset, batch_sampler=sampler, collate_fn=collate, num_workers=args.workers)
    )
    torch.manual_seed(0)
    model = DistributedDataParallel(torch.nn.Linear(3, 7))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    saved = args.checkpoints / "last.pt"
    if saved.exists():
        checkpoint = torch.load(saved)
        model.load_state_dict(checkpoint["model"])
        loader.load_state_dict(checkpoint["loader"])

    steps, seen = 0, []
    while steps < args.steps:
        for batch in loader:  # the rest of an epoch, then whole ones
            pixels = batch["images"][:, 0, 0].float().mean((1, 2)) / 255  # of the only camera: [B, 3]
            loss = torch.nn.functional.mse_loss(model(pixels), batch["action"][:, 0])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
            seen.append(f"{batch['epoch']} {batch['position'].tolist()} {batch['key']}")
            if steps == args.steps:
                break
    args.checkpoints.mkdir(exist_ok=True)
    with open(args.checkpoints / f"seen-{dist.get_rank()}.txt", "a") as file:
        file.writelines(line + "\n" for line in seen)
    if dist.get_rank() == 0:  # the state is the same on all ranks
        torch.save({"model": model.state_dict(), "loader": loader.state_dict()}, saved)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
