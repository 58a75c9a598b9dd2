// Package units reads and writes the quantities of the command line: sizes, rates, durations and counts.
//
// The rules are iperf3's where it has one, because its letters are in everybody's fingers:
//
//	what      base unit   K M G T        also accepted                              examples
//	size      byte        powers of 1024 KiB MiB (1024), kB MB (1000), B            4096, 64K, 64KiB, 1.5M, 1MB
//	rate      bit/s       powers of 1000 Kbit Mbit/s Gbps, KB/s, KiB/s, Kibit/s     10G, 10Gbit, 5Mbit/s, 100MB/s
//	duration  nanosecond  -              a bare number is seconds; Go's notation    10, 0.5, 150us, 1h30m
//	count     one         powers of 1000                                            1000, 10k, 1M
//
// The letter of a prefix may be of either case; the i of Ki and the unit after it may not. "MB" is 10^6 bytes, as in what the
// tool prints, although iperf3 reads it as 2^20 (it looks at the first letter only): who writes the B gets what the standard
// says, who writes iperf3's bare letter gets iperf3's meaning. A unit that two tools read differently ("Kb", "Kbps" against
// "KBps") is refused unless it has one meaning everywhere, and the error says what to write instead.
//
// A number is digits with at most one point: no sign, no exponent, no separators. A fraction needs a prefix ("1.5M", not
// "1.5") and comes out rounded to the nearest base unit. One space may stand before the unit. Nothing may exceed
// 9,223,372,036,854,775,807 base units.
//
// [Size], [Rate], [Duration] and [Count] have the methods of a pflag.Value. Their String is lossless: the parser gives the
// same value back. The Format functions are for people and round to three digits.
package units
