"""Static files as they travel: smaller, and meaning the same."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import pytest

from lms.core.assets import STATIC, compress_static, content_to_send, smaller_css, smaller_js


@pytest.mark.parametrize(
    ("source", "smaller"),
    [
        ("/* why */\n.a { color: red; }\n", ".a{color:red}"),
        (".a :is(b, i) > c { margin: 0 1px; }", ".a :is(b,i)>c{margin:0 1px}"),
        ('p::after { content: " (" attr(href) ")"; }', 'p::after{content:" (" attr(href) ")"}'),
        ("@media (min-width: 48em) { .a { inline-size: calc(1px + 2px); } }", "@media (min-width:48em){.a{inline-size:calc(1px + 2px)}}"),
    ],
)  # fmt: skip
def test_a_stylesheet_loses_only_what_means_nothing(source: str, smaller: str) -> None:
    assert smaller_css(source) == smaller


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_no_string_of_a_stylesheet_is_changed(path: Path) -> None:
    source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    strings = re.compile(r'"[^"]*"')
    assert strings.findall(smaller_css(source)) == strings.findall(source)


def test_both_compressed_forms_hold_the_same_and_old_ones_go(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text(".a { color: red; }", "utf-8")
    (tmp_path / "a.js").write_text("let a  =  1;", "utf-8")
    (tmp_path / "gone.css.br").write_bytes(b"old")
    compress_static(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"a.css", "a.css.br", "a.css.gz", "a.js", "a.js.br", "a.js.gz"}
    for name, content in (("a.css", b".a{color:red}"), ("a.js", b"let a=1;\n")):
        assert brotli.decompress((tmp_path / f"{name}.br").read_bytes()) == content
        assert gzip.decompress((tmp_path / f"{name}.gz").read_bytes()) == content


def test_a_script_loses_its_comments_and_indentation_only() -> None:
    source = '// why\nif (a) {\n  // because\n  b(`x  y`); // beside\n\n  c("d; // e"); // “it’s” said\n}\n'
    assert smaller_js(source) == 'if(a){\nb(`x  y`);\nc("d; // e");\n}\n'
    assert smaller_js('try { a("{ /* b */ }"); } catch { /* nothing */ }\n') == 'try{a("{ /* b */ }");}catch{}\n'


@pytest.mark.parametrize(
    "literal",
    [
        '"a : b"', "'a , b'", '"a \\" = b"', "`a = ${b ? `c , d` : e} ; ${f({ g : h })} , i`", "/a , b/g", "/[ / = ] ?/u",
    ],
)  # fmt: skip
def test_what_stands_in_a_text_or_an_expression_stays(literal: str) -> None:
    assert smaller_js(f"const a = {literal} , b = c + +d;\n") == f"const a={literal},b=c + +d;\n"


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_every_text_of_a_script_is_in_what_is_sent(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    code = "\n".join(line for line in source.splitlines() if not line.strip().startswith("//"))
    for text in re.findall(r'"[^"\n]*"', code):
        assert text in smaller_js(source), text


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_no_text_of_a_script_runs_over_the_end_of_its_line(path: Path) -> None:
    for line in smaller_js(path.read_text(encoding="utf-8")).splitlines():
        assert line.count("`") % 2 == 0, line


def test_all_scripts_together_weigh_little() -> None:
    sizes = {path.name: len(brotli.compress(content_to_send(path), quality=11)) for path in STATIC.glob("*.js")}
    assert sum(sizes.values()) <= 15 * 1024, sizes
