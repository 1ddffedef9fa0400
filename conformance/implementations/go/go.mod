module rckp

go 1.22
