module sample-apps

go 1.24
