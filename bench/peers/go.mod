module github.com/loadframe/loadframe/bench/peers

go 1.26.0

require (
	github.com/gogo/protobuf v1.3.2
	github.com/libp2p/go-msgio v0.3.0
	github.com/loadframe/loadframe v0.0.0
	k8s.io/apimachinery v0.37.2
)

require (
	github.com/libp2p/go-buffer-pool v0.0.2 // indirect
	github.com/multiformats/go-varint v0.0.6 // indirect
)

replace github.com/loadframe/loadframe => ../..
