"""The readers that Kaitai Struct generates from spec/rckp.ksy."""
