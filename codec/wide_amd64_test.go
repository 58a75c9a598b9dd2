package codec

// eachWidth runs f with SSE2 alone, and then with what this processor has.
func eachWidth(f func()) {
	wasWide, wasCLMUL := wide, clmul
	defer func() { wide, clmul = wasWide, wasCLMUL }()
	wide, clmul = false, false
	f()
	if wide, clmul = wasWide, wasCLMUL; wide || clmul {
		f()
	}
}
