// Package peers compares the framings of package codec with other Go code that frames the same way, on the inputs of codec's own
// benchmarks. It is a module of its own so that nobody who uses Loadframe gets its dependencies.
//
//	bench/peers/compare.sh 6 > bench/results/peers.txt      benchmark text; the ratios go to standard error
//	go run ./ratio < ../results/peers.txt                   the ratios again
//
// Decoding is from an io.Reader over memory that gives as much as is asked for, through windows of 64 KiB. Encoding is into memory
// that has room, and every encoder is called through the same interface: a framing that is chosen at run time is. Whoever writes an
// encoder out in its only caller saves that call. impl=loadframe is codec.Reader, or Append; impl=loadframe-stream is Stream.Feed with the chunk read into a buffer
// first. A test holds every implementation against the same payloads and the same bytes on the wire.
//
// # Who is compared
//
//	bufio            bufio.Reader with encoding/binary or strconv, into a buffer that is used again; what one writes by hand
//	bufio-peek       the same without a copy, for frames that fit in the window: nothing written by hand is faster
//	bufio-scanner    bufio.Scanner, by lines or with a SplitFunc for the delimiter
//	bufio-readslice  bufio.Reader.ReadSlice, and a copy where the line is longer than the window
//	textproto        net/textproto Reader.ReadLineBytes
//	net/http         net/http/httputil chunked reader and writer
//	go-msgio         github.com/libp2p/go-msgio
//	gogo-protobuf    github.com/gogo/protobuf/io, with a message that is its bytes
//	k8s-framer       k8s.io/apimachinery/pkg/util/framer
//	textbook         the byte by byte loop of the COBS paper and of RFC 1055 behind bufio.Reader.ReadSlice
//	append           encoding by hand with append
//
// # What is unfair, and to whom
//
// To the peers: textproto allocates each line and go-msgio takes each message from a pool, for callers that keep it; a frame of codec
// holds until the next call. go-msgio takes a mutex, so several goroutines may share it. gogo-protobuf hands over through an
// interface that is made for messages.
//
// To nobody: encoders written by hand check the limit as codec's do. Those of the packages do not.
//
// To codec: bufio, bufio-peek, gogo-protobuf, k8s-framer and textbook were written for one framing, or for this comparison, and know
// it at compile time. k8s-framer and the hand-written ones for fixed and COBS check no limit; k8s-framer reads into a buffer that
// must be large enough beforehand. net/http delivers bytes and not chunks, and is told how many to expect. None but bufio-scanner
// and bufio-readslice can be handed chunks by an event loop or survive a read deadline inside a frame.
//
// # Where there is nothing to gain
//
// From 4 KiB on, encoding a payload that travels verbatim is one memory copy for everybody: the ratio is 1 and what a run shows beside it
// is noise. Up to 320 bytes line and delim are one bytes.IndexByte for everybody (behind them ours goes on twice as fast, where there is
// AVX-512), and uvarint is a comparison or two: what is left is the limit and the carriage return that codec looks after, and a call.
// bufio-peek copies nothing either and knows its framing at compile time, where codec.Reader makes one call through an interface for
// each frame; Stream.Feed makes one of the loop's body instead. Of frames larger than the window, Stream.Feed is at a disadvantage that
// comes with being handed chunks: what was read into a buffer is copied into the frame, where a reader of bufio's reads into the frame
// at once, as codec.Reader does. Of the time of a frame of 1 MiB the two copies alone, in a loop of append, are nine parts in ten.
//
// No published package for COBS that builds with the Go of this module, and none for SLIP, HDLC or netstrings, is to be had from the
// module proxy.
package peers
