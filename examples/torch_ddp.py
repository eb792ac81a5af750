"""Train on any number of ranks, stop, and continue with another number: the rest of the data comes in the same order.

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


def train(data, folder, steps, batch_size, workers):
    dataset = SampleDataset(data, image_size=32)
    sampler = GlobalSampler(dataset, batch_size)  # rank and world are those of torch.distributed
    loader = DataLoader(dataset, batch_sampler=sampler, collate_fn=collate, num_workers=workers)
    loader = resumable(loader)
    torch.manual_seed(0)
    model = DistributedDataParallel(torch.nn.Linear(3, 7))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    if (folder / "last.pt").exists():
        saved = torch.load(folder / "last.pt")
        model.load_state_dict(saved["model"])
        loader.load_state_dict(saved["loader"])
    while steps:
        for batch in loader:  # the rest of an epoch, then whole ones
            pixels = batch["images"][:, 0, 0].float().mean((1, 2)) / 255  # of the only camera: [B, 3]
            loss = torch.nn.functional.mse_loss(model(pixels), batch["action"][:, 0])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with open(folder / f"seen-{dist.get_rank()}.txt", "a") as seen:
                print(batch["epoch"], *batch["position"].tolist(), *batch["key"], file=seen)
            steps -= 1
            if not steps:
                break
    if dist.get_rank() == 0:  # the loader's state is the same on all ranks
        torch.save({"model": model.state_dict(), "loader": loader.state_dict()}, folder / "last.pt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("--steps", type=int, default=10, help="steps of this run")
    parser.add_argument("--batch-size", type=int, default=4, help="samples of a rank's batch")
    parser.add_argument("--workers", type=int, default=0)
    args = parser.parse_args()
    args.checkpoints.mkdir(exist_ok=True)
    dist.init_process_group("gloo")
    train(args.data, args.checkpoints, args.steps, args.batch_size, args.workers)
    dist.destroy_process_group()
