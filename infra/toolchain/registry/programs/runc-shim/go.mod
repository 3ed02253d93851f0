module runc-shim

go 1.24
