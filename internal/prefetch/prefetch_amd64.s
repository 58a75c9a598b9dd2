#include "textflag.h"

// func Lines(p unsafe.Pointer, n int)
TEXT ·Lines(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ n+8(FP), CX

line:
	PREFETCHT0 (AX)
	ADDQ $64, AX
	DECQ CX
	JG   line
	RET

// func Address(p uintptr, n int)
TEXT ·Address(SB), NOSPLIT, $0-16
	JMP ·Lines(SB)
