"""The formal model of the write protocol: checks `spec/model/writing.pml` with Spin."""
