package units_test

import (
	"fmt"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

func ExampleParseSize() {
	n, _ := units.ParseSize("64K")
	fmt.Println(n)
	_, err := units.ParseSize("12Kb")
	fmt.Println(err)
	// Output:
	// 65536
	// units: size "12Kb": ambiguous unit "Kb": use KiB (1024) or KB (1000)
}

func ExampleParseRate() {
	n, _ := units.ParseRate("10Gbit")
	fmt.Println(n)
	n, _ = units.ParseRate("100MB/s")
	fmt.Println(n)
	// Output:
	// 10000000000
	// 800000000
}

func ExampleFormatGoodput() {
	bytes, bits := units.FormatGoodput(7.42e9)
	fmt.Println(bytes, bits)
	// Output: 7.42 GB/s 59.4 Gbit/s
}

func ExampleFormatDuration() {
	fmt.Println(units.FormatDuration(18300 * time.Nanosecond))
	// Output: 18.3 µs
}

func ExampleFormatDigits() {
	fmt.Println(units.FormatDigits(1 << 32))
	// Output: 4,294,967,296
}
