# Completion of rckp in fish.
rckp completion fish | source
