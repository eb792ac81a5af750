"""What looks like the mark of an image, and what does not."""

import pytest

from tests.corpora.test_conversations import exchanges, told, turns


@pytest.mark.parametrize(
    ("mark", "declare"),
    [
        ("<Image>", "<Image>"),
        ("<image1>", "<image{1}>"),
        ("<image 2>", "<image {1}>"),
        ("<image_0>", "<image_{0}>"),
        ("<|image|>", "<|image|>"),
        ("<|image_1|>", "<|image_{1}|>"),
        ("<video>", "<video>"),
        ("<img>", "<img>"),
        ("<image_placeholder>", "<image_placeholder>"),
        ("<ImageHere>", "<ImageHere>"),
        ("<|vision_start|>", "<|vision_start|>"),
        ("< image >", "< image >"),
        ("<im_start>", "<im_start>"),
        ("[IMG]", "[IMG]"),
        ("<<image>>", "<<image>>"),
        ("[img2]", "[img{1}]"),
        ("[IMAGE-1]", "[IMAGE-{1}]"),
        ("[Image 1]", "[Image {1}]"),
        ("<image-placeholder>", "<image-placeholder>"),
        ("<Image Here>", "<Image Here>"),
        ("<image id=1>", "<image id={1}>"),
        ("<image.png>", "<image.png>"),
        ("<image, 1>", "<image, {1}>"),
        ("<image(1)>", "<image({1})>"),
        ("<1st image>", "<{1}st image>"),
        ("<|media|>", "<|media|>"),
        ("<im_patch>", "<im_patch>"),
        ("<pic_2>", "<pic_{1}>"),
        ("<fig1>", "<fig{1}>"),
        ("<boi>", "<boi>"),
        ("&lt;image&gt;", "&lt;image&gt;"),
        ("\uff1cimage\uff1e", "\uff1cimage\uff1e"),
    ],
)
def test_what_looks_like_a_mark_is_never_kept_as_a_word(mark, declare):
    (fault, *rest) = exchanges([*turns(f"{mark}\nWhat?", "A cat."), *turns("c", f"d {mark}")])
    assert str(fault) == (
        "turns, value: the text holds something that looks like the mark of an image, but the corpus declares no such mark; "
        f'got {mark!r}.\n  If it stands for an image, declare it in the schema: `marks: ["{declare}"]`.'
    )
    assert [found.reason for found in rest] == ["malformed_record"]


@pytest.mark.parametrize(
    "mark", ["<image1,image2>", '<img src="a.jpg" width=3>', "<image\n>", "<image\u200b>"]
)
def test_what_looks_like_a_mark_and_cannot_be_declared(mark):
    (fault,) = exchanges(turns(f"What is {mark} then?", "A cat."))
    assert fault.got == repr(mark)
    assert fault.hint == "Replace it with a mark that the corpus declares."


@pytest.mark.parametrize(
    "text",
    [
        "a < image and b > c",
        "<PERSON> is [video]",
        "if x<img",
        "List<int>",
        "<3 images>",
        "<b>an image</b>",
        "[image] a <config>, a <topic>",
        "<photo@mail.org>, &lt;b&gt;",
        "1 < my image > 2",
    ],
)
def test_what_is_no_mark(text):
    assert told(turns(text, "b")) == [(text, "b")]
