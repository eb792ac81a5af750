"""The Trainer of Hugging Face in vladata's order: it continues from a checkpoint at the next sample.

python examples/hf_trainer.py out/demo/vla checkpoints 10        (run it again with more steps to continue)
"""

import json
import sys
from pathlib import Path

import torch
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerCallback, TrainingArguments

from vladata.loaders.torch import GlobalSampler, SampleDataset, collate, resumable


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 7)

    def forward(self, images, action, **others):
        pixels = images[:, 0, 0].float().mean((1, 2)) / 255  # of the only camera: [B, 3]
        return {"loss": torch.nn.functional.mse_loss(self.linear(pixels), action[:, 0])}


class InOurOrder(Trainer):
    def get_train_dataloader(self):  # not prepared by accelerate, since batches are divided already
        sampler = GlobalSampler(self.train_dataset, self.args.per_device_train_batch_size)
        return resumable(DataLoader(self.train_dataset, batch_sampler=sampler, collate_fn=collate))


class KeepPlace(TrainerCallback):
    """A callback that writes the loader's position into each checkpoint, and loads it when a run continues."""

    def on_train_begin(self, args, state, control, train_dataloader, **kwargs):
        if state.global_step:
            file = Path(args.output_dir, f"checkpoint-{state.global_step}", "loader.json")
            train_dataloader.load_state_dict(json.loads(file.read_text()))

    def on_save(self, args, state, control, train_dataloader, **kwargs):
        file = Path(args.output_dir, f"checkpoint-{state.global_step}", "loader.json")
        if state.is_world_process_zero:
            file.write_text(json.dumps(train_dataloader.state_dict()))


def train(data, folder, steps):
    options = TrainingArguments(
        folder, max_steps=steps, save_steps=5, per_device_train_batch_size=4, use_cpu=True, report_to=[],
        remove_unused_columns=False,
        ignore_data_skip=True,  # the loader's state has the position, so no batches must be skipped
    )  # fmt: skip
    dataset = SampleDataset(data, image_size=32)
    trainer = InOurOrder(Model(), options, train_dataset=dataset, callbacks=[KeepPlace()])
    trainer.train(resume_from_checkpoint=any(Path(folder).glob("checkpoint-*")))


if __name__ == "__main__":
    train(sys.argv[1], sys.argv[2], int(sys.argv[3]))
