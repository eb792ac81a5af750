"""A table for the documentation's commands: the data in a page's folder before its first command, and the words to replace.

given: names of small_layouts.LAYOUTS. words: words of the commands -> what is run in their place; EVERYWHERE holds on every page.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Page:
    given: str = ""
    words: dict[str, str] = field(default_factory=dict)


SERVER = "SERVER"  # whose place is the address of a small server of the test
BRIDGE = "bridge_dataset/1.0.0"
MADE = "--schema bridge_dataset --recipe rt2-pali-x"
BRIEF = "--set schedule.steps=2 --set schedule.warmup=1 --set data.batch_size=4 --set held_out=[]"  # a short training
EVERYWHERE = {
    "SRC": BRIDGE,
    "SOURCE": BRIDGE,
    "OUT": "out/given",
    "S": "bridge_dataset",
    "R": "rt2-pali-x",
    "{00000..00331}": "{00000..00001}",
    "{00000..00099}": "{00000..00001}",
    "--workers 8": "--workers 2",
    "http://localhost:8000/v1": f"${SERVER}",
    "tabletop-experts": "tabletop-experts --trials 1 --set films=0 --set suites=[seen]",
    "babyai-experts": "babyai-experts --trials 1 --set films=0",
}
PAGES = {
    "README": Page(
        f"{BRIDGE} cc3m vqav2 laion out/laion openvla-7b half-robot-half-web.yaml out/demo",
        {
            "convert ...": f"convert rlds2vla {BRIDGE} out/chosen {MADE}",
            "success=true": "success=",
            "--out-of OUT": "--out-of out/given",
            "SRC... OUT": "laion/*.tar out/best",
            "questions.json annotations.json OUT": "vqav2/*questions.json vqav2/*annotations.json out/asked",
            "val2014": "vqav2",
            "mix OUT --mixture ./mine.yaml": "mix out/mixed --mixture ./half-robot-half-web.yaml",
            "--materialize --workers 8": "--materialize --overwrite --workers 2",
        },
    ),
    "annotations": Page(
        f"{BRIDGE} out/demo plans.jsonl lerobot.jsonl corrections.parquet embodied_features_bridge.json",
        {
            "SRC --schema S --out plans.jsonl": f"{BRIDGE} --schema bridge_dataset --out asked.jsonl",
            "tabletop.yaml --out plans.jsonl": "tabletop.yaml --out demo.jsonl",
            "convert plans.jsonl language": "convert lerobot.jsonl language",
            "check plans.jsonl": "check demo.jsonl",
            "rt2-pali-x --annotations plans.jsonl": "rt2-pali-x --annotations demo.jsonl",
        },
    ),
    "cli": Page(
        f"{BRIDGE} laion signs vqav2 out/bridge street_signs.yaml out/laion out/vqav2 half-robot-half-web.yaml"
        " schema.yaml recipe.yaml out/demo first-try.yaml plans.jsonl tokenizer",
        {
            "convert web2vla SRC... OUT --schema CORPUS": "convert web2vla 'laion/*.tar' out/web --schema laion",
            "mix OUT --mixture M": "mix out/mixed --mixture ./half-robot-half-web.yaml",
            "--out FILE --model M --url URL": f"--out asked.jsonl --model mine --url ${SERVER}",
            "check FILE... SRC": f"check plans.jsonl {BRIDGE}",
            "convert IN OUT": "convert plans.jsonl table.parquet",
            "schemas show NAME": "schemas show bridge_dataset",
            "schemas check FILE": "schemas check ./schema.yaml",
            "schemas diff ONE OTHER": "schemas diff bridge_dataset bridge_dataset",
            "corpora show NAME": "corpora show laion",
            "corpora check FILE SRC...": "corpora check laion 'laion/*.tar'",
            "recipes show NAME": "recipes show rt2-cot",
            "recipes check FILE": "recipes check ./recipe.yaml",
            "recipes diff ONE OTHER": "recipes diff rt2-cot rt2-cot",
            "render RECIPE": "render rt2-pali-x",
            "mixtures show NAME": "mixtures show rt2-pali-x",
            "mixtures check FILE": "mixtures check ./half-robot-half-web.yaml",
            "train CONFIG": f"train ./first-try.yaml {BRIEF}",
            "eval CONFIG": "eval tabletop-experts --dry-run",
            "--out FOLDER": "--out runs/first",
            "--set PATH=VALUE ...": "--set data.seed=1",
            "verify out/signs --source 'signs": "verify out/laion --source 'laion",
            "--samples N": "--samples 3",
            "--port N": "--port 8000",
            "--sheet PNG": "--sheet all.png",
            "--task NAME": "--task action",
            "--source NAME": "",
            "--episode ID": "--episode train-00000-000001",
            "vocab make KIND": "vocab make integers --tokenizer ./tokenizer --recipe rt2-pali-x -o vocab.json",
            "vocab check FILE": "vocab check vocab.json --tokenizer ./tokenizer --recipe rt2-pali-x",
            "--schema mended.yaml": "",
        },
    ),
    "corpora": Page("signs more street_signs.yaml"),
    "doctor": Page(BRIDGE),
    "episodes-out": Page(
        f"{BRIDGE} schema.yaml errata.json",
        {
            "./mine.yaml": "./schema.yaml",
            "SOURCE OUT ...": f"{BRIDGE} out/my_robot --schema ./schema.yaml --format lerobot",
            "OUT/.vladata/unfit.json": "errata.json",
        },
    ),
    "evaluation": Page("", {"--episodes 300": "--episodes 6", "--suite goto-small": ""}),
    "hdf5": Page("libero_spatial"),
    "lerobot": Page("so100"),
    "mixing": Page(
        "bridge_dataset/1.0.0 laion vqav2 half-robot-half-web.yaml out/bridge out/cc3m out/laion out/vqav2 oxe/bridge_dataset",
        {"robot=out/fractal": "robot=out/bridge", "--root out": "--root oxe"},
    ),
    "pipelines": Page(BRIDGE),
    "recipes": Page(f"{BRIDGE} recipe.yaml", {"./mine.yaml": "./recipe.yaml"}),
    "schemas": Page(f"{BRIDGE} out/demo"),
    "selection": Page("droid/1.0.0 keep.json errata.json", {"SRC": "droid/1.0.0"}),
    "tabletop": Page("", {"--episodes 1000 --pictures 6000": "--episodes 8 --pictures 12"}),
    "training": Page(
        f"{BRIDGE} out/demo first-try.yaml",
        {
            "train CONFIG": f"train ./first-try.yaml --dry-run {BRIEF}",
            "schedule.steps=2000": f"data.workers=1 {BRIEF}",
            "--overwrite": f"--overwrite {BRIEF}",
        },
    ),
    "vocabularies": Page("tokenizer out/demo"),
    "HELP": Page(
        f"{BRIDGE} cc3m laion signs vqav2 out/cc3m out/vqav2 street_signs.yaml schema.yaml recipe.yaml half-robot-half-web.yaml"
        " plans.jsonl embodied_features_bridge.json qwen openvla-7b",
        {
            "--schema ./mine.yaml": "--schema ./schema.yaml",
            "corpora check ./mine.yaml 'mine": "corpora check ./street_signs.yaml 'signs",
            "mixtures check ./mine.yaml": "mixtures check ./half-robot-half-web.yaml",
            "schemas check ./mine.yaml": "schemas check ./schema.yaml",
            "bridge_dataset ./mine.yaml": "bridge_dataset ./schema.yaml",
            "rt2-pali-x ./mine.yaml": "rt2-pali-x ./recipe.yaml",
            "mine/1.0.0": BRIDGE,
            "--schema ./mended.yaml": "",
        },
    ),
}
MODEL = "trains or tries a model of a hub, or needs a GPU"
LONG = "takes minutes or hours"
INSTALL = "installs"
UNRUN = {
    "pip ": INSTALL,
    "apt-get ": INSTALL,
    "make ": "works on a whole clone; CI runs the targets",
    "torchrun ": "starts several processes: tests/consumer/training",
    "vladata serve ": "does not end: tests/test_tutorial_train_and_serve.py",
    "python -m benchmarks ": LONG,
    "python -m vladata.consumer.mini_rt2": LONG + ": tests/consumer/test_mini_rt2.py",
    'python -c "from benchmarks.pairs': LONG,
    "vladata train vla0-lora": MODEL,
    "vladata train babyai": LONG,
    "vladata eval babyai-experts": "reads the run of the command before it",
    "vladata eval tabletop-experts --set policies.ours=runs/ours": "tries a trained model: tests/consumer/evaluation",
    "vladata eval metaworld-experts": "needs MuJoCo and a way to draw",
    "python -m vladata.consumer.evaluation.demonstrations metaworld": "needs MuJoCo and a way to draw",
    "vladata convert rlds2vla out/metaworld": "reads what the command before it has drawn",
    "vladata convert rlds2vla gs://": "Dataflow",
}
RANDOM = 3  # the numbers of the small data are random, and doctor says so
TINY = 3  # the last tokens of a tokenizer of some hundred are words, and vocab names them
CODES = {
    "README: vladata vocab make last-ids --tokenizer ./openvla-7b --out-of OUT -o vocab.json": TINY,
    "HELP: vladata vocab check vocab.json --tokenizer ./openvla-7b --model-config ./openvla-7b/config.json --out-of out/bridge": TINY,  # noqa: E501
    "HELP: vladata vocab make last-ids --tokenizer ./openvla-7b --out-of out/bridge -o vocab.json": TINY,
    "hdf5: vladata doctor libero_spatial --schema ./mine.yaml": RANDOM,
    "lerobot: vladata doctor so100 --schema ./mine.yaml": RANDOM,
    "recipes: vladata recipes diff rt2-cot ./mine.yaml": 3,  # they differ
    "schemas: vladata schemas diff bridge_dataset draft.yaml": 3,
    "HELP: vladata schemas diff bridge_dataset ./mine.yaml": 3,
    "HELP: vladata recipes diff rt2-pali-x ./mine.yaml": 3,
}
