module resty-till

go 1.22

require (
	github.com/go-resty/resty/v2 v2.16.2
	go.uber.org/zap v1.27.0
)

require (
	go.uber.org/multierr v1.10.0 // indirect
	golang.org/x/net v0.27.0 // indirect
)
