// Package codec turns payloads into frames on the wire and back, for any way of cutting the wire into reads. It does no I/O, knows no
// network, starts no goroutine and imports the standard library alone.
//
// # Words
//
//	frame       payload delivered
//	wire        bytes on the connection
//	head, tail  framing bytes before and after a payload
//	chunk       what one read returned
//	window      unread bytes
//	carry       partial frame kept between chunks
//	cut         boundary between chunks
//
// # Which framing
//
//	spec                  costs        the payload  finds an end     takes big   after damage     for
//	u8 u16 u24 u32 u64    width bytes  any bytes    by counting      with ease   lost for good    programs: u32 if nothing speaks against it
//	length:...            as it says   any bytes    by counting      with ease   lost for good    protocols that exist: Kafka, gRPC, AMQP, TLS
//	uvarint               1-5 bytes    any bytes    by counting      with ease   lost for good    programs with many small messages; Protocol Buffers, MQTT
//	netstring             digits + 2   any bytes    by counting      with ease   noticed at once  programs whose wire people read
//	fixed:size=N          nothing      N bytes      known            with ease   lost unnoticed   samples, records
//	line                  1 byte       no \n        by searching     searched    next line        text protocols
//	delim:sep=HEX         the bytes    without it   by searching     searched    next delimiter   text protocols with another end
//	cobs                  1 in 254     any bytes    by searching     copied      next frame       serial lines, logs, links that lose bytes
//	slip                  0 to 100 %   not empty    by searching     copied      next frame       what speaks it; text
//	hdlc                  4, to 100 %  any bytes    by searching     copied      next, and told   what speaks it; a checksum with COBS's virtues
//	chunked               5 and more   not empty    by counting      with ease   lost, and told   HTTP; where the end must be known for the end
//	eof                   nothing      any bytes    by the end       one only    not noticed      a file, an HTTP/1.0 reply, finger
//	X+crc32c              4 bytes      any bytes    as X             as X        as X, and told  where a wrong byte must not be taken for a right one
//	text                  a newline    printable    by searching     64 KiB      next newline     people, netcat, telnet
//	raw                   nothing      any bytes    not at all       any size    not applicable   the floor to compare with; never for messages
//
// In bytes, "hi" and then "!":
//
//	u8       02 h i 01 !
//	u16      00 02 h i 00 01 !
//	u16le    02 00 h i 01 00 !
//	u24      00 00 02 h i 00 00 01 !
//	u32      00 00 00 02 h i 00 00 00 01 !
//	u32le    02 00 00 00 h i 01 00 00 00 !
//	u64      00 00 00 00 00 00 00 02 h i 00 00 00 00 00 00 00 01 !
//	uvarint  02 h i 01 !
//	netstring
//	         2 : h i , 1 : ! ,
//	fixed:size=2
//	         h i ! !                the second payload has to have two bytes
//	line     h i \n ! \n            or h i \r \n ! \r \n
//	delim:sep=0d0a
//	         h i \r \n ! \r \n
//	cobs     03 h i 00 02 ! 00
//	slip     h i c0 ! c0
//	hdlc     7e h i 15 5a 7e 7e ! f3 c0 7e
//	chunked  2 \r \n h i \r \n 1 \r \n ! \r \n 0 \r \n \r \n      the last five are the end of the stream
//	eof      h i                    and then the end of the stream: there is no second message
//	u8+crc32c   06 h i f5 9d d9 c2 05 ! 80 ab 5e 8c
//	text     h i \n ! \n            the newlines are part of the payloads
//	raw      h i !
//
//	length:width=2,offset=1,adjust=-3         00 | 00 05 | h i          the field counts all of the frame
//	length:width=4,offset=3,adjust=1,trailer=ce
//	                                          00 00 00 | 00 00 00 02 | h i | ce          AMQP
//
// # Laws
//
// Any cut of the byte stream gives the same frames and the same errors (raw excepted: that is what it is for). Max counts decoded
// payload bytes in every framing, is checked before anything is added or allocated, and always exists. One error for each bad frame;
// a stream that ends inside a frame is io.ErrUnexpectedEOF. An error is the end of the stream, but where the next frame can be found
// without trusting the bad one: behind a delimiter that appears nowhere else (cobs, slip, hdlc), and with toolong=discard. Decoding allocates nothing for a frame, looks at each byte about once,
// and copies a byte at most once: a frame that lies whole in a chunk is delivered from there. (Two things cost more: a carry that
// grows, and the start of a frame that came in the chunk that finished the one before, which may be moved a second time.)
// A decoder never holds more than Bound(Max) and one chunk. Package codectest checks all that.
//
// # Damage
//
// What a byte that was lost, inserted or flipped does to a stream depends on how a framing finds the end of a frame:
//
//	by counting      lost or inserted: all that follows is garbage, mostly delivered before some length is impossible;
//	                 with a trailer to check, an error at the end of that frame. Flipped in a payload: nobody notices
//	by searching     one frame is lost, or two where it was a delimiter, and the next is good. line, delim and slip seldom notice,
//	                 cobs mostly does but for a flipped byte, hdlc always but for one in 65536
//	by knowing       fixed: all that follows is shifted, and nobody ever notices
//	with +crc32c     nothing is found again that would not have been, but everything is noticed
//
// A stream that ends between two frames looks complete in every framing that has no end of its own; chunked has one.
// docs/framing.md has the whole table, and which framing to take when.
//
// # Use
//
// A driver that is handed chunks, such as an event loop, has a [Stream] for each connection; one that reads has a [Reader]; a
// bufio.Scanner takes [Split]. [Parse] makes codecs from text, and each framing is a struct that is made as a literal.
package codec
