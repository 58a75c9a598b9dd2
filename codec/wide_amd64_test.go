package codec

// eachWidth runs f with SSE2 alone, and then with what this processor has.
func eachWidth(f func()) {
	has := wide
	defer func() { wide = has }()
	wide = false
	f()
	if wide = has; has {
		f()
	}
}
