module shop/api

go 1.22
