"""All generated files, with the module that generates each."""

from __future__ import annotations

from pathlib import Path

from rckp.derive import (
    case_links,
    case_pages,
    case_tables,
    catalogue_table,
    chapters,
    codec,
    codes,
    corpus,
    dfdl,
    diagrams,
    downloads,
    file_types,
    foreign,
    grammar_to_layout,
    javascript,
    kaitai,
    layout,
    magic,
    man_pages,
    model_tables,
    next_layout,
    next_record,
    output_schema,
    overview_diagrams,
    payloads,
    poke,
    protocol,
    reference_pages,
    requirements,
    rust,
    schema,
    strategies,
    tables,
)

# Directories in which nothing is written by hand.
OWNED = ("spec/cases/", "spec/diagrams/", "docs/diagrams/", "share/man/man1/")


def outputs(root: Path) -> dict[str, str]:
    """Return the text of every generated file, by its path from the root."""
    record, draft = grammar_to_layout.layout(), grammar_to_layout.next_layout()
    vocabulary = codes.vocabulary(root)
    text = chapters.read(root)
    required = requirements.extract(text)
    signatures = foreign.signatures(root)
    blocks = tables.tables(root, record, vocabulary, required) | case_tables.blocks(root)
    blocks |= payloads.blocks() | model_tables.blocks(root) | next_layout.blocks(record, draft)
    cases = corpus.Corpus.read(root, required)
    counts = cases.counts()
    derived = {
        **{
            path: case_links.annotate(filled, required, counts)
            for path, filled in tables.fill(text, blocks).items()
        },
        **case_pages.pages(cases),
        **protocol.page(root),
        **model_tables.page(root),
        **catalogue_table.page(root),
        "docs/cases.css": case_links.counters(counts),
        "docs/includes/requirements.md": case_links.references(required),
        **{f"spec/diagrams/{name}": svg for name, svg in diagrams.render(record).items()},
        **{
            f"docs/diagrams/{name}": svg
            for name, svg in overview_diagrams.render(root, record).items()
        },
        "src/rckp/_codes.py": codes.render(vocabulary),
        "src/rckp/validation/_foreign.py": foreign.render(signatures),
        "docs/inspector/layout.js": javascript.render(
            record, vocabulary, required, signatures, draft
        ),
        "docs/inspector/samples.js": javascript.samples(root),
        "docs/errors.md": reference_pages.errors(vocabulary, required),
        "docs/requirements.md": reference_pages.requirements(required.values(), counts),
        "spec/requirements.json": requirements.render(required.values()),
        "src/rckp/format/_layout.py": layout.render(record),
        "src/rckp/format/_codec.py": codec.render(record),
        "src/rckp/format/_april_layouts.py": layout.render_april(grammar_to_layout.april_layouts()),
        "src/rckp/format/_next_layout.py": layout.render(draft),
        "src/rckp/format/_next_codec.py": codec.render(draft, codec.NEXT),
        "src/rckp/format/_next_record.py": next_record.render(draft),
        "src/rckp/strategies.py": strategies.render(record, draft),
        "src/rckp-fast/src/layout.rs": rust.render(record),
        "spec/payloads.json": payloads.render(),
        "spec/record.schema.json": schema.render(record),
        "spec/record-next.schema.json": schema.render(draft),
        "spec/output.schema.json": output_schema.render(record, vocabulary, draft),
        "spec/rckp.ksy": kaitai.render(record),
        "spec/rckp_next.ksy": kaitai.render(draft),
        "spec/rckp.magic": magic.render(record),
        "spec/rckp.mime.xml": file_types.mime(record),
        "spec/rckp.fido.xml": file_types.fido(record),
        "spec/rckp.dfdl.xsd": dfdl.render(record),
        "spec/rckp_next.dfdl.xsd": dfdl.render(draft),
        "spec/rckp.pk": poke.render(record),
        "spec/rckp_next.pk": poke.render(draft),
        **man_pages.pages(),
    }
    return derived | downloads.page(root, derived, OWNED)
