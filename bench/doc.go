// Package bench measures Loadframe with Go benchmarks: servers in processes of
// their own, the real client, loopback, and beside each figure a floor that
// does the same with nothing on top.
//
//	go test -bench Transfer ./bench      large generated files, framing x frame size
//	go test -bench Echo ./bench          round trips of small messages
//	go test -bench FirstByte ./bench     how soon a file of any size begins
//	go test -bench Recording ./bench    what recording and verifying cost the client, and depth
//	go test -bench Stalled ./bench       what peers that never read cost
//	go test -bench Compare ./bench       the framings side by side
//
// The last is an experiment that is also the command loadframe compare: [Points]
// around a [Base], [Contenders] with floors beneath them, and an [Experiment]
// that measures each of these at each of those, round by round. What needs no
// network is [Overheads], [CodecCosts] and [Damages]; [Conclude] says which
// framing is for what.
//
// The framings alone, without a network, are measured in package codec, and
// set beside other Go code by peers/compare.sh; fuzz.sh fuzzes all targets.
//
// TestSoak attacks a server beside verified transfers:
//
//	go test ./bench -run Soak -soak 10m -timeout 15m -v
//
// Names are key=value, so benchstat groups them: benchstat -col /server. Raw
// results with the machine and the versions they are from are in results/.
package bench
