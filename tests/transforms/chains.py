"""Chains run over a few steps, for the tests of the operations as a schema declares them."""

import numpy as np

from vladata.spec.dataset import ActionChain
from vladata.spec.references import parse
from vladata.transforms.chain import run_chain
from vladata.transforms.table import Table

ACTION = np.array([[1, 0, 0.5], [2, 1, 0.5], [4, 1, 0], [8, 0, 1]], np.float32)
ACTION.flags.writeable = False


def run(*operations, names=("dx",), **columns):
    """The action of the chain, and the table after it."""
    data = {"gripper": "none", "names": list(names), "operations": list(operations)}
    chain = ActionChain.model_validate(data)
    columns = {"action": ACTION} | columns
    references = {text: parse(text) for op in chain.operations for _, text in op.reads()}
    table = Table(columns, references, len(columns["action"]), "here")
    return run_chain(chain, table), table


def concat(*of):
    return {"op": "concat", "of": list(of)}
