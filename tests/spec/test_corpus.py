import pytest

from vladata.corpora.rows import TASKS
from vladata.errors import SpecError, UnknownName
from vladata.spec.corpus import FILES, CorpusSpec, Layout, template_fields
from vladata.spec.corpus_pairs import Pair
from vladata.spec.find import corpus, names
from vladata.spec.read import validate

SHIPPED = {
    "cc12m", "cc3m", "coco_captions", "gqa", "image_text_parquet", "image_text_tars", "laion", "llava_instruct",
    "mmc4", "obelics", "okvqa", "textvqa", "tfds_coco_captions", "vqav2",
}  # fmt: skip


def test_what_ships():
    assert set(names("corpus")) == SHIPPED
    assert [corpus(name).name for name in names("corpus")] == sorted(SHIPPED)
    assert corpus("llava_instruct_150k") == corpus("llava_instruct")
    with pytest.raises(UnknownName, match=r'there is no corpus "cc3"\.\n  Did you mean "cc3m"'):
        corpus("cc3")


def test_every_layout_and_task_ships():
    specs = [corpus(name) for name in names("corpus")]
    assert {spec.layout for spec in specs} == set(FILES) == set(Layout.__args__)
    assert {pair.task for spec in specs for pair in spec.pairs} == set(TASKS)


def test_the_tasks_are_those_of_the_rows():
    models = Pair.__args__[0].__args__
    tasks = [task for model in models for task in model.model_fields["task"].annotation.__args__]
    assert sorted(tasks) == sorted(TASKS)


def test_what_is_read_of_a_record():
    assert corpus("laion").reads[-3:] == ("json.similarity", "json.LANGUAGE", "json.caption")
    assert corpus("vqav2").reads == ("image_id", "question_id", "question", "answers.answer")
    assert [name for name in names("corpus") if corpus(name).names_files] == [
        "coco_captions", "gqa", "llava_instruct", "mmc4", "okvqa", "textvqa", "vqav2",
    ]  # fmt: skip


def test_a_spec_goes_there_and_back():
    for name in names("corpus"):
        spec = corpus(name)
        assert CorpusSpec.model_validate(spec.model_dump(mode="json")) == spec
        assert hash(spec) == hash(corpus(name))


def test_template_fields():
    assert template_fields("{a}/{b.c:012d}.jpg") == ["a", "b.c"]


@pytest.mark.parametrize("template", ["/etc/{x}", "{x", "{}", "{x:5}", "a{x:0012d}", "{x}}", ""])
def test_what_is_no_template(template):
    text = f'name: x\nlayout: json\nimage: {{file: ["{template}"]}}\npairs: [{{task: caption, text: t}}]\n'
    with pytest.raises(SpecError, match="a file name with fields"):
        validate(CorpusSpec, text, "x.yaml")
